"""Operations on issues, their labels, comments, events and reactions."""

from typing import Any

from fake_github import show, show_issue, show_pull
from fake_github.calls import Answer, Call, created, operation
from fake_github.issues import Issue, Label

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
    return [show_issue.issue(one) for one in found]


@operation("POST", REPO + "/issues")
def open_issue(call: Call) -> Answer:
    repo, actor = call.need("issues"), call.actor
    call.required("title", "Issue")
    title, body = call.text("title", "Issue", 256) or "", call.text("body", "Issue")
    # Who may not label has their labels dropped, without a word.
    labels = call.given("labels", []) if repo.may(actor, "triage") else []
    return created(show_issue.issue(repo.open_issue(title, body, actor, tuple(labels))))


@operation("GET", ISSUE)
def issue(call: Call, issue_number: int) -> Any:
    return show_issue.issue(call.need("issues", "read").issue(issue_number))


@operation("GET", ISSUE + "/dependencies/blocked_by")
def blocked_by(call: Call, issue_number: int) -> Any:
    found = call.need("issues", "read").issue(issue_number)
    return [show_issue.issue(one) for one in found.blocked_by]


@operation("GET", ISSUE + "/sub_issues")
def sub_issues(call: Call, issue_number: int) -> Any:
    found = call.need("issues", "read").issue(issue_number)
    return [show_issue.issue(one) for one in found.sub_issues]


@operation("PATCH", ISSUE)
def edit_issue(call: Call, issue_number: int) -> Any:
    one, actor = call.need("issues").issue(issue_number), call.actor
    one.repo.need(actor, "triage", unless=actor is one.author)
    one.edit(actor, title=call.text("title", "Issue", 256), body=call.text("body", "Issue"))
    if call.given("labels") is not None:
        _set_labels(call, one, call.given("labels"))
    if call.given("state") == "closed":
        one.close(actor, call.given("state_reason") or "completed")
    elif call.given("state") == "open":
        one.reopen(actor)
    return show_issue.issue(one)


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


@operation("GET", ISSUE + "/events")
def events(call: Call, issue_number: int) -> Any:
    one = call.need("issues", "read").issue(issue_number)
    return [show_issue.event(one.repo, each) for each in one.happened]


@operation("GET", REPO + "/issues/events")
def all_events(call: Call) -> Any:
    repo = call.need("issues", "read")
    every = [(each, one) for one in repo.issues.values() for each in one.happened]
    every.sort(key=lambda pair: pair[0].id, reverse=True)
    return [{**show_issue.event(repo, each), "issue": show_issue.issue(one)} for each, one in every]


@operation("GET", ISSUE + "/timeline")
def timeline(call: Call, issue_number: int) -> Any:
    """Events, comments and reviews, oldest first."""
    one = call.need("issues", "read").issue(issue_number)
    shown = [(each.created, show_issue.event(one.repo, each)) for each in one.happened]
    for each in one.comments:
        told = show_issue.comment(each)
        shown.append((each.created, {**told, "event": "commented", "actor": told["user"]}))
    for review in getattr(one, "reviews", []):
        told = {**show_pull.review(review), "event": "reviewed", "state": review.state.lower()}
        shown.append((review.submitted, told))
    return [told for _, told in sorted(shown, key=lambda pair: pair[0])]
