"""Where a GraphQL query or mutation begins: by name, by node id, or with a change."""

from typing import Any

from fake_github.calls import Call, operation
from fake_github.graphql import TYPES, Asked, Node, answer
from fake_github.graphql_types import Args, node, plain
from fake_github.people import Reacted, Refusal
from fake_github.pulls import Pull
from fake_github.repo import Repo
from fake_github.threads import Thread


@operation("POST", "/graphql", described=False)
def graphql(call: Call) -> Any:
    return answer(call)


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
        *(one for pull in repo.pulls for one in pull.reviews),
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


CONTENTS = {
    "THUMBS_UP": "+1", "THUMBS_DOWN": "-1", "LAUGH": "laugh", "HOORAY": "hooray",
    "CONFUSED": "confused", "HEART": "heart", "ROCKET": "rocket", "EYES": "eyes",
}  # fmt: skip
"""https://docs.github.com/en/graphql/reference/enums#reactioncontent"""


def _add_reaction(asked: Asked, _: object, args: Args) -> Node:
    """To anything that is Reactable: reviews too, which REST has no reactions to."""
    subject = by_id(asked, args["input"]["subjectId"])
    if not isinstance(subject, Reacted):
        raise Refusal(404, "Could not resolve to a Reactable")
    if not (asked.token.may("pull_requests", "write") or asked.token.may("issues", "write")):
        raise Refusal(403, "Resource not accessible by integration")
    made, _new = subject.react(CONTENTS[args["input"]["content"]], asked.token.user)  # type: ignore[attr-defined]
    return _payload(args, reaction=made)


TYPES["Reaction"] = {
    "content": plain(
        lambda made: next(name for name, content in CONTENTS.items() if content == made.content)
    ),
    "user": plain(lambda made: node(made.user)),
}
TYPES["Payload"] = {
    "clientMutationId": plain(lambda made: made["clientMutationId"]),
    "pullRequest": plain(lambda made: node(made.get("pullRequest"))),
    "thread": plain(lambda made: node(made.get("thread"))),
    "comment": plain(lambda made: node(made.get("comment"))),
    "reaction": plain(lambda made: Node("Reaction", made["reaction"])),
}
TYPES["Mutation"] = {
    "markPullRequestReadyForReview": _ready,
    "convertPullRequestToDraft": _to_draft,
    "resolveReviewThread": _resolve,
    "addReaction": _add_reaction,
    "addPullRequestReviewThreadReply": _reply,
}
