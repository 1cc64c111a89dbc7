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
# https://git-scm.com/docs/git-check-ref-format
# Git's own rules are stricter; what matters here is that it is no option and fits in one line.
_REF = r"[^\x00-\x20\x7f~^:?*\\\[]{0,1023}"
BRANCH = re.compile(rf"(?!-){_REF}(?<!/)")
REF = re.compile(rf"refs/(?:heads|tags)/{_REF}")
URL = re.compile(r"https?://[A-Za-z0-9][^\s<>\"'`\\()\x00-\x20\x7f]{0,2047}")
MAX_DIGITS = 18
"""Of a number that a database holds."""
_STATE = re.compile(r"[a-z_]{0,30}")
_NODE = re.compile(r"[A-Za-z0-9_=+/-]{1,200}")


def read_person(account: Field) -> Person:
    bot = account["type"].read_text() == "Bot"
    login = account["login"].match_text(LOGIN)
    return Person(account["id"].read_int(), login, bot or login.endswith("[bot]"))


def read_author(account: Field) -> Person:
    """Whoever wrote something: their account may be gone."""
    return NOBODY if account.value is None else read_person(account)


def read_issue(payload: Field) -> IssueText:
    return IssueText(
        number=payload["number"].read_int(),
        title=payload["title"].read_text(),
        body=payload["body"].read_text(),
        author=read_author(payload["user"]),
        labels=tuple(label["name"].read_text() for label in payload["labels"]),
        state=payload["state"].match_or_empty(_STATE),
        updated_at=payload["updated_at"].read_text(),
        is_pull="pull_request" in payload,
        repo=_read_repo_name(payload["repository_url"]),
        # Told by servers that have dependencies and sub-issues:
        # https://docs.github.com/en/rest/issues/issues#get-an-issue
        blocked_by=_read_part(payload, "issue_dependencies_summary", "blocked_by"),
        open_sub_issues=_read_part(payload, "sub_issues_summary", "total")
        - _read_part(payload, "sub_issues_summary", "completed"),
        parent=_read_number(payload["parent_issue_url"], payload["repository_url"]),
        comments=payload["comments"].read_count() if "comments" in payload else 0,
    )


def _read_part(payload: Field, group: str, name: str) -> int:
    return payload[group][name].read_count() if group in payload else 0


def _read_number(url: Field, repository: Field) -> int:
    """Of an issue's address in the same repository; 0 for none."""
    before, _, number = url.match_or_empty(URL).rpartition("/issues/")
    here = before == repository.match_or_empty(URL)
    return int(number) if here and number.isdecimal() and len(number) < MAX_DIGITS else 0


def _read_repo_name(url: Field) -> str:
    """Of an address such as https://api.github.com/repos/octocat/bank."""
    name = "/".join(url.match_or_empty(URL).rsplit("/", 2)[-2:])
    return name if REPO.fullmatch(name) else ""


def read_comment(payload: Field) -> Comment:
    return Comment(
        id=payload["id"].read_int(),
        author=read_author(payload["user"]),
        body=payload["body"].read_text(),
        created_at=payload["created_at"].read_text(),
        url=payload["html_url"].match_or_empty(URL),
        updated_at=payload["updated_at"].read_text(),
    )


def read_pull(payload: Field) -> Pull:
    head = payload["head"]
    return Pull(
        number=payload["number"].read_int(),
        head_sha=head["sha"].match_text(SHA),
        head_ref=head["ref"].match_text(BRANCH),
        head_repo=head["repo"]["full_name"].match_text(REPO) if "repo" in head else "",
        merged=payload["merged"].read_flag() or "merged_at" in payload,
        draft=payload["draft"].read_flag(),
        author=read_author(payload["user"]),
        closed=payload["state"].read_text() == "closed",
        base_ref=payload["base"]["ref"].match_text(BRANCH) if "base" in payload else "",
        mergeable=payload["mergeable"].read_flag() if "mergeable" in payload else None,
        merge_state=payload["mergeable_state"].match_or_empty(_STATE),
        body=payload["body"].read_text(),
    )


def read_review(payload: Field) -> Review:
    return Review(
        id=payload["id"].read_int(),
        author=read_author(payload["user"]),
        state=payload["state"].read_text().lower(),
        body=payload["body"].read_text(),
        commit=payload["commit_id"].match_or_empty(SHA),
        url=payload["html_url"].match_or_empty(URL),
        submitted_at=payload["submitted_at"].read_text(),
        node=payload["node_id"].match_or_empty(_NODE),
    )


def read_line_comment(payload: Field) -> LineComment:
    original = payload["original_line"].read_count()
    # An outdated comment has no place in the diff of today: `position` and `line` are null.
    # https://docs.github.com/en/rest/pulls/comments#get-a-review-comment-for-a-pull-request
    whole_file = payload["subject_type"].read_text() == "file"
    return LineComment(
        id=payload["id"].read_int(),
        author=read_author(payload["user"]),
        body=payload["body"].read_text(),
        path=payload["path"].read_text(),
        line=payload["line"].read_count() or original,
        hunk=payload["diff_hunk"].read_text(),
        commit=payload["commit_id"].match_or_empty(SHA),
        url=payload["html_url"].match_or_empty(URL),
        in_reply_to=payload["in_reply_to_id"].read_count(),
        review=payload["pull_request_review_id"].read_count(),
        start=payload["start_line"].read_count(),
        original_line=original,
        original_start=payload["original_start_line"].read_count(),
        original_commit=payload["original_commit_id"].match_or_empty(SHA),
        side="LEFT" if payload["side"].read_text() == "LEFT" else "RIGHT",
        outdated="line" not in payload and original > 0 and not whole_file,
    )


# Of a person's own repository nobody but the owner and collaborators may push:
# https://docs.github.com/en/account-and-profile/setting-up-and-managing-your-personal-account-on-github/managing-personal-account-settings/permission-levels-for-a-personal-account-repository
# and how an author is associated with it the payload says:
# https://docs.github.com/en/graphql/reference/enums#commentauthorassociation
# In an organization's it rules nobody out: a member who hides that, or is in a team, is told as
# anybody else is. https://github.com/orgs/community/discussions/18690
_OUTSIDE = frozenset({"NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "MANNEQUIN"})


def is_outsider(body: Field) -> bool:
    """Whether the payload itself rules out that its sender, who wrote what is told, may write."""
    said = next((body[name] for name in ("comment", "review") if name in body), None)
    if said is None or "repository" not in body or "owner" not in body["repository"]:
        return False
    owner, sender = body["repository"]["owner"], read_person(body["sender"])
    is_persons = "type" in owner and owner["type"].read_text() == "User"
    is_theirs = read_author(said["user"]).id == sender.id
    return is_persons and is_theirs and said["author_association"].read_text() in _OUTSIDE


Common = tuple[str, str, Where, Person]
"""What all events begin with: name, action, where, sender."""


def read_location(body: Field) -> Where:
    installation = body["installation"]["id"].read_int() if "installation" in body else 0
    if "repository" not in body:
        return Where(api_url=_api_url(body["sender"], ""), installation=installation)
    payload = body["repository"]
    repo = payload["full_name"].match_text(REPO)
    return Where(
        repo=repo,
        repo_id=payload["id"].read_int(),
        clone_url=payload["clone_url"].match_text(URL),
        default_branch=payload["default_branch"].match_text(BRANCH),
        private=payload["private"].read_flag(),
        api_url=_api_url(payload, f"/repos/{repo}") or _api_url(body["sender"], ""),
        installation=installation,
    )


def _api_url(payload: Field, end: str) -> str:
    """What stands before `end` in the address of a thing; empty where it does not end so.

    A push gives the page of its repository in place of the address; its sender's is right.
    """
    url = payload["url"].match_or_empty(URL)
    end = end or f"/users/{payload['login'].read_text().replace('[', '%5B').replace(']', '%5D')}"
    return url.removesuffix(end) if url.endswith(end) else ""
