"""Issues and the conversation below them; a pull request has one of these too."""

from collections.abc import Callable
from typing import Literal

from github.Issue import Issue
from github.IssueComment import IssueComment
from github.PullRequestComment import PullRequestComment

from bot.github.auth import parse_time
from bot.github.errors import ForbiddenError
from bot.github.repository_api import RepositoryApi, read_answer, read_id
from bot.github.types import ACTOR, read_actor
from bot.github.webhooks import NOBODY, Comment, IssueText, Person, objects
from bot.github.webhooks.fields import Field
from bot.text.letter_case import is_same_but_case

ReactTo = Literal["issue", "comment", "line"]
# Such an answer does not count against the limit:
# https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
_EDITOR = f"""query($id: ID!) {{ node(id: $id) {{ ... on IssueComment {{
  lastEditedAt editor {{ {ACTOR} }} }} }} }}"""
_EDITED = """query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { issueOrPullRequest(number: $number) {
    ... on Issue { lastEditedAt } ... on PullRequest { lastEditedAt } } } }"""


def read_issue(api: RepositoryApi, number: int) -> IssueText:
    return read_answer(objects.read_issue, api.fetch(f"/issues/{number}").field)


def list_labelled_issues(
    api: RepositoryApi, label: str, etag: str
) -> tuple[list[IssueText] | None, str]:
    """The open issues with `label`, last changed first, and the etag to ask with the next time.

    None: they are as they were. The etag is the first page's: of more than a hundred, one that
    loses its label may go unnoticed until another changes.
    """
    query = {"labels": label, "state": "open", "sort": "updated", "per_page": 100}
    headers = {"If-None-Match": etag} if etag else None
    pages = list(api.client.iterate_pages(f"/repos/{api.repo}/issues", query, headers))
    if pages[0].is_unchanged:
        return None, etag
    found = [
        read_answer(objects.read_issue, one)
        for page in pages
        for one in read_answer(list, page.field)
    ]
    return found, pages[0].headers.get("etag", "")


def find_labeling(api: RepositoryApi, number: int, label: str) -> tuple[Person, str] | None:
    """Who put `label` on, and when, if it has not been taken off since."""
    kind, by, at = _last_label_event(api, number, label)
    return (by, at) if kind == "labeled" else None


def find_unlabeling(api: RepositoryApi, number: int, label: str) -> tuple[Person, str] | None:
    """Who took `label` off, and when, if it has not been put on again."""
    kind, by, at = _last_label_event(api, number, label)
    return (by, at) if kind == "unlabeled" else None


def _last_label_event(api: RepositoryApi, number: int, label: str) -> tuple[str, Person, str]:
    last = ("", NOBODY, "")
    for event in api.list_entries(f"/issues/{number}/events"):
        kind, name, by, at = read_answer(_label_event, event)
        if name and is_same_but_case(name, label):
            last = (kind, by, at)
    return last


def _label_event(event: Field) -> tuple[str, str, Person, str]:
    kind, at = event["event"].read_text(), event["created_at"].read_text()
    name = event["label"]["name"].read_text() if kind in {"labeled", "unlabeled"} else ""
    return kind, name, objects.read_author(event["actor"]), at


def edited_since(api: RepositoryApi, number: int, at: str) -> bool | None:
    """Whether title or text was changed at `at` or later; None where that is not to be had.

    Times are whole seconds: an edit within that of the label counts.
    """
    for event in api.list_entries(f"/issues/{number}/events"):
        kind, _, _, when = read_answer(_label_event, event)
        if kind == "renamed" and parse_time(when) >= parse_time(at):
            return True
    try:
        answer = api.query_graphql(_EDITED, number=number, **api.names)
    except ForbiddenError:
        return None
    last = read_answer(
        lambda data: data["repository"]["issueOrPullRequest"]["lastEditedAt"].read_text(), answer
    )
    return bool(last) and parse_time(last) >= parse_time(at)


def list_comments(api: RepositoryApi, number: int, since: str = "") -> list[Comment]:
    """Oldest first. `since`: only what was written or edited then or later."""
    entries = api.list_entries(f"/issues/{number}/comments", {"since": since} if since else None)
    return [read_answer(objects.read_comment, entry) for entry in entries]


def read_comment(api: RepositoryApi, comment_id: int) -> Comment:
    return read_answer(objects.read_comment, api.fetch(f"/issues/comments/{comment_id}").field)


def post_comment(api: RepositoryApi, number: int, body: str, mark: str) -> int:
    """The bot's comment there that has `mark` in it, or a new one. Gives its id."""
    text = api.redact_marked(body, mark)

    def look() -> int | None:
        me = api.own_account().id
        own = (c for c in list_comments(api, number) if c.author.id == me and mark in c.body)
        return next((c.id for c in own), None)

    found = look()
    if found is not None:
        return found
    issue = api.repository.get_issue(number)
    return api.write_once(lambda: read_id(issue.create_comment(text).raw_data), look)


def edit_comment(api: RepositoryApi, comment_id: int, body: str) -> None:
    """Nothing is looked for before it is tried again: an edit done twice is one edit."""
    text = api.redact_text(body)
    api.write_again(lambda: _comment(api, comment_id).edit(text))


def add_reaction(api: RepositoryApi, kind: ReactTo, number: int, content: str) -> None:
    """`content`: eyes, rocket, confused... GitHub keeps one of each from one account.

    `number` is the issue's, or the comment's id.
    """
    kept: dict[ReactTo, Callable[[], Issue | IssueComment | PullRequestComment]] = {
        "issue": lambda: api.repository.get_issue(number),
        "comment": lambda: _comment(api, number),
        "line": lambda: PullRequestComment(
            api.client, url=f"/repos/{api.repo}/pulls/comments/{number}"
        ),
    }
    subject = kept[kind]()
    api.write_again(lambda: subject.create_reaction(content))


def find_comment_editor(api: RepositoryApi, comment_id: int) -> tuple[Person | None, str]:
    """Who changed that comment last, and when; nobody and no time if it is as it was written.

    Somebody is nobody too where the server does not say.
    """
    found = api.fetch(f"/issues/comments/{comment_id}").field
    node = read_answer(lambda one: one["node_id"].read_text(), found)
    try:
        edited = api.query_graphql(_EDITOR, id=node)["node"]
    except ForbiddenError:
        return None, read_answer(_touched, found)
    at = read_answer(lambda one: one["lastEditedAt"].read_text(), edited)
    by = read_answer(lambda one: read_actor(one["editor"]), edited)
    return (by if by.id else None), at


def _touched(comment: Field) -> str:
    """When it was changed, by what REST tells of it: empty if it is as it was written."""
    at = comment["updated_at"].read_text()
    return "" if at == comment["created_at"].read_text() else at


def _comment(api: RepositoryApi, comment_id: int) -> IssueComment:
    return IssueComment(api.client, url=f"/repos/{api.repo}/issues/comments/{comment_id}")
