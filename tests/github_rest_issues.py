"""Operations on issues, their labels, comments, events and reactions."""

from typing import Any

import github_show as show
import github_show_pull as show_pull
from github_calls import Answer, Call, created, operation
from github_issues import Comment, Issue, Label
from github_people import Reacted, Refusal

REPO = "/repos/{owner}/{repo}"
ISSUE = REPO + "/issues/{issue_number}"


@operation("GET", REPO + "/issues")
def issues(call: Call) -> Any:
    """Pull requests too, as on GitHub. Newest first unless asked otherwise."""
    repo, query = call.need("issues", "read"), call.query
    names = {name.strip().lower() for name in query.get("labels", "").split(",") if name.strip()}
    state, since, creator = query.get("state", "open"), query.get("since", ""), query.get("creator")
    found = [
        one
        for one in repo.issues.values()
        if state in {"all", one.state}
        and names <= {label.name.lower() for label in one.labels}
        and one.updated >= since
        and creator in {None, one.author.login}
    ]
    by = {"updated": "updated", "comments": "comments"}.get(query.get("sort", ""), "number")
    found.sort(
        key=lambda one: (getattr(one, by), one.number), reverse=query.get("direction") != "asc"
    )
    return [show.issue(one) for one in found]


@operation("POST", REPO + "/issues")
def open_issue(call: Call) -> Answer:
    repo, actor = call.need("issues"), call.actor
    title = call.required("title", "Issue")
    # Who may not label has their labels dropped, without a word.
    labels = call.given("labels", []) if repo.may(actor, "triage") else []
    return created(show.issue(repo.open_issue(title, call.given("body"), actor, tuple(labels))))


@operation("GET", ISSUE)
def issue(call: Call, issue_number: int) -> Any:
    return show.issue(call.need("issues", "read").issue(issue_number))


@operation("PATCH", ISSUE)
def edit_issue(call: Call, issue_number: int) -> Any:
    one, actor = call.need("issues").issue(issue_number), call.actor
    one.repo.need(actor, "triage", unless=actor is one.author)
    one.edit(actor, title=call.given("title"), body=call.given("body"))
    if call.given("labels") is not None:
        _set_labels(call, one, call.given("labels"))
    if call.given("state") == "closed":
        one.close(actor, call.given("state_reason") or "completed")
    elif call.given("state") == "open":
        one.reopen(actor)
    return show.issue(one)


@operation("GET", ISSUE + "/labels")
def labels(call: Call, issue_number: int) -> Any:
    return _labels(call.need("issues", "read").issue(issue_number))


@operation("POST", ISSUE + "/labels")
def add_labels(call: Call, issue_number: int) -> Any:
    one = call.need("issues", role="triage").issue(issue_number)
    for name in _names(call):
        one.label(name, call.actor)
    return _labels(one)


@operation("PUT", ISSUE + "/labels")
def set_labels(call: Call, issue_number: int) -> Any:
    one = call.need("issues", role="triage").issue(issue_number)
    _set_labels(call, one, _names(call))
    return _labels(one)


@operation("DELETE", ISSUE + "/labels/{name}")
def remove_label(call: Call, issue_number: int, name: str) -> Any:
    one = call.need("issues", role="triage").issue(issue_number)
    one.unlabel(name, call.actor)
    return _labels(one)


def _labels(one: Issue) -> list[Any]:
    return [show.label(one.repo, label) for label in one.labels]


def _names(call: Call) -> list[str]:
    given = call.body.get("labels", []) if isinstance(call.body, dict) else call.body
    return [one["name"] if isinstance(one, dict) else str(one) for one in given or []]


def _set_labels(call: Call, one: Issue, names: list[Any]) -> None:
    wanted = {name["name"] if isinstance(name, dict) else name for name in names}
    for label in list[Label](one.labels):
        if label.name not in wanted:
            one.unlabel(label.name, call.actor)
    for name in sorted(wanted):
        one.label(name, call.actor)


@operation("GET", ISSUE + "/comments")
def comments(call: Call, issue_number: int) -> Any:
    one = call.need("issues", "read").issue(issue_number)
    return [
        show.comment(each) for each in one.comments if each.updated >= call.query.get("since", "")
    ]


@operation("POST", ISSUE + "/comments")
def add_comment(call: Call, issue_number: int) -> Answer:
    one = call.need("issues").issue(issue_number)
    body = call.required("body", "IssueComment")
    if len(body) > 65536:
        raise Refusal(
            422,
            "Validation Failed",
            show.wrong("IssueComment", "body", "custom", "body is too long"),
        )
    if one.locked and not one.repo.may(call.actor, "write"):
        raise Refusal(403, "Unable to create comment because issue is locked.")
    return created(show.comment(one.comment(body, call.actor)))


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
    return [show.comment(one) for one in every]


@operation("GET", REPO + "/issues/comments/{comment_id}")
def comment(call: Call, comment_id: int) -> Any:
    return show.comment(_comment(call, comment_id))


@operation("PATCH", REPO + "/issues/comments/{comment_id}")
def edit_comment(call: Call, comment_id: int) -> Any:
    call.need("issues")
    one = _comment(call, comment_id)
    one.edit(call.required("body", "IssueComment"), call.actor)
    return show.comment(one)


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


@operation("GET", ISSUE + "/events")
def events(call: Call, issue_number: int) -> Any:
    one = call.need("issues", "read").issue(issue_number)
    return [show.event(one.repo, each) for each in one.happened]


@operation("GET", REPO + "/issues/events")
def all_events(call: Call) -> Any:
    repo = call.need("issues", "read")
    every = [(each, one) for one in repo.issues.values() for each in one.happened]
    every.sort(key=lambda pair: pair[0].id, reverse=True)
    return [{**show.event(repo, each), "issue": show.issue(one)} for each, one in every]


@operation("GET", ISSUE + "/timeline")
def timeline(call: Call, issue_number: int) -> Any:
    """Events, comments and reviews, oldest first."""
    one = call.need("issues", "read").issue(issue_number)
    shown = [(each.created, show.event(one.repo, each)) for each in one.happened]
    for each in one.comments:
        told = show.comment(each)
        shown.append((each.created, {**told, "event": "commented", "actor": told["user"]}))
    for review in getattr(one, "reviews", []):
        told = {**show_pull.review(review), "event": "reviewed", "state": review.state.lower()}
        shown.append((review.submitted, told))
    return [told for _, told in sorted(shown, key=lambda pair: pair[0])]


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
