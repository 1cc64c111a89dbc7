"""Operations on pull requests, their files, reviews and comments on lines."""

from typing import Any

import github_show as show
import github_show_git as show_git
import github_show_pull as show_pull
from github_calls import Answer, Call, created, operation
from github_people import Refusal
from github_pulls import Pull
from github_repo import Repo
from github_reviews import LineComment

REPO = "/repos/{owner}/{repo}"
PULL = REPO + "/pulls/{pull_number}"


@operation("GET", REPO + "/pulls")
def pulls(call: Call) -> Any:
    """`head` is "owner:branch"; without an owner it is ignored, as on GitHub."""
    repo, query = call.need("pull_requests", "read"), call.query
    state, head, base = query.get("state", "open"), query.get("head", ""), query.get("base")
    found = [
        one
        for one in repo.pulls
        if state in {"all", one.state}
        and (":" not in head or show_pull.label(one).lower() == head.lower())
        and base in {None, one.base_ref}
    ]
    key = "updated" if query.get("sort") == "updated" else "number"
    down = query.get("direction", "desc" if key == "number" else "asc") == "desc"
    found.sort(key=lambda one: (getattr(one, key), one.number), reverse=down)
    return [show_pull.brief(one) for one in found]


@operation("POST", REPO + "/pulls")
def open_pull(call: Call) -> Answer:
    repo = call.need("pull_requests")
    names = ("head", "base", "title")
    head, base, title = (call.required(name, "PullRequest") for name in names)
    if call.token is not None and call.token.kind == "actions" and not repo.actions_may_open_pulls:
        raise Refusal(403, "GitHub Actions is not permitted to create or approve pull requests.")
    body, draft = call.given("body"), bool(call.given("draft"))
    made = repo.open_pull(head, base, title, call.actor, body, draft=draft, token=call.token)
    return created(show_pull.pull(made))


@operation("GET", PULL)
def pull(call: Call, pull_number: int) -> Any:
    one = call.need("pull_requests", "read").pull(pull_number)
    shown = show_pull.pull(one)
    one.judged = one.head_sha
    return shown


@operation("PATCH", PULL)
def edit_pull(call: Call, pull_number: int) -> Any:
    one, actor = _writable(call, pull_number), call.actor
    one.edit(actor, title=call.given("title"), body=call.given("body"))
    if call.given("state") == "closed":
        one.close(actor)
    elif call.given("state") == "open":
        one.reopen(actor)
    return show_pull.pull(one)


def _writable(call: Call, number: int) -> Pull:
    one = call.need("pull_requests").pull(number)
    one.repo.need(call.actor, "write", unless=call.actor is one.author)
    return one


@operation("GET", PULL + "/files")
def files(call: Call, pull_number: int) -> Any:
    one = call.need("pull_requests", "read").pull(pull_number)
    return show_git.files(one.repo, one.merge_base, one.head_sha)


@operation("GET", PULL + "/commits")
def commits(call: Call, pull_number: int) -> Any:
    one = call.need("pull_requests", "read").pull(pull_number)
    return [
        show_git.commit(one.repo, sha) for sha in one.repo.git.commits(one.base_sha, one.head_sha)
    ]


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
    threads = [(each["path"], each["line"], each["body"]) for each in call.given("comments", [])]
    commit = call.given("commit_id") or ""
    return show_pull.review(
        one.review(event, call.actor, call.given("body") or "", threads, commit=commit)
    )


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
    body = call.required("body", "PullRequestReviewComment")
    if call.given("in_reply_to"):
        return created(
            show_pull.line_comment(
                one.reply(_comment(one, call.given("in_reply_to")), body, call.actor)
            )
        )
    path = call.required("path", "PullRequestReviewComment")
    line = call.required("line", "PullRequestReviewComment")
    call.required("commit_id", "PullRequestReviewComment")
    return created(show_pull.line_comment(one.comment_line(path, line, body, call.actor)))


@operation("POST", PULL + "/comments/{comment_id}/replies")
def reply(call: Call, pull_number: int, comment_id: int) -> Answer:
    one = call.need("pull_requests").pull(pull_number)
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


@operation("GET", PULL + "/merge")
def merged(call: Call, pull_number: int) -> None:
    if call.need("pull_requests", "read").pull(pull_number).merged_at is None:
        raise Refusal(404, "Not Found")


@operation("PUT", PULL + "/merge")
def merge(call: Call, pull_number: int) -> Any:
    one = call.need("contents", role="write").pull(pull_number)
    said = "\n\n".join(filter(None, (call.given("commit_title"), call.given("commit_message"))))
    sha = one.merge(call.actor, sha=call.given("sha") or "", message=said)
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
