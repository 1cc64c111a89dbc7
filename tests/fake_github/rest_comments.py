"""Operations on comments of issues, and on reactions to anything."""

from typing import Any

from fake_github import show, show_issue
from fake_github.calls import Answer, Call, created, operation
from fake_github.issues import Comment, Issue
from fake_github.people import Reacted, Refusal

REPO = "/repos/{owner}/{repo}"
ISSUE = REPO + "/issues/{issue_number}"


@operation("GET", ISSUE + "/comments")
def comments(call: Call, issue_number: int) -> Any:
    one = call.need("issues", "read").issue(issue_number)
    return [
        show_issue.comment(each)
        for each in one.comments
        if each.updated >= call.query.get("since", "")
    ]


def refuse_locked(one: Issue, call: Call) -> None:
    if not one.may_comment(call.actor):
        raise Refusal(403, "Unable to create comment because issue is locked.")


@operation("POST", ISSUE + "/comments")
def add_comment(call: Call, issue_number: int) -> Answer:
    one = call.need("issues").issue(issue_number)
    call.required("body", "IssueComment")
    body = call.text("body", "IssueComment") or ""
    refuse_locked(one, call)
    return created(show_issue.comment(one.comment(body, call.actor)))


@operation("GET", REPO + "/issues/comments")
def all_comments(call: Call) -> Any:
    repo, since = call.need("issues", "read"), call.query.get("since", "")
    every = [
        one for issue in repo.issues.values() for one in issue.comments if one.updated >= since
    ]
    key = "updated" if call.query.get("sort") == "updated" else "created"
    every.sort(
        key=lambda one: (getattr(one, key), one.id), reverse=call.query.get("direction") == "desc"
    )
    return [show_issue.comment(one) for one in every]


@operation("GET", REPO + "/issues/comments/{comment_id}")
def comment(call: Call, comment_id: int) -> Any:
    return show_issue.comment(_comment(call, comment_id))


@operation("PATCH", REPO + "/issues/comments/{comment_id}")
def edit_comment(call: Call, comment_id: int) -> Any:
    call.need("issues")
    one = _comment(call, comment_id)
    call.required("body", "IssueComment")
    one.edit(call.text("body", "IssueComment") or "", call.actor)
    return show_issue.comment(one)


@operation("DELETE", REPO + "/issues/comments/{comment_id}")
def delete_comment(call: Call, comment_id: int) -> None:
    call.need("issues")
    _comment(call, comment_id).delete(call.actor)


def _comment(call: Call, number: int) -> Comment:
    for issue in call.repo.issues.values():
        for one in issue.comments:
            if one.id == number:
                return one
    raise Refusal(404, "Not Found")


def _reactions(call: Call, on: Reacted) -> list[Any]:
    wanted = call.query.get("content")
    return [_reaction(call, one) for one in on.reactions if wanted in {None, one.content}]


def _reaction(call: Call, one: Any) -> Any:
    told = {
        "id": one.id,
        "node_id": f"REA_{one.id}",
        "content": one.content,
        "created_at": one.created,
    }
    return {**told, "user": show.user(call.github, one.user)}


def _react(call: Call, on: Any) -> Answer:
    made, new = on.react(call.required("content", "Reaction"), call.actor)
    return Answer(201 if new else 200, _reaction(call, made))


def _unreact(call: Call, on: Reacted, number: int) -> None:
    for one in on.reactions:
        if one.id == number and one.user is call.actor:
            on.reactions.remove(one)
            return
    raise Refusal(404, "Not Found")


def _line_comment(call: Call, number: int) -> Any:
    for pull in call.repo.pulls:
        for one in pull.line_comments:
            if one.id == number:
                return one
    raise Refusal(404, "Not Found")


def _issue(call: Call, number: int) -> Issue:
    return call.repo.issue(number)


PLACES = {
    ISSUE + "/reactions": ("issue_number", _issue),
    REPO + "/issues/comments/{comment_id}/reactions": ("comment_id", _comment),
    REPO + "/pulls/comments/{comment_id}/reactions": ("comment_id", _line_comment),
}


def _register(template: str, name: str, find: Any) -> None:
    def listed(call: Call, **at: int) -> Any:
        return _reactions(call, find(call, at[name]))

    def add(call: Call, **at: int) -> Answer:
        return _react(call, find(call, at[name]))

    def remove(call: Call, **at: int) -> None:
        _unreact(call, find(call, at[name]), at["reaction_id"])

    operation("GET", template)(listed)
    operation("POST", template)(add)
    operation("DELETE", template + "/{reaction_id}")(remove)


for _template, (_name, _find) in PLACES.items():
    _register(_template, _name, _find)
