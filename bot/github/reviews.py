"""Review threads of a pull request, and what the bot says in and beside them."""

import re
from collections.abc import Iterator

from bot.github.client import PAGES
from bot.github.errors import ForbiddenError, NotFoundError, TooLargeError, UnavailableError
from bot.github.repository_api import RepositoryApi, given_id, made
from bot.github.types import ACTOR, DraftReviewComment, Thread, actor
from bot.github.webhooks import LineComment, Review, objects
from bot.github.webhooks.fields import Field

_DIGITS = re.compile(r"[0-9]{1,18}")
_COMMENTS = f"""{{ nodes {{ fullDatabaseId body path diffHunk url author {{ {ACTOR} }}
  originalLine line commit {{ oid }} replyTo {{ fullDatabaseId }}
  pullRequestReview {{ fullDatabaseId }}
}} pageInfo {{ hasNextPage endCursor }} }}"""
_THREADS = f"""query($owner: String!, $name: String!, $number: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{ pullRequest(number: $number) {{
    reviewThreads(first: 50, after: $after) {{
      nodes {{ id isResolved path line originalLine comments(first: 100) {_COMMENTS} }}
      pageInfo {{ hasNextPage endCursor }} }} }} }} }}"""
_MORE = f"""query($id: ID!, $after: String) {{ node(id: $id) {{
  ... on PullRequestReviewThread {{ comments(first: 100, after: $after) {_COMMENTS} }} }} }}"""


def read(api: RepositoryApi, number: int) -> tuple[Thread, ...]:
    """Oldest first. Only GraphQL knows which are resolved: by REST none is."""
    try:
        return tuple(_threads(api, number))
    except (UnavailableError, ForbiddenError):
        return tuple(_by_rest(api, number))


def _threads(api: RepositoryApi, number: int) -> Iterator[Thread]:
    after: str | None = None
    for _ in range(PAGES):
        told = api.graphql(_THREADS, number=number, after=after, **api.names)
        page = made(lambda data: data["repository"]["pullRequest"]["reviewThreads"], told)
        for node in made(lambda one: list(one["nodes"]), page):
            yield _thread(api, node)
        after = _next(page)
        if not after:
            return
    raise TooLargeError(f"more review threads than {PAGES * 50}")


def _thread(api: RepositoryApi, node: Field) -> Thread:
    comments, page = [], node["comments"]
    for _ in range(PAGES):
        comments += [made(_comment, one) for one in made(lambda one: list(one["nodes"]), page)]
        after = _next(page)
        if not after:
            break
        told = api.graphql(_MORE, id=made(lambda one: one["id"].text(), node), after=after)
        page = told["node"]["comments"]
    else:
        raise TooLargeError(f"a review thread of more than {PAGES * 100} comments")
    return Thread(
        id=made(lambda one: one["id"].text(), node),
        path=made(lambda one: one["path"].text(), node),
        line=made(lambda one: one["line"].count() or one["originalLine"].count(), node),
        hunk=comments[0].hunk if comments else "",
        comments=tuple(comments),
        resolved=made(lambda one: one["isResolved"].flag(), node),
    )


def _next(page: Field) -> str:
    more = made(lambda one: one["pageInfo"]["hasNextPage"].flag(), page)
    return made(lambda one: one["pageInfo"]["endCursor"].text(), page) if more else ""


def _comment(told: Field) -> LineComment:
    return LineComment(
        id=_id(told),
        author=actor(told["author"]),
        body=told["body"].text(),
        path=told["path"].text(),
        line=told["line"].count() or told["originalLine"].count(),
        hunk=told["diffHunk"].text(),
        commit=told["commit"]["oid"].like(objects.SHA) if "commit" in told else "",
        url=told["url"].like(objects.URL),
        in_reply_to=_id(told["replyTo"]) if "replyTo" in told else 0,
        review=_id(told["pullRequestReview"]) if "pullRequestReview" in told else 0,
    )


def _id(told: Field) -> int:
    """The one that REST knows it by; `databaseId` has no room for those of today."""
    return int(told["fullDatabaseId"].shaped(_DIGITS))


def _by_rest(api: RepositoryApi, number: int) -> Iterator[Thread]:
    said: dict[int, list[LineComment]] = {}
    for entry in api.entries(f"/pulls/{number}/comments"):
        comment = made(objects.line_comment, entry)
        said.setdefault(comment.in_reply_to or comment.id, []).append(comment)
    for comments in said.values():
        first = comments[0]
        yield Thread("", first.path, first.line, first.hunk, tuple(comments), resolved=False)


def reviews(api: RepositoryApi, number: int) -> list[Review]:
    told = api.entries(f"/pulls/{number}/reviews")
    return [made(objects.review, entry) for entry in told]


def reply(api: RepositoryApi, number: int, comment_id: int, body: str, mark: str) -> int:
    """The bot's answer with `mark` in the thread that `comment_id` began, or a new one: its id."""
    text = api.out_marked(body, mark)

    def look() -> int | None:
        me = api.me().id
        for entry in api.entries(f"/pulls/{number}/comments"):
            one = made(objects.line_comment, entry)
            if one.author.id == me and one.in_reply_to == comment_id and mark in one.body:
                return one.id
        return None

    found = look()
    if found is not None:
        return found
    return api.written(lambda: _reply(api, number, comment_id, text), look)


def _reply(api: RepositoryApi, number: int, comment_id: int, text: str) -> int:
    """By the address of replies, or where a server has none, as a comment that names its first.

    Servers that imitate GitHub's name that key as it reads in an answer.
    """
    pull = api.repository.get_pull(number)
    try:
        return given_id(pull.create_review_comment_reply(comment_id, text).raw_data)
    except NotFoundError:
        told = api.get(f"/pulls/comments/{comment_id}").field  # raises Gone where the thread is
        first = made(objects.line_comment, told)
        said = {
            "body": text,
            "path": first.path,
            "commit_id": first.commit,
            "in_reply_to": comment_id,
            "in_reply_to_id": comment_id,
        }
        return api.post(f"/pulls/{number}/comments", said)


def review(  # noqa: PLR0913, PLR0917
    api: RepositoryApi,
    number: int,
    sha: str,
    body: str,
    remarks: tuple[DraftReviewComment, ...],
    mark: str,
) -> int:
    """The bot's review with `mark`, or a new one: comments only, never an approval. Gives its id.

    Raises Refused where a remark is not on a line of the diff.
    """
    text = api.out_marked(body, mark)
    comments = [
        {"path": one.path, "line": one.line, "side": "RIGHT", "body": api.out(one.body)}
        for one in remarks
    ]
    said = {"commit_id": sha, "body": text, "event": "COMMENT", "comments": comments}

    def look() -> int | None:
        me = api.me().id
        mine = (one for one in reviews(api, number) if one.author.id == me and mark in one.body)
        return next((one.id for one in mine), None)

    found = look()
    return (
        found
        if found is not None
        else api.written(lambda: api.post(f"/pulls/{number}/reviews", said), look)
    )
