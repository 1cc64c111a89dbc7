"""Operations on reviews of pull requests and on the comments on lines."""

from typing import Any

from fake_github import show, show_pull
from fake_github.calls import Answer, Call, created, operation
from fake_github.people import Refusal
from fake_github.pulls import Pull
from fake_github.repo import Repo
from fake_github.rest_comments import refuse_locked
from fake_github.threads import LineComment, Spot

REPO = "/repos/{owner}/{repo}"
PULL = REPO + "/pulls/{pull_number}"


@operation("GET", PULL + "/reviews")
def reviews(call: Call, pull_number: int) -> Any:
    one = call.need("pull_requests", "read").pull(pull_number)
    return [show_pull.review(each) for each in one.reviews]


@operation("POST", PULL + "/reviews")
def add_review(call: Call, pull_number: int) -> Any:
    one = call.need("pull_requests").pull(pull_number)
    event = call.given("event")
    if not event:
        raise Refusal(422, "The stand-in has no pending reviews: give an event")
    spots = [_spot(each, "DraftPullRequestReviewComment") for each in call.given("comments") or []]
    body, commit = call.text("body", "PullRequestReview") or "", call.given("commit_id") or ""
    return show_pull.review(one.review(event, call.actor, body, spots, commit=commit))


def _spot(given: Any, resource: str) -> Spot:
    for name in ("path", "line", "body"):
        if not given.get(name):
            raise Refusal(422, "Validation Failed", show.wrong(resource, name, "missing_field"))
    side = given.get("side") or "RIGHT"
    return Spot(given["path"], given["line"], given["body"], given.get("start_line"), side)


@operation("GET", PULL + "/reviews/{review_id}/comments")
def comments_of_review(call: Call, pull_number: int, review_id: int) -> Any:
    one = call.need("pull_requests", "read").pull(pull_number)
    # This one operation tells nothing of lines but positions, as GitHub's does.
    extra = ("subject_type",)
    shown = (
        show_pull.line_comment(each) for each in one.line_comments if each.review.id == review_id
    )
    return [{name: value for name, value in each.items() if name not in extra} for each in shown]


@operation("GET", PULL + "/comments")
def line_comments(call: Call, pull_number: int) -> Any:
    one = call.need("pull_requests", "read").pull(pull_number)
    return _shown(call, one.line_comments)


@operation("GET", REPO + "/pulls/comments")
def all_line_comments(call: Call) -> Any:
    repo = call.need("pull_requests", "read")
    return _shown(call, [one for pull in repo.pulls for one in pull.line_comments])


def _shown(call: Call, comments: list[LineComment]) -> list[Any]:
    since, key = call.query.get("since", ""), call.query.get("sort", "created")
    found = [one for one in comments if one.updated >= since]
    found.sort(key=lambda one: getattr(one, key), reverse=call.query.get("direction") == "desc")
    return [show_pull.line_comment(one) for one in found]


@operation("POST", PULL + "/comments")
def add_line_comment(call: Call, pull_number: int) -> Answer:
    one = call.need("pull_requests").pull(pull_number)
    refuse_locked(one, call)
    body = call.required("body", "PullRequestReviewComment")
    if call.given("in_reply_to"):
        return created(
            show_pull.line_comment(
                one.reply(_comment(one, call.given("in_reply_to")), body, call.actor)
            )
        )
    call.required("commit_id", "PullRequestReviewComment")
    spot = _spot(call.body, "PullRequestReviewComment")
    return created(show_pull.line_comment(one.comment_line(spot, call.actor)))


@operation("POST", PULL + "/comments/{comment_id}/replies")
def reply(call: Call, pull_number: int, comment_id: int) -> Answer:
    one = call.need("pull_requests").pull(pull_number)
    refuse_locked(one, call)
    body = call.required("body", "PullRequestReviewComment")
    return created(show_pull.line_comment(one.reply(_comment(one, comment_id), body, call.actor)))


def _comment(one: Pull, number: int) -> LineComment:
    for each in one.line_comments:
        if each.id == number:
            return each
    raise Refusal(404, "Not Found")


@operation("GET", REPO + "/pulls/comments/{comment_id}")
def line_comment(call: Call, comment_id: int) -> Any:
    return show_pull.line_comment(_anywhere(call.need("pull_requests", "read"), comment_id))


@operation("PATCH", REPO + "/pulls/comments/{comment_id}")
def edit_line_comment(call: Call, comment_id: int) -> Any:
    one = _anywhere(call.need("pull_requests"), comment_id)
    one.edit(call.required("body", "PullRequestReviewComment"), call.actor)
    return show_pull.line_comment(one)


def _anywhere(repo: Repo, number: int) -> LineComment:
    for pull in repo.pulls:
        for one in pull.line_comments:
            if one.id == number:
                return one
    raise Refusal(404, "Not Found")


@operation("GET", PULL + "/requested_reviewers")
def requested(call: Call, pull_number: int) -> Any:
    one = call.need("pull_requests", "read").pull(pull_number)
    return {"users": [show.user(call.github, each) for each in one.reviewers], "teams": []}


@operation("POST", PULL + "/requested_reviewers")
def request_review(call: Call, pull_number: int) -> Answer:
    one = call.need("pull_requests", role="write").pull(pull_number)
    one.request_review(call.given("reviewers", []), call.actor)
    return created(show_pull.brief(one))
