"""Every operation of the stand-in for GitHub answers as GitHub describes it."""

import json
import time
from dataclasses import dataclass
from typing import Any

import jwt
import pytest
import requests

from fake_github.apps import App, Installation
from fake_github.calls import OPERATIONS
from fake_github.people import User
from fake_github.pulls import Pull
from fake_github.repo import Repo
from fake_github.sign_in import sign_in_token
from fake_github.world import GitHub

HERE = "/repos/octocat/bank"


@dataclass
class World:
    """A repository in which everything there can be has happened, and its callers."""

    github: GitHub
    repo: Repo
    pull: Pull
    app: App
    installation: Installation
    mona: User

    def tokens(self) -> dict[str, str]:
        now = int(time.time())
        claims = {"iat": now - 60, "exp": now + 300, "iss": str(self.app.id)}
        assertion = jwt.encode(claims, self.app.private_key, "RS256")
        return {
            "bot": self.installation.token().value,
            "mona": self.github.token(self.mona),
            "app": assertion,
            "signed in": sign_in_token(self.github, self.app, self.mona).value,
        }

    def words(self) -> dict[str, Any]:
        """What a template's parameters are here."""
        checks, issue = self.repo.checks, self.repo.issue(1)
        return {
            "sha": self.pull.head_sha,
            "comment": issue.comments[0].id,
            "reaction": issue.comments[0].reactions[0].id,
            "line": self.pull.threads[0].first.id,
            "outdated": self.pull.threads[1].first.id,
            "review": self.pull.reviews[0].id,
            "check": checks.check_runs[0].id,
            "run": checks.runs[0].id,
            "failed": checks.runs[0].id,
            "job": checks.jobs[0].check.id,
            "installation": self.installation.id,
            "delivery": self.github.hooks.deliveries[0].number,
        }


@pytest.fixture
def world(github: GitHub) -> World:
    mona, rita = (github.person(name, permission="write") for name in ("mona", "rita"))
    repo = github.repo("octocat/bank", {"bank.py": "a = 1\nb = 2\n", "docs/x.md": "x\n"})
    repo.require_checks("test", app=15368)
    repo.protect("test")
    app = github.app()
    installation = app.install("octocat", ("octocat/bank",))
    github.ci_on("octocat/bank", dispatchable=True)
    issue = github.issue(
        "octocat/bank", "Fix it", "Please.", by=github.person("zed"), labels=("bug",)
    )
    issue.label("bricklayer", by=mona)
    issue.edit(mona, title="Fix it now", body="Please!")
    issue.comment("- [ ] one\n- [ ] two", by=mona).tick(2, by=mona)
    issue.comments[0].react("eyes", mona)
    issue.close(mona)
    issue.reopen(mona)
    issue.unlabel("bug", by=mona)
    pull = _reviewed(github, repo, mona, rita)
    return World(github, repo, pull, app, installation, mona)


def _reviewed(github: GitHub, repo: Repo, mona: User, rita: User) -> Pull:
    repo.push("work", {"bank.py": "a = 1\nb = 3\n", "n.py": "1\n"}, by=mona)
    pull = repo.open_pull("work", "main", "Fix", mona, "Closes #1", draft=True)
    pull.label("size", by=mona)
    pull.ready(mona)
    pull.to_draft(mona)
    pull.ready(mona)
    pull.request_review(["rita"], mona)
    pull.review("changes_requested", rita, threads=[("n.py", 1, "what"), ("bank.py", 2, "why", 1)])
    pull.threads[0].reply("because", mona)
    pull.threads[0].first.edit("what?", rita)
    pull.threads[0].resolve(mona)
    github.ci(pull.head_sha, "red", log="boom")
    repo.push("work", {"bank.py": "a = 1\nb = 4\n"}, by=mona)
    github.ci(pull.head_sha, "red", log="boom")
    github.ci(pull.head_sha, "green")
    repo.checks.set_status(pull.head_sha, mona, "success", "ext", description="fine")
    repo.checks.outside(pull.head_sha, "lint", None)
    repo.checks.rerequest(repo.checks.check_runs[0], mona)
    fork = repo.fork(github.person("zed"))
    fork.push("idea", {"q": "1\n"}, by=fork.owner)
    repo.open_pull("zed:idea", "main", "Idea", fork.owner)
    repo.push("spare", {"z": "1\n"}, by=mona)
    return pull


READS = {
    "signed in": (
        "/user", "/user/installations", "/user/installations/{installation}/repositories",
    ),
    "mona": (
        "/user", "/users/mona", "/users/bricklayer[bot]", "/rate_limit", "@", "@/collaborators",
        "@/collaborators/zed/permission", "@/collaborators/rita", "@/labels", "@/labels/size",
        "@/branches", "@/branches/work", "@/git/ref/heads/work", "@/git/matching-refs/heads/wo",
        "@/commits/work", "@/contents/bank.py", "@/contents/docs", "@/compare/main...work",
        "@/activity?ref=work", "@/rules/branches/main",
        "@/issues?state=all", "@/issues/1", "@/issues/2", "@/issues/1/labels",
        "@/issues/1/dependencies/blocked_by", "@/issues/1/sub_issues", "@/issues/1/comments",
        "@/issues/comments", "@/issues/comments/{comment}", "@/issues/1/events", "@/issues/2/events",
        "@/issues/events", "@/issues/1/timeline", "@/issues/2/timeline", "@/issues/1/reactions",
        "@/issues/comments/{comment}/reactions", "@/pulls/comments/{line}/reactions",
        "@/pulls?state=all", "@/pulls/2", "@/pulls/2", "@/pulls/3", "@/pulls/2/files",
        "@/pulls/2/commits", "@/pulls/2/reviews", "@/pulls/2/comments", "@/pulls/comments",
        "@/pulls/comments/{line}", "@/pulls/comments/{outdated}", "@/pulls/2/reviews/{review}/comments",
        "@/pulls/2/requested_reviewers", "@/commits/{sha}/check-runs", "@/commits/{sha}/check-suites",
        "@/commits/{sha}/status", "@/commits/{sha}/statuses", "@/check-runs/{check}", "@/check-runs/{check}/annotations",
        "@/actions/runs?head_sha={sha}", "@/actions/runs/{run}", "@/actions/runs/{run}/jobs",
        "@/actions/jobs/{job}", "@/actions/jobs/{job}/logs", "@/actions/workflows",
        "@/actions/workflows/ci.yml", "@/rules/branches/main", "@/branches/main",
    ),
    "bot": (
        "/installation/repositories", "@/actions/permissions", "@/actions/permissions/workflow",
    ),
    "app": (
        "/app", "/app/installations", "/app/installations/{installation}", "@/installation",
        "/app/hook/config", "/app/hook/deliveries",
    ),
}  # fmt: skip
WRITES: tuple[tuple[str, str, str, Any], ...] = (
    ("bot", "POST", "@/issues", {"title": "New", "labels": ["y"]}),
    ("bot", "PATCH", "@/issues/1", {"state": "closed", "labels": ["z"]}),
    ("bot", "PUT", "@/issues/1/labels", {"labels": ["q", "w"]}),
    ("bot", "POST", "@/issues/1/labels", ["e"]),
    ("bot", "DELETE", "@/issues/1/labels/q", None),
    ("bot", "POST", "@/issues/1/comments", {"body": "hi"}),
    ("bot", "PATCH", "@/issues/comments/{comment}", {"body": "ho"}),
    ("bot", "POST", "@/issues/comments/{comment}/reactions", {"content": "rocket"}),
    ("mona", "DELETE", "@/issues/comments/{comment}/reactions/{reaction}", None),
    ("bot", "POST", "@/issues/1/reactions", {"content": "eyes"}),
    ("bot", "DELETE", "@/issues/1/reactions/{made}", None),
    ("bot", "POST", "@/pulls/comments/{line}/reactions", {"content": "eyes"}),
    ("bot", "DELETE", "@/pulls/comments/{line}/reactions/{made}", None),
    ("bot", "DELETE", "@/issues/comments/{comment}", None),
    ("bot", "POST", "@/labels", {"name": "new", "color": "ff0000"}),
    ("bot", "POST", "@/pulls", {"title": "x", "head": "spare", "base": "main", "draft": True}),
    ("bot", "PATCH", "@/pulls/2", {"title": "yy", "body": "zz"}),
    ("bot", "POST", "@/pulls/2/reviews", {"event": "COMMENT", "body": "b", "comments": [{"path": "n.py", "line": 1, "body": "z"}]}),
    ("bot", "POST", "@/pulls/2/comments", {"body": "b", "path": "n.py", "line": 1, "commit_id": "SHA"}),
    ("bot", "POST", "@/pulls/2/comments/{line}/replies", {"body": "b"}),
    ("mona", "PATCH", "@/pulls/comments/{line}", {"body": "bb"}),
    ("bot", "POST", "@/pulls/2/requested_reviewers", {"reviewers": ["rita"]}),
    ("bot", "POST", "@/check-runs", {"name": "bl", "head_sha": "SHA", "output": {"title": "t", "summary": "s"}}),
    ("bot", "PATCH", "@/check-runs/{made}", {"status": "completed", "conclusion": "success"}),
    ("bot", "POST", "@/statuses/{sha}", {"state": "pending", "context": "c"}),
    ("bot", "POST", "@/actions/workflows/ci.yml/dispatches", {"ref": "work"}),
    ("bot", "POST", "@/actions/runs/{failed}/rerun-failed-jobs", None),
    ("bot", "POST", "@/git/refs", {"ref": "refs/heads/new", "sha": "SHA"}),
    ("bot", "DELETE", "@/git/refs/heads/new", None),
    ("bot", "PUT", "@/pulls/5/update-branch", {}),
    ("bot", "PUT", "@/pulls/2/merge", {"sha": "SHA"}),
    ("bot", "GET", "@/pulls/2/merge", None),
    ("app", "POST", "/app/installations/{installation}/access_tokens", {"permissions": {"issues": "read"}}),
    ("app", "POST", "/app/hook/deliveries/{delivery}/attempts", {}),
    ("", "POST", "/app-manifests/c0de/conversions", {}),
    ("bot", "DELETE", "/installation/token", None),
)  # fmt: skip


def filled(told: str, words: dict[str, Any]) -> str:
    """A path with its words put in."""
    return told.format_map(words).replace("@", HERE)


def made(told: requests.Response) -> int:
    """The id of what a call made, if it made something."""
    body = told.json() if "json" in told.headers.get("Content-Type", "") else {}
    return int(body.get("id", 0)) if isinstance(body, dict) else 0


@pytest.mark.slow
def test_every_operation_answers_as_described(world: World) -> None:
    github, words, tokens = world.github, world.words(), world.tokens()
    github.hook("http://127.0.0.1:9/webhook", "secret")
    for job in world.repo.checks.jobs:
        job.looks_without_log = 0
    github.manifest_codes["c0de"] = github.foreign_app("new")
    calls = [(who, "GET", path, None) for who, paths in READS.items() for path in paths]
    for who, method, path, body in (*calls, *WRITES):
        data = json.dumps(body).replace("SHA", words["sha"]) if body is not None else None
        headers = {"Authorization": f"Bearer {tokens[who]}"} if who else {}
        url = github.api_url + filled(path, words)
        told = requests.request(method, url, data=data, headers=headers, timeout=30)
        assert told.status_code < 300, (method, path, told.text)
        words["made"] = made(told) or words.get("made")
    asked = {(one.method, one.template) for one in github.calls}
    described = {(one.method, one.template) for one in OPERATIONS if one.described}
    assert described - asked == set()
    assert github.problems == []


def test_everything_that_happens_is_told_as_described(world: World) -> None:
    """Webhooks are recorded, and held to their description, also where no hook is set."""
    world.pull.merge(world.mona)
    world.github.hooks.ping()
    world.repo.issue(1).transfer(world.github.repo("octocat/other"), world.mona)
    world.repo.rename("vault")
    world.repo.transfer(world.github.person("hubot"))
    world.repo.transfer(world.github.person("octocat"))
    world.installation.choose(remove=("octocat/vault",))
    world.app.uninstall(world.installation)
    told = {one.event for one in world.github.hooks.deliveries}
    assert told == {
        "check_run", "check_suite", "create", "installation", "installation_repositories",
        "issue_comment", "issues", "ping", "pull_request", "pull_request_review",
        "pull_request_review_comment", "pull_request_review_thread", "push", "repository", "status",
        "workflow_job", "workflow_run",
    }  # fmt: skip
    assert world.github.problems == []
