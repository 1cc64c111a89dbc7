"""GitHub's payloads, cut down to what the bot reads: a dict each, made anew for every call."""

from typing import Any

Json = dict[str, Any]
SHA = "a" * 40
OLD = "b" * 40
API = "https://api.github.com"


def account(login: str = "mona", number: int = 7, kind: str = "User") -> Json:
    return {"login": login, "id": number, "type": kind, "url": f"{API}/users/{login}"}


def common(action: str = "") -> Json:
    repository = {
        "id": 21,
        "full_name": "octocat/bank",
        "url": f"{API}/repos/octocat/bank",
        "clone_url": "https://github.com/octocat/bank.git",
        "default_branch": "main",
        "private": True,
        "fork": False,
    }
    said: Json = {"repository": repository, "sender": account(), "installation": {"id": 5}}
    return {"action": action, **said} if action else said


def issue() -> Json:
    return {
        "number": 12,
        "title": "Withdraw adds",
        "body": "It must subtract.",
        "user": account("reporter", 8),
        "labels": [{"name": "bug"}, {"name": "bricklayer"}],
        "state": "open",
        "updated_at": "2025-01-02T03:04:05Z",
    }


def comment() -> Json:
    return {
        "id": 31,
        "user": account(),
        "body": "/approve",
        "created_at": "2025-01-02T03:04:06Z",
        "html_url": "https://github.com/octocat/bank/issues/12#issuecomment-31",
    }


def pull() -> Json:
    return {
        "number": 13,
        "head": {"sha": SHA, "ref": "bricklayer/12-x", "repo": {"full_name": "octocat/bank"}},
        "base": {"ref": "main"},
        "merged": False,
        "draft": True,
        "user": account("bricklayer[bot]", 9, "Bot"),
    }


def review() -> Json:
    page = "https://github.com/octocat/bank/pull/13#pullrequestreview-41"
    said = {"id": 41, "state": "CHANGES_REQUESTED", "body": None, "commit_id": SHA}
    return {**said, "user": account(), "html_url": page}


def line_comment() -> Json:
    return {
        "id": 51,
        "user": account(),
        "body": "Reject zero too.",
        "path": "src/bank.py",
        "line": None,
        "original_line": 2,
        "diff_hunk": "@@ -1,2 +1,2 @@",
        "commit_id": SHA,
        "html_url": "https://github.com/octocat/bank/pull/13#discussion_r51",
        "pull_request_review_id": 41,
    }


def every() -> list[tuple[str, Json]]:
    """One payload, by its event's name, for each way that the bot reads one."""
    repos = [{"full_name": "octocat/bank"}]
    edit = {"changes": {"body": {"from": "before"}}}
    label = {"label": {"name": "bricklayer"}}
    suite = {"head_sha": SHA, "head_branch": "main", "app": {"id": 15368}}
    run = {"head_sha": SHA, "app": {"id": 15368}, "check_suite": {"head_branch": "main"}}
    states = {"sha": SHA, "branches": [{"name": "main"}, {"name": "main"}, {"name": "topic"}]}
    ends = {"before": OLD, "after": SHA, "forced": True, "deleted": False}
    return [
        ("issues", {**common("labeled"), "issue": issue(), **label}),
        ("issues", {**common("unlabeled"), "issue": issue(), **label}),
        ("issues", {**common("edited"), "issue": issue(), **edit}),
        ("issues", {**common("closed"), "issue": issue()}),
        ("issue_comment", {**common("created"), "issue": issue(), "comment": comment()}),
        ("issue_comment", {**common("edited"), "issue": issue(), "comment": comment(), **edit}),
        ("pull_request", {**common("closed"), "pull_request": pull()}),
        ("pull_request", {**common("synchronize"), "pull_request": pull()}),
        ("pull_request", {**common("ready_for_review"), "pull_request": pull()}),
        ("pull_request", {**common("labeled"), "pull_request": pull(), **label}),
        (
            "pull_request_review",
            {**common("submitted"), "pull_request": pull(), "review": review()},
        ),
        (
            "pull_request_review_comment",
            {**common("created"), "pull_request": pull(), "comment": line_comment()},
        ),
        ("check_suite", {**common("completed"), "check_suite": suite}),
        ("check_run", {**common("completed"), "check_run": run}),
        ("workflow_run", {**common("completed"), "workflow_run": suite}),
        ("status", {**common(), **states}),
        ("push", {**common(), "ref": "refs/heads/main", **ends}),
        ("installation", {**common("created"), "repositories": repos}),
        ("installation_repositories", {**common("removed"), "repositories_removed": repos}),
        ("ping", common()),
    ]
