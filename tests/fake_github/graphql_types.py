"""The types GraphQL answers about: issues, comments, pull requests, threads. Names are GitHub's."""

from typing import TYPE_CHECKING, Any

from fake_github import show, show_issue, show_pull
from fake_github.graphql import TYPES, Connection, Node, int32
from fake_github.issues import Comment, Issue
from fake_github.people import Refusal, User
from fake_github.pulls import Pull
from fake_github.repo import Repo
from fake_github.threads import LineComment, Review, Thread

if TYPE_CHECKING:
    from collections.abc import Callable

Args = dict[str, Any]


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


def plain(get: "Callable[[Any], Any]") -> Any:
    return lambda _, one, __: get(one)


def _login(one: User) -> str:
    """Without the "[bot]" that REST has."""
    return one.login.removesuffix("[bot]")


ACTOR = {
    "login": plain(_login),
    "id": plain(lambda one: f"U_{one.id}"),
    "databaseId": plain(lambda one: int32(one.id)),
    "url": lambda asked, one, _: show.user(asked.github, one)["html_url"],
    "avatarUrl": lambda asked, one, _: show.user(asked.github, one)["avatar_url"],
}
TYPES["User"] = {**ACTOR, "name": plain(lambda one: one.login.title())}
TYPES["Bot"] = dict(ACTOR)
TYPES["Organization"] = dict(TYPES["User"])

COMMENT = {
    "body": plain(lambda one: one.body or ""),
    "author": plain(lambda one: node(one.author)),
    "editor": plain(lambda one: node(one.editor)),
    "lastEditedAt": plain(lambda one: one.edited),
    "includesCreatedEdit": plain(lambda one: one.edited is not None),
    "createdAt": plain(lambda one: one.created),
    "updatedAt": plain(lambda one: one.updated),
    "databaseId": plain(lambda one: int32(one.id)),
    "fullDatabaseId": plain(lambda one: str(one.id)),
}
ISSUE = {
    **COMMENT,
    "number": plain(lambda one: one.number),
    "title": plain(lambda one: one.title),
    "locked": plain(lambda one: one.locked),
    "closed": plain(lambda one: one.state == "closed"),
    "closedAt": plain(lambda one: one.closed),
    "url": plain(lambda one: show_issue.issue(one)["html_url"]),
    "id": plain(lambda one: show_issue.issue(one)["node_id"]),
    "authorAssociation": plain(lambda one: show_issue.association(one.repo, one.author)),
    "comments": plain(lambda one: _many(one.comments)),
    "labels": plain(lambda one: Connection([Node("Label", each) for each in one.labels])),
    "repository": plain(lambda one: node(one.repo)),
}
TYPES["Label"] = {"name": plain(lambda one: one.name), "color": plain(lambda one: one.color)}
TYPES["Issue"] = {**ISSUE, "state": plain(lambda one: one.state.upper())}
TYPES["PullRequest"] = {
    **ISSUE,
    "state": plain(lambda one: "MERGED" if one.merged_at else one.state.upper()),
    "isDraft": plain(lambda one: one.draft),
    "merged": plain(lambda one: one.merged_at is not None),
    "mergedAt": plain(lambda one: one.merged_at),
    "headRefName": plain(lambda one: one.head_ref),
    "headRefOid": plain(lambda one: one.head_sha),
    "baseRefName": plain(lambda one: one.base_ref),
    "baseRefOid": plain(lambda one: one.base_sha),
    "isCrossRepository": plain(lambda one: one.from_fork),
    "reviewThreads": plain(lambda one: _many(one.threads)),
    "reviews": plain(lambda one: _many(one.reviews)),
}
TYPES["IssueComment"] = {
    **COMMENT,
    "id": plain(lambda one: f"IC_{one.id}"),
    "url": plain(lambda one: show_issue.comment(one)["html_url"]),
    "issue": plain(lambda one: node(one.issue)),
    "isMinimized": plain(lambda _: False),
    "authorAssociation": plain(lambda one: show_issue.association(one.issue.repo, one.author)),
}
TYPES["PullRequestReview"] = {
    "id": plain(lambda one: f"PRR_{one.id}"),
    "databaseId": plain(lambda one: int32(one.id)),
    "fullDatabaseId": plain(lambda one: str(one.id)),
    "state": plain(lambda one: one.state),
    "body": plain(lambda one: one.body),
    "author": plain(lambda one: node(one.author)),
    "submittedAt": plain(lambda one: one.submitted),
    "commit": plain(lambda one: Node("Commit", one.commit)),
    "url": plain(lambda one: show_pull.review(one)["html_url"]),
}
TYPES["Commit"] = {"oid": plain(lambda sha: sha), "abbreviatedOid": plain(lambda sha: sha[:7])}
TYPES["PullRequestReviewThread"] = {
    "id": plain(lambda one: f"PRRT_{one.id}"),
    "isResolved": plain(lambda one: one.resolved),
    "isCollapsed": plain(lambda one: one.resolved),
    "isOutdated": plain(lambda one: one.first.position is None),
    "resolvedBy": plain(lambda one: node(one.resolved_by)),
    "path": plain(lambda one: one.path),
    "line": plain(lambda one: one.first.line),
    "originalLine": plain(lambda one: one.first.original_line),
    "startLine": plain(lambda one: one.first.start),
    "originalStartLine": plain(lambda one: one.first.original_start),
    "startDiffSide": plain(lambda one: one.first.side if one.first.original_start else None),
    "diffSide": plain(lambda one: one.first.side),
    "subjectType": plain(lambda _: "LINE"),
    "comments": plain(lambda one: _many(one.comments)),
    "pullRequest": plain(lambda one: node(one.pull)),
}
TYPES["PullRequestReviewComment"] = {
    **COMMENT,
    "id": plain(lambda one: f"PRRC_{one.id}"),
    "url": plain(lambda one: show_pull.line_comment(one)["html_url"]),
    "path": plain(lambda one: one.path),
    "line": plain(lambda one: one.line),
    "originalLine": plain(lambda one: one.original_line),
    "startLine": plain(lambda one: one.start),
    "originalStartLine": plain(lambda one: one.original_start),
    "subjectType": plain(lambda _: "LINE"),
    "position": plain(lambda one: one.position),
    "originalPosition": plain(lambda one: one.original_position),
    "diffHunk": plain(lambda one: one.hunk),
    "outdated": plain(lambda one: one.position is None),
    "state": plain(lambda _: "SUBMITTED"),
    "commit": plain(lambda one: Node("Commit", one.commit)),
    "originalCommit": plain(lambda one: Node("Commit", one.original_commit)),
    "replyTo": plain(lambda one: node(one.reply_to)),
    "pullRequestReview": plain(lambda one: node(one.review)),
    "pullRequest": plain(lambda one: node(one.pull)),
    "authorAssociation": plain(lambda one: show_issue.association(one.pull.repo, one.author)),
}


def _found(of: Repo, number: int, *, pull: bool) -> Node | None:
    one = of.issues.get(number)
    if one is None or one.is_pull != pull:
        kind = "a PullRequest" if pull else "an Issue"
        raise Refusal(404, f"Could not resolve to {kind} with the number of {number}.")
    return node(one)


TYPES["Repository"] = {
    "id": plain(lambda one: f"R_{one.id}"),
    "databaseId": plain(lambda one: int32(one.id)),
    "name": plain(lambda one: one.name),
    "nameWithOwner": plain(lambda one: one.full_name),
    "isPrivate": plain(lambda one: one.private),
    "isFork": plain(lambda one: one.parent is not None),
    "owner": plain(lambda one: node(one.owner)),
    "defaultBranchRef": plain(lambda one: Node("Ref", one.default_branch)),
    "issue": lambda _, one, args: _found(one, args["number"], pull=False),
    "pullRequest": lambda _, one, args: _found(one, args["number"], pull=True),
    "issueOrPullRequest": lambda _, one, args: node(one.issue(args["number"])),
}
TYPES["Ref"] = {"name": plain(lambda name: name)}
