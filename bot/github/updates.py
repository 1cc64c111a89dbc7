"""What changed last in a repository: issues, pull requests and comments, asked for with ETags.

An answer of 304 is not counted, so where nothing happens asking costs nothing:
https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api#use-conditional-requests-if-appropriate
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Generic, TypeVar

from bot.github.repository_api import RepositoryApi, read_answer
from bot.github.transport import Answer
from bot.github.webhooks import Comment, IssueText, objects
from bot.github.webhooks.fields import Field

MAX_CHANGED_PAGES = 10
"""Of 100 entries each, that one look reads; what changed before those is not looked at."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Changed(Generic[T]):
    """`entries`, last changed first; `etag` and `newest` are to be asked with the next time.

    `newest` is the time of GitHub's at which the first of them changed. `listed` are the numbers
    of all that were read, with those that have not changed; what changed after `oldest` and is not
    among them is not there any more.
    """

    entries: tuple[T, ...]
    etag: str
    newest: str
    listed: frozenset[int] = frozenset()
    oldest: str = ""


def list_labelled(
    api: RepositoryApi, label: str, etag: str = "", since: str = ""
) -> Changed[IssueText] | None:
    """Issues with `label`, closed ones too, that changed at `since` or later; None: none has.

    The etag is the first page's: of more than a hundred, one that loses its label may go unnoticed
    until another changes.
    """
    query = {"labels": label, "state": "all", "sort": "updated"}
    return _list_issues(api, query, etag, since)


def list_updated(api: RepositoryApi, etag: str = "", since: str = "") -> Changed[IssueText] | None:
    """Issues and pull requests that changed at `since` or later; None: none has."""
    return _list_issues(api, {"state": "all", "sort": "updated"}, etag, since)


def _list_issues(
    api: RepositoryApi, query: Mapping[str, object], etag_known: str, since: str
) -> Changed[IssueText] | None:
    listed: list[IssueText] = []
    etag, is_whole = "", True
    for page in _pages(api, "/issues", query, etag_known):
        if page.is_unchanged:
            return None
        etag = etag or page.headers.get("etag", "")
        listed += (read_answer(objects.read_issue, one) for one in read_answer(list, page.field))
        is_whole = not page.next_url
        if listed and listed[-1].updated_at < since:
            break
    found = tuple(one for one in listed if one.updated_at >= since)
    newest = max((one.updated_at for one in found), default=since)
    oldest = "" if is_whole or not listed else listed[-1].updated_at
    return Changed(found, etag, newest, frozenset(one.number for one in listed), oldest)


def list_updated_comments(
    api: RepositoryApi, etag: str = "", since: str = ""
) -> Changed[tuple[int, Comment]] | None:
    """Comments on issues and pull requests, each with that one's number. None: none has changed.

    Those written or edited at `since` or later, oldest first.
    """
    # https://docs.github.com/en/rest/issues/comments#list-issue-comments-for-a-repository
    query = {"sort": "updated", "direction": "desc"}
    listed: list[tuple[int, Comment]] = []
    new_etag = ""
    for page in _pages(api, "/issues/comments", query, etag):
        if page.is_unchanged:
            return None
        new_etag = new_etag or page.headers.get("etag", "")
        listed += (read_answer(_numbered, one) for one in read_answer(list, page.field))
        if listed and listed[-1][1].updated_at < since:
            break
    found = tuple(one for one in reversed(listed) if one[1].updated_at >= since)
    return Changed(found, new_etag, max((one.updated_at for _, one in found), default=since))


def _numbered(payload: Field) -> tuple[int, Comment]:
    # A comment names its issue by address alone: .../repos/octocat/bank/issues/12
    number = payload["issue_url"].match_text(objects.URL).rpartition("/")[2]
    return int(number) if number.isdecimal() else 0, objects.read_comment(payload)


def _pages(
    api: RepositoryApi, rest: str, query: Mapping[str, object], etag: str
) -> Iterator[Answer]:
    headers = {"If-None-Match": etag} if etag else None
    pages = api.client.iterate_pages(f"/repos/{api.repo}{rest}", query, headers)
    for _ in range(MAX_CHANGED_PAGES):
        if (page := next(pages, None)) is None:
            return
        yield page
