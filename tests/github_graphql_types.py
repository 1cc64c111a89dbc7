"""The types GraphQL answers about: issues, comments, pull requests, threads. Names are GitHub's."""

from typing import TYPE_CHECKING, Any

import github_show as show
import github_show_pull as show_pull
from github_calls import Call, operation
from github_graphql import TYPES, Asked, Connection, Node, answer, int32
from github_issues import Comment, Issue
from github_people import Refusal, User
from github_pulls import Pull
from github_repo import Repo
from github_reviews import LineComment, Review, Thread

if TYPE_CHECKING:
    from collections.abc import Callable

Args = dict[str, Any]


@operation("POST", "/graphql", described=False)
def graphql(call: Call) -> Any:
    return answer(call)


def node(of: Any) -> Node | None:
    """The object with its type's name; None stays None."""
    names = {
        Pull: "PullRequest",
        Issue: "Issue",
        Comment: "IssueComment",
        LineComment: "PullRequestReviewComment",
        Review: "PullRequestReview",
        Thread: "PullRequestReviewThread",
        Repo: "Repository",
    }
    if isinstance(of, User):
        return Node(of.type, of)
    return None if of is None else Node(names[type(of)], of)


def _many(of: Any) -> Connection:
    return Connection([found for one in of if (found := node(one))])


def _plain(get: "Callable[[Any], Any]") -> Any:
    return lambda _, one, __: get(one)


def _login(one: User) -> str:
    """Without the "[bot]" that REST has."""
    return one.login.removesuffix("[bot]")


ACTOR = {
    "login": _plain(_login),
    "id": _plain(lambda one: f"U_{one.id}"),
    "databaseId": _plain(lambda one: int32(one.id)),
    "url": lambda asked, one, _: show.user(asked.github, one)["html_url"],
    "avatarUrl": lambda asked, one, _: show.user(asked.github, one)["avatar_url"],
}
TYPES["User"] = {**ACTOR, "name": _plain(lambda one: one.login.title())}
TYPES["Bot"] = dict(ACTOR)
TYPES["Organization"] = dict(TYPES["User"])

COMMENT = {
    "body": _plain(lambda one: one.body or ""),
    "author": _plain(lambda one: node(one.author)),
    "editor": _plain(lambda one: node(one.editor)),
    "lastEditedAt": _plain(lambda one: one.edited),
    "includesCreatedEdit": _plain(lambda one: one.edited is not None),
    "createdAt": _plain(lambda one: one.created),
    "updatedAt": _plain(lambda one: one.updated),
    "databaseId": _plain(lambda one: int32(one.id)),
    "fullDatabaseId": _plain(lambda one: str(one.id)),
}
ISSUE = {
    **COMMENT,
    "number": _plain(lambda one: one.number),
    "title": _plain(lambda one: one.title),
    "locked": _plain(lambda one: one.locked),
    "closed": _plain(lambda one: one.state == "closed"),
    "closedAt": _plain(lambda one: one.closed),
    "url": _plain(lambda one: show.issue(one)["html_url"]),
    "id": _plain(lambda one: show.issue(one)["node_id"]),
    "authorAssociation": _plain(lambda one: show.association(one.repo, one.author)),
    "comments": _plain(lambda one: _many(one.comments)),
    "labels": _plain(lambda one: Connection([Node("Label", each) for each in one.labels])),
    "repository": _plain(lambda one: node(one.repo)),
}
TYPES["Label"] = {"name": _plain(lambda one: one.name), "color": _plain(lambda one: one.color)}
TYPES["Issue"] = {**ISSUE, "state": _plain(lambda one: one.state.upper())}
TYPES["PullRequest"] = {
    **ISSUE,
    "state": _plain(lambda one: "MERGED" if one.merged_at else one.state.upper()),
    "isDraft": _plain(lambda one: one.draft),
    "merged": _plain(lambda one: one.merged_at is not None),
    "mergedAt": _plain(lambda one: one.merged_at),
    "headRefName": _plain(lambda one: one.head_ref),
    "headRefOid": _plain(lambda one: one.head_sha),
    "baseRefName": _plain(lambda one: one.base_ref),
    "baseRefOid": _plain(lambda one: one.base_sha),
    "isCrossRepository": _plain(lambda one: one.from_fork),
    "reviewThreads": _plain(lambda one: _many(one.threads)),
    "reviews": _plain(lambda one: _many(one.reviews)),
}
TYPES["IssueComment"] = {
    **COMMENT,
    "id": _plain(lambda one: f"IC_{one.id}"),
    "url": _plain(lambda one: show.comment(one)["html_url"]),
    "issue": _plain(lambda one: node(one.issue)),
    "isMinimized": _plain(lambda _: False),
    "authorAssociation": _plain(lambda one: show.association(one.issue.repo, one.author)),
}
TYPES["PullRequestReview"] = {
    "id": _plain(lambda one: f"PRR_{one.id}"),
    "databaseId": _plain(lambda one: int32(one.id)),
    "fullDatabaseId": _plain(lambda one: str(one.id)),
    "state": _plain(lambda one: one.state),
    "body": _plain(lambda one: one.body),
    "author": _plain(lambda one: node(one.author)),
    "submittedAt": _plain(lambda one: one.submitted),
    "commit": _plain(lambda one: Node("Commit", one.commit)),
    "url": _plain(lambda one: show_pull.review(one)["html_url"]),
}
TYPES["Commit"] = {"oid": _plain(lambda sha: sha), "abbreviatedOid": _plain(lambda sha: sha[:7])}
TYPES["PullRequestReviewThread"] = {
    "id": _plain(lambda one: f"PRRT_{one.id}"),
    "isResolved": _plain(lambda one: one.resolved),
    "isCollapsed": _plain(lambda one: one.resolved),
    "isOutdated": _plain(lambda one: one.first.position is None),
    "resolvedBy": _plain(lambda one: node(one.resolved_by)),
    "path": _plain(lambda one: one.path),
    "line": _plain(lambda one: one.first.line),
    "originalLine": _plain(lambda one: one.first.original_line),
    "startLine": _plain(lambda one: one.first.start),
    "originalStartLine": _plain(lambda one: one.first.start),
    "diffSide": _plain(lambda one: one.first.side),
    "subjectType": _plain(lambda _: "LINE"),
    "comments": _plain(lambda one: _many(one.comments)),
    "pullRequest": _plain(lambda one: node(one.pull)),
}
TYPES["PullRequestReviewComment"] = {
    **COMMENT,
    "id": _plain(lambda one: f"PRRC_{one.id}"),
    "url": _plain(lambda one: show_pull.line_comment(one)["html_url"]),
    "path": _plain(lambda one: one.path),
    "line": _plain(lambda one: one.line),
    "originalLine": _plain(lambda one: one.original_line),
    "startLine": _plain(lambda one: one.start),
    "position": _plain(lambda one: one.position),
    "originalPosition": _plain(lambda one: one.original_position),
    "diffHunk": _plain(lambda one: one.hunk),
    "outdated": _plain(lambda one: one.position is None),
    "state": _plain(lambda _: "SUBMITTED"),
    "commit": _plain(lambda one: Node("Commit", one.commit)),
    "originalCommit": _plain(lambda one: Node("Commit", one.original_commit)),
    "replyTo": _plain(lambda one: node(one.reply_to)),
    "pullRequestReview": _plain(lambda one: node(one.review)),
    "pullRequest": _plain(lambda one: node(one.pull)),
    "authorAssociation": _plain(lambda one: show.association(one.pull.repo, one.author)),
}


def _found(of: Repo, number: int, *, pull: bool) -> Node | None:
    one = of.issues.get(number)
    if one is None or one.is_pull != pull:
        kind = "a PullRequest" if pull else "an Issue"
        raise Refusal(404, f"Could not resolve to {kind} with the number of {number}.")
    return node(one)


TYPES["Repository"] = {
    "id": _plain(lambda one: f"R_{one.id}"),
    "databaseId": _plain(lambda one: int32(one.id)),
    "name": _plain(lambda one: one.name),
    "nameWithOwner": _plain(lambda one: one.full_name),
    "isPrivate": _plain(lambda one: one.private),
    "isFork": _plain(lambda one: one.parent is not None),
    "owner": _plain(lambda one: node(one.owner)),
    "defaultBranchRef": _plain(lambda one: Node("Ref", one.default_branch)),
    "issue": lambda _, one, args: _found(one, args["number"], pull=False),
    "pullRequest": lambda _, one, args: _found(one, args["number"], pull=True),
    "issueOrPullRequest": lambda _, one, args: node(one.issue(args["number"])),
}
TYPES["Ref"] = {"name": _plain(lambda name: name)}


def _repository(asked: Asked, _: object, args: Args) -> Node | None:
    name = f"{args['owner']}/{args['name']}"
    found = asked.github.repos.get(name.lower())
    if found is None or not asked.github.sees(asked.token, found):
        raise Refusal(404, f"Could not resolve to a Repository with the name '{name}'.")
    return node(found)


def by_id(asked: Asked, name: str) -> Any:
    """What has that node id, in the repositories the caller sees."""
    for repo in asked.github.repos.values():
        if asked.github.sees(asked.token, repo):
            for of in _all(repo):
                found = node(of)
                if found and TYPES[found.type]["id"](asked, of, {}) == name:
                    return of
    raise Refusal(404, f"Could not resolve to a node with the global id of '{name}'")


def _all(repo: Repo) -> list[Any]:
    issues = list(repo.issues.values())
    threads = [one for pull in repo.pulls for one in pull.threads]
    said = [one for issue in issues for one in issue.comments]
    return [
        repo,
        *issues,
        *said,
        *threads,
        *(one for pull in repo.pulls for one in pull.line_comments),
    ]


def _viewer(asked: Asked, _: object, __: Args) -> Node | None:
    return node(asked.token.user)


TYPES["Query"] = {
    "repository": _repository,
    "viewer": _viewer,
    "node": lambda asked, _, args: node(by_id(asked, args["id"])),
    "nodes": lambda asked, _, args: [node(by_id(asked, one)) for one in args["ids"]],
}


def _of(asked: Asked, args: Args, name: str, kind: type[Any]) -> Any:
    found = by_id(asked, args["input"][name])
    if not isinstance(found, kind):
        raise Refusal(
            404, f"Could not resolve to a node with the global id of '{args['input'][name]}'"
        )
    permission = "pull_requests"
    if not asked.token.may(permission, "write"):
        raise Refusal(403, "Resource not accessible by integration")
    return found


def _payload(args: Args, **of: Any) -> Node:
    return Node("Payload", {"clientMutationId": args["input"].get("clientMutationId"), **of})


def _ready(asked: Asked, _: object, args: Args) -> Node:
    pull = _of(asked, args, "pullRequestId", Pull)
    pull.ready(asked.token.user)
    return _payload(args, pullRequest=pull)


def _to_draft(asked: Asked, _: object, args: Args) -> Node:
    pull = _of(asked, args, "pullRequestId", Pull)
    pull.to_draft(asked.token.user)
    return _payload(args, pullRequest=pull)


def _resolve(asked: Asked, _: object, args: Args) -> Node:
    thread = _of(asked, args, "threadId", Thread)
    thread.resolve(asked.token.user)
    return _payload(args, thread=thread)


def _reply(asked: Asked, _: object, args: Args) -> Node:
    thread = _of(asked, args, "pullRequestReviewThreadId", Thread)
    return _payload(args, comment=thread.reply(args["input"]["body"], asked.token.user))


TYPES["Payload"] = {
    "clientMutationId": _plain(lambda made: made["clientMutationId"]),
    "pullRequest": _plain(lambda made: node(made.get("pullRequest"))),
    "thread": _plain(lambda made: node(made.get("thread"))),
    "comment": _plain(lambda made: node(made.get("comment"))),
}
TYPES["Mutation"] = {
    "markPullRequestReadyForReview": _ready,
    "convertPullRequestToDraft": _to_draft,
    "resolveReviewThread": _resolve,
    "addPullRequestReviewThreadReply": _reply,
}
