"""Operations on pull requests, their files, reviews and comments on lines."""

from typing import Any

from fake_github import show_git, show_pull
from fake_github.calls import Answer, Call, created, operation
from fake_github.people import Refusal
from fake_github.pulls import Pull

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
    body, draft = call.text("body", "PullRequest"), bool(call.given("draft"))
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
    one.edit(
        actor, title=call.text("title", "PullRequest", 256), body=call.text("body", "PullRequest")
    )
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


@operation("GET", PULL + "/merge")
def merged(call: Call, pull_number: int) -> None:
    if call.need("pull_requests", "read").pull(pull_number).merged_at is None:
        raise Refusal(404, "Not Found")


@operation("PUT", PULL + "/merge")
def merge(call: Call, pull_number: int) -> Any:
    one = call.need("contents", role="write").pull(pull_number)
    said = "\n\n".join(filter(None, (call.given("commit_title"), call.given("commit_message"))))
    method = call.given("merge_method") or "merge"
    sha = one.merge(call.actor, sha=call.given("sha") or "", message=said, method=method)
    return {"sha": sha, "merged": True, "message": "Pull Request successfully merged"}
