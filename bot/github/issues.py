"""Issues and the conversation below them; a pull request has one of these too."""

from collections.abc import Callable
from typing import Literal

from github.Issue import Issue
from github.IssueComment import IssueComment
from github.PullRequestComment import PullRequestComment

from bot.github.auth import epoch
from bot.github.errors import ForbiddenError, UnavailableError
from bot.github.repository_api import RepositoryApi, given_id, made
from bot.github.types import ACTOR, actor
from bot.github.webhooks import Comment, IssueText, Person, objects
from bot.github.webhooks.fields import Field

ReactTo = Literal["issue", "comment", "line"]
_UNCHANGED = 304
_EDITOR = f"""query($id: ID!) {{ node(id: $id) {{ ... on IssueComment {{
  lastEditedAt editor {{ {ACTOR} }} }} }} }}"""
_EDITED = """query($owner: String!, $name: String!, $number: Int!) {
  repository(owner: $owner, name: $name) { issueOrPullRequest(number: $number) {
    ... on Issue { lastEditedAt } ... on PullRequest { lastEditedAt } } } }"""


def read(api: RepositoryApi, number: int) -> IssueText:
    return made(objects.issue, api.get(f"/issues/{number}").field)


def labelled(api: RepositoryApi, label: str, etag: str) -> tuple[list[IssueText] | None, str]:
    """The open issues with `label`, last changed first, and the etag to ask with the next time.

    None: they are as they were. The etag is the first page's: of more than a hundred, one that
    loses its label may go unnoticed until another changes.
    """
    query = {"labels": label, "state": "open", "sort": "updated", "per_page": 100}
    asked = {"If-None-Match": etag} if etag else None
    pages = list(api.wire.pages(f"/repos/{api.repo}/issues", query, asked))
    if pages[0].status == _UNCHANGED:
        return None, etag
    told = [made(objects.issue, one) for page in pages for one in made(list, page.field)]
    return told, pages[0].headers.get("etag", "")


def updated(api: RepositoryApi, etag: str) -> tuple[frozenset[int] | None, str]:
    """Numbers of the issues and pull requests that changed last, and the etag for the next time.

    None: nothing has changed in the repository since.
    """
    query = {"state": "all", "sort": "updated", "per_page": 100}
    asked = {"If-None-Match": etag} if etag else None
    page = api.get("/issues", query, asked)
    if page.status == _UNCHANGED:
        return None, etag
    told = made(list, page.field)
    return frozenset(
        made(lambda one: one["number"].whole(), one) for one in told
    ), page.headers.get("etag", "")


def labeled_at(api: RepositoryApi, number: int, label: str) -> tuple[Person, str] | None:
    """Who put `label` on, and when, if it has not been taken off since."""
    found = None
    for event in api.entries(f"/issues/{number}/events"):
        kind, name, by, at = made(_label_event, event)
        if name == label:
            found = (by, at) if kind == "labeled" else None
    return found


def _label_event(event: Field) -> tuple[str, str, Person, str]:
    kind, at = event["event"].text(), event["created_at"].text()
    name = event["label"]["name"].text() if kind in {"labeled", "unlabeled"} else ""
    return kind, name, objects.author(event["actor"]), at


def edited_since(api: RepositoryApi, number: int, at: str) -> bool | None:
    """Whether title or text was changed at `at` or later; None where that is not to be had.

    Times are whole seconds: an edit within that of the label counts.
    """
    for event in api.entries(f"/issues/{number}/events"):
        kind, _, _, when = made(_label_event, event)
        if kind == "renamed" and epoch(when) >= epoch(at):
            return True
    try:
        told = api.graphql(_EDITED, number=number, **api.names)
    except (UnavailableError, ForbiddenError):
        return None
    last = made(lambda data: data["repository"]["issueOrPullRequest"]["lastEditedAt"].text(), told)
    return bool(last) and epoch(last) >= epoch(at)


def comments(api: RepositoryApi, number: int, since: str = "") -> list[Comment]:
    """Oldest first. `since`: only what was written or edited then or later."""
    told = api.entries(f"/issues/{number}/comments", {"since": since} if since else None)
    return [made(objects.comment, entry) for entry in told]


def comment(api: RepositoryApi, comment_id: int) -> Comment:
    return made(objects.comment, api.get(f"/issues/comments/{comment_id}").field)


def say(api: RepositoryApi, number: int, body: str, mark: str) -> int:
    """The bot's comment there that has `mark` in it, or a new one. Gives its id."""
    text = api.out_marked(body, mark)

    def look() -> int | None:
        me = api.me().id
        mine = (c for c in comments(api, number) if c.author.id == me and mark in c.body)
        return next((c.id for c in mine), None)

    found = look()
    if found is not None:
        return found
    issue = api.repository.get_issue(number)
    return api.written(lambda: given_id(issue.create_comment(text).raw_data), look)


def edit_comment(api: RepositoryApi, comment_id: int, body: str) -> None:
    """Nothing is looked for before it is tried again: an edit done twice is one edit."""
    text = api.out(body)
    api.repeated(lambda: _comment(api, comment_id).edit(text))


def react(api: RepositoryApi, kind: ReactTo, number: int, content: str) -> None:
    """`content`: eyes, rocket, confused... GitHub keeps one of each from one account.

    `number` is the issue's, or the comment's id.
    """
    kept: dict[ReactTo, Callable[[], Issue | IssueComment | PullRequestComment]] = {
        "issue": lambda: api.repository.get_issue(number),
        "comment": lambda: _comment(api, number),
        "line": lambda: PullRequestComment(
            api.wire, url=f"/repos/{api.repo}/pulls/comments/{number}"
        ),
    }
    told = kept[kind]()
    api.repeated(lambda: told.create_reaction(content))


def editor(api: RepositoryApi, comment_id: int) -> tuple[Person | None, str]:
    """Who changed that comment last, and when; nobody and no time if it is as it was written.

    Somebody is nobody too where the server does not say.
    """
    found = api.get(f"/issues/comments/{comment_id}").field
    node = made(lambda one: one["node_id"].text(), found)
    try:
        told = api.graphql(_EDITOR, id=node)["node"]
    except ForbiddenError:
        return None, made(_touched, found)
    at = made(lambda one: one["lastEditedAt"].text(), told)
    by = made(lambda one: actor(one["editor"]), told)
    return (by if by.id else None), at


def _touched(comment: Field) -> str:
    """When it was changed, by what REST tells of it: empty if it is as it was written."""
    at = comment["updated_at"].text()
    return "" if at == comment["created_at"].text() else at


def _comment(api: RepositoryApi, comment_id: int) -> IssueComment:
    return IssueComment(api.wire, url=f"/repos/{api.repo}/issues/comments/{comment_id}")
