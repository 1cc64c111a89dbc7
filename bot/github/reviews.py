"""Review threads of a pull request, and what the bot says in and beside them."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.github.client import MAX_PAGES
from bot.github.errors import ForbiddenError, NotFoundError, TooLargeError
from bot.github.repository_api import RepositoryApi, read_answer, read_id
from bot.github.types import ACTOR, DraftReviewComment, Reaction, Thread, read_actor
from bot.github.webhooks import LineComment, Review, objects
from bot.github.webhooks.fields import Field

_DIGITS = re.compile(r"[0-9]{1,18}")
_COMMENTS = f"""{{ nodes {{ fullDatabaseId body path diffHunk url author {{ {ACTOR} }}
  originalLine line originalStartLine startLine outdated
  commit {{ oid }} originalCommit {{ oid }} replyTo {{ fullDatabaseId }}
  pullRequestReview {{ fullDatabaseId }}
}} pageInfo {{ hasNextPage endCursor }} }}"""
_THREADS = f"""query($owner: String!, $name: String!, $number: Int!, $after: String) {{
  repository(owner: $owner, name: $name) {{ pullRequest(number: $number) {{
    reviewThreads(first: 50, after: $after) {{
      nodes {{ id isResolved isOutdated diffSide path line originalLine
        comments(first: 100) {_COMMENTS} }}
      pageInfo {{ hasNextPage endCursor }} }} }} }} }}"""
_MORE = f"""query($id: ID!, $after: String) {{ node(id: $id) {{
  ... on PullRequestReviewThread {{ comments(first: 100, after: $after) {_COMMENTS} }} }} }}"""


def list_threads(api: RepositoryApi, number: int) -> tuple[Thread, ...]:
    """Oldest first. Only GraphQL knows which are resolved: by REST none is.

    So REST is asked where a server has no GraphQL for us, not where that does not answer just now.
    """
    try:
        return tuple(_threads(api, number))
    except ForbiddenError:
        return tuple(_by_rest(api, number))


def _threads(api: RepositoryApi, number: int) -> Iterator[Thread]:
    after: str | None = None
    for _ in range(MAX_PAGES):
        answer = api.query_graphql(_THREADS, number=number, after=after, **api.names)
        page = read_answer(lambda data: data["repository"]["pullRequest"]["reviewThreads"], answer)
        for node in read_answer(lambda one: list(one["nodes"]), page):
            yield _thread(api, node)
        after = _next(page)
        if not after:
            return
    raise TooLargeError(f"more review threads than {MAX_PAGES * 50}")


def _thread(api: RepositoryApi, node: Field) -> Thread:
    comments, page = [], node["comments"]
    # Only the thread says on which side of the diff it is, not its comments:
    # https://docs.github.com/en/graphql/reference/objects#pullrequestreviewthread
    side = read_answer(lambda one: one["diffSide"].read_text(), node)
    for _ in range(MAX_PAGES):
        comments += [
            replace(read_answer(_comment, one), side="LEFT" if side == "LEFT" else "RIGHT")
            for one in read_answer(lambda one: list(one["nodes"]), page)
        ]
        after = _next(page)
        if not after:
            break
        answer = api.query_graphql(
            _MORE, id=read_answer(lambda one: one["id"].read_text(), node), after=after
        )
        page = answer["node"]["comments"]
    else:
        raise TooLargeError(f"a review thread of more than {MAX_PAGES * 100} comments")
    return Thread(
        id=read_answer(lambda one: one["id"].read_text(), node),
        path=read_answer(lambda one: one["path"].read_text(), node),
        line=read_answer(
            lambda one: one["line"].read_count() or one["originalLine"].read_count(), node
        ),
        hunk=comments[0].hunk if comments else "",
        comments=tuple(comments),
        resolved=read_answer(lambda one: one["isResolved"].read_flag(), node),
        outdated=read_answer(lambda one: one["isOutdated"].read_flag(), node),
    )


def _next(page: Field) -> str:
    more = read_answer(lambda one: one["pageInfo"]["hasNextPage"].read_flag(), page)
    return read_answer(lambda one: one["pageInfo"]["endCursor"].read_text(), page) if more else ""


def _comment(node: Field) -> LineComment:
    return LineComment(
        id=_id(node),
        author=read_actor(node["author"]),
        body=node["body"].read_text(),
        path=node["path"].read_text(),
        line=node["line"].read_count() or node["originalLine"].read_count(),
        hunk=node["diffHunk"].read_text(),
        commit=node["commit"]["oid"].match_or_empty(objects.SHA) if "commit" in node else "",
        url=node["url"].match_or_empty(objects.URL),
        in_reply_to=_id(node["replyTo"]) if "replyTo" in node else 0,
        review=_id(node["pullRequestReview"]) if "pullRequestReview" in node else 0,
        start=node["startLine"].read_count(),
        original_line=node["originalLine"].read_count(),
        original_start=node["originalStartLine"].read_count(),
        original_commit=_commit_of(node["originalCommit"]),
        outdated=node["outdated"].read_flag(),
    )


def _commit_of(node: Field) -> str:
    return node["oid"].match_or_empty(objects.SHA) if node.value is not None else ""


def _id(node: Field) -> int:
    """The one that REST knows it by; `databaseId` has no room for those of today."""
    return int(node["fullDatabaseId"].match_text(_DIGITS))


def _by_rest(api: RepositoryApi, number: int) -> Iterator[Thread]:
    threads: dict[int, list[LineComment]] = {}
    for entry in api.list_entries(f"/pulls/{number}/comments"):
        comment = read_answer(objects.read_line_comment, entry)
        threads.setdefault(comment.in_reply_to or comment.id, []).append(comment)
    for comments in threads.values():
        first = comments[0]
        yield Thread(
            "",
            first.path,
            first.line,
            first.hunk,
            tuple(comments),
            resolved=False,
            outdated=first.outdated,
        )


def list_reviews(api: RepositoryApi, number: int) -> list[Review]:
    entries = api.list_entries(f"/pulls/{number}/reviews")
    return [read_answer(objects.read_review, entry) for entry in entries]


def read_line_comment(api: RepositoryApi, comment: int) -> LineComment:
    return read_answer(objects.read_line_comment, api.fetch(f"/pulls/comments/{comment}").field)


# REST has no reactions to reviews, GraphQL has, under names of its own:
# https://docs.github.com/en/graphql/reference/enums#reactioncontent
_CONTENTS = {
    "+1": "THUMBS_UP",
    "-1": "THUMBS_DOWN",
    "confused": "CONFUSED",
    "eyes": "EYES",
    "rocket": "ROCKET",
}


def add_review_reaction(api: RepositoryApi, node: str, content: str) -> None:
    """The same one twice is one."""
    ask = {"subjectId": node, "content": _CONTENTS[content]}
    api.write_again(
        lambda: api.client.graphql_named_mutation("addReaction", ask, "reaction { content }")
    )


def list_line_reactions(api: RepositoryApi, comment: int) -> list[Reaction]:
    """Of a comment on a line; nothing where it is gone."""
    try:
        entries = list(api.list_entries(f"/pulls/comments/{comment}/reactions"))
    except NotFoundError:
        return []
    return [read_answer(_read_reaction, entry) for entry in entries]


def _read_reaction(entry: Field) -> Reaction:
    # "user": a simple user or null, of an account that is gone.
    # https://docs.github.com/en/rest/reactions/reactions#list-reactions-for-a-pull-request-review-comment
    return Reaction(entry["content"].read_text(), objects.read_author(entry["user"]))


def list_line_comments(api: RepositoryApi, number: int, since: str = "") -> list[LineComment]:
    """Oldest first. `since`: only what was written or edited then or later."""
    entries = api.list_entries(f"/pulls/{number}/comments", {"since": since} if since else None)
    return [read_answer(objects.read_line_comment, entry) for entry in entries]


def post_reply(api: RepositoryApi, number: int, comment_id: int, body: str, mark: str) -> int:
    """The bot's answer with `mark` in the thread that `comment_id` began, or a new one: its id."""
    text = api.redact_marked(body, mark)

    def look() -> int | None:
        me = api.own_account().id
        for entry in api.list_entries(f"/pulls/{number}/comments"):
            one = read_answer(objects.read_line_comment, entry)
            if one.author.id == me and one.in_reply_to == comment_id and mark in one.body:
                return one.id
        return None

    found = look()
    if found is not None:
        return found
    return api.write_once(lambda: _reply(api, number, comment_id, text), look)


def _reply(api: RepositoryApi, number: int, comment_id: int, text: str) -> int:
    """By the address of replies, or where a server has none, as a comment that names its first.

    Servers that imitate GitHub's name that key as it reads in an answer.
    """
    pull = api.repository.get_pull(number)
    try:
        return read_id(pull.create_review_comment_reply(comment_id, text).raw_data)
    except NotFoundError:
        answer = api.fetch(f"/pulls/comments/{comment_id}").field  # raises Gone where the thread is
        first = read_answer(objects.read_line_comment, answer)
        fields = {
            "body": text,
            "path": first.path,
            "commit_id": first.commit,
            "in_reply_to": comment_id,
            "in_reply_to_id": comment_id,
        }
        return api.create_object(f"/pulls/{number}/comments", fields)


def post_review(  # noqa: PLR0913, PLR0917
    api: RepositoryApi,
    number: int,
    sha: str,
    body: str,
    remarks: tuple[DraftReviewComment, ...],
    mark: str,
) -> int:
    """The bot's review with `mark`, or a new one: comments only, never an approval. Gives its id.

    Raises ForbiddenError where a remark is not on a line of the diff.
    """
    text = api.redact_marked(body, mark)
    comments = [
        {"path": one.path, "line": one.line, "side": "RIGHT", "body": api.redact_text(one.body)}
        for one in remarks
    ]
    fields = {"commit_id": sha, "body": text, "event": "COMMENT", "comments": comments}

    def look() -> int | None:
        me = api.own_account().id
        own = (one for one in list_reviews(api, number) if one.author.id == me and mark in one.body)
        return next((one.id for one in own), None)

    found = look()
    return (
        found
        if found is not None
        else api.write_once(lambda: api.create_object(f"/pulls/{number}/reviews", fields), look)
    )
