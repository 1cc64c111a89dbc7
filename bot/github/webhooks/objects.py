"""The parts that several events have: a person, an issue, a pull request, a review, a comment."""

import re

from bot.github.webhooks.events import (
    NOBODY,
    Comment,
    IssueText,
    LineComment,
    Person,
    Pull,
    Review,
    Where,
)
from bot.github.webhooks.fields import Field

LOGIN = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,99}(?:\[bot\])?")
_NAME = r"(?!\.{1,2}(?:/|\Z))[A-Za-z0-9_.-]{1,100}"
REPO = re.compile(rf"{_NAME}/{_NAME}")
SHA = re.compile(r"[0-9a-f]{40}|[0-9a-f]{64}")
# Git's own rules are stricter; what matters here is that it is no option and fits in one line.
_REF = r"[^\x00-\x20\x7f~^:?*\\\[]{0,1023}"
BRANCH = re.compile(rf"(?!-){_REF}(?<!/)")
REF = re.compile(rf"refs/(?:heads|tags)/{_REF}")
URL = re.compile(r"https?://[A-Za-z0-9][^\s<>\"'`\\()\x00-\x20\x7f]{0,2047}")
_STATE = re.compile(r"[a-z_]{0,30}")


def person(account: Field) -> Person:
    bot = account["type"].text() == "Bot"
    login = account["login"].shaped(LOGIN)
    return Person(account["id"].whole(), login, bot or login.endswith("[bot]"))


def author(account: Field) -> Person:
    """Whoever wrote something: their account may be gone."""
    return NOBODY if account.value is None else person(account)


def issue(told: Field) -> IssueText:
    return IssueText(
        number=told["number"].whole(),
        title=told["title"].text(),
        body=told["body"].text(),
        author=author(told["user"]),
        labels=tuple(label["name"].text() for label in told["labels"]),
        state=told["state"].like(_STATE),
        updated_at=told["updated_at"].text(),
        is_pull="pull_request" in told,
    )


def comment(told: Field) -> Comment:
    return Comment(
        id=told["id"].whole(),
        author=author(told["user"]),
        body=told["body"].text(),
        created_at=told["created_at"].text(),
        url=told["html_url"].like(URL),
    )


def pull(told: Field) -> Pull:
    head, base = told["head"], told["base"]
    return Pull(
        number=told["number"].whole(),
        head_sha=head["sha"].shaped(SHA),
        head_ref=head["ref"].shaped(BRANCH),
        head_repo=head["repo"]["full_name"].shaped(REPO) if "repo" in head else "",
        base_ref=base["ref"].shaped(BRANCH),
        merged=told["merged"].flag() or "merged_at" in told,
        draft=told["draft"].flag(),
        author=author(told["user"]),
        closed=told["state"].text() == "closed",
    )


def review(told: Field) -> Review:
    return Review(
        id=told["id"].whole(),
        author=author(told["user"]),
        state=told["state"].text().lower(),
        body=told["body"].text(),
        commit=told["commit_id"].like(SHA),
        url=told["html_url"].like(URL),
    )


def line_comment(told: Field) -> LineComment:
    line = told["line"].count() or told["original_line"].count()
    return LineComment(
        id=told["id"].whole(),
        author=author(told["user"]),
        body=told["body"].text(),
        path=told["path"].text(),
        line=line,
        hunk=told["diff_hunk"].text(),
        commit=told["commit_id"].like(SHA),
        url=told["html_url"].like(URL),
        in_reply_to=told["in_reply_to_id"].count(),
        review=told["pull_request_review_id"].count(),
    )


Common = tuple[str, str, Where, Person]
"""What all events begin with: name, action, where, sender."""


def where(body: Field) -> Where:
    installation = body["installation"]["id"].whole() if "installation" in body else 0
    if "repository" not in body:
        return Where(api_url=_api_url(body["sender"], ""), installation=installation)
    told = body["repository"]
    repo = told["full_name"].shaped(REPO)
    return Where(
        repo=repo,
        repo_id=told["id"].whole(),
        clone_url=told["clone_url"].shaped(URL),
        default_branch=told["default_branch"].shaped(BRANCH),
        private=told["private"].flag(),
        fork=told["fork"].flag(),
        api_url=_api_url(told, f"/repos/{repo}") or _api_url(body["sender"], ""),
        installation=installation,
    )


def _api_url(told: Field, end: str) -> str:
    """What stands before `end` in the address of a thing; empty where it does not end so.

    A push gives the page of its repository in place of the address; its sender's is right.
    """
    url = told["url"].like(URL)
    end = end or f"/users/{told['login'].text().replace('[', '%5B').replace(']', '%5D')}"
    return url.removesuffix(end) if url.endswith(end) else ""
