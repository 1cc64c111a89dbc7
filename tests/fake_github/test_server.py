"""The stand-in for GitHub holds GitHub's rules, as the real client and the real git see them."""

import hashlib
import hmac
import json
import os
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest
import requests
from github import Auth, Github, GithubException, GithubIntegration
from github.Repository import Repository

from fake_github import rest_people, schema, server
from fake_github.calls import OPERATIONS
from fake_github.people import Refusal, User
from fake_github.world import GitHub

pytestmark = pytest.mark.slow

BANK = "octocat/bank"
QUICK: dict[str, Any] = {"seconds_between_requests": 0, "seconds_between_writes": 0}
CODE = {"bank.py": "a = 1\nb = 2\nc = 3\n"}


def client(github: GitHub, token: str) -> Github:
    auth = Auth.Token(token)
    return Github(base_url=github.api_url, auth=auth, retry=None, **QUICK)


def hub(github: GitHub, token: str) -> Repository:
    return client(github, token).get_repo(BANK)


@pytest.fixture
def mona(github: GitHub) -> User:
    """A maintainer of the bank."""
    github.repo(BANK, CODE)
    return github.person("mona", permission="write")


def ask(github: GitHub, path: str, token: str = "", **headers: str) -> requests.Response:
    shown = {"Authorization": f"Bearer {token}"} if token else {}
    return requests.get(
        github.api_url + path, headers=shown | headers, timeout=30, allow_redirects=False
    )


def git(at: Path, *args: str) -> subprocess.CompletedProcess[str]:
    argv = ["git", "-c", "credential.helper=", *args]
    env = {**os.environ, "GIT_TERMINAL_PROMPT": "0"}
    return subprocess.run(
        argv, cwd=at, capture_output=True, text=True, timeout=60, check=False, env=env
    )


def checkout(github: GitHub, token: str, at: Path) -> Path:
    done = git(at, "clone", "-q", f"http://x-access-token:{token}@{github.host}/{BANK}.git", "here")
    assert done.returncode == 0, done.stderr
    return at / "here"


def commit(at: Path, path: str, text: str) -> None:
    file = at / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)
    git(at, "add", "-A")
    assert git(at, "commit", "-qm", f"change {path}").returncode == 0


def heard(github: GitHub) -> list[tuple[dict[str, str], bytes]]:
    """Sends webhooks into a list."""
    got: list[tuple[dict[str, str], bytes]] = []

    def receive(headers: dict[str, str], body: bytes) -> int:
        got.append((headers, body))
        return 202

    github.hook(receive, "secret")
    return got


def test_an_app_speaks_as_its_bot_where_it_is_installed(github: GitHub, mona: User) -> None:
    app = github.app()
    app.install("octocat")
    issue = github.issue(BANK, "Fix it", "Please.", by=mona)
    issue.label("bricklayer", by=mona)
    bot = GithubIntegration(
        auth=Auth.AppAuth(app.id, app.private_key), base_url=github.api_url, **QUICK
    )
    installed = bot.get_repo_installation("octocat", "bank").get_github_for_installation()
    seen = installed.get_repo(BANK).get_issue(1)
    assert [label.name for label in seen.labels] == ["bricklayer"]
    seen.create_comment("On it.").create_reaction("rocket")
    assert [(one.body, one.author.login) for one in issue.comments] == [
        ("On it.", "bricklayer[bot]")
    ]
    assert issue.comments[0].reacted("rocket") == ["bricklayer[bot]"]


@pytest.mark.usefixtures("mona")
def test_an_expired_installation_token_is_bad_credentials(
    github: GitHub,
) -> None:
    installation = github.app().install("octocat")
    old = installation.token()
    assert ask(github, f"/repos/{BANK}", old.value).status_code == 200
    github.clock.advance(3601)
    assert ask(github, f"/repos/{BANK}", old.value).status_code == 401
    assert ask(github, f"/repos/{BANK}", installation.token().value).status_code == 200


def test_the_old_permission_hides_triage_and_maintain(github: GitHub, mona: User) -> None:
    github.person("tia", permission="triage")
    github.person("max", permission="maintain")
    seen = hub(github, github.token(mona))
    told = {
        name: seen.get_collaborator_permission(name) for name in ("mona", "tia", "max", "octocat")
    }
    assert told == {"mona": "write", "tia": "read", "max": "write", "octocat": "admin"}
    github.bot("renovate")
    with pytest.raises(GithubException, match="is not a user"):
        seen.get_collaborator_permission("renovate[bot]")


@pytest.mark.usefixtures("mona")
def test_who_may_only_read_neither_labels_nor_pushes(
    github: GitHub,
) -> None:
    zed = github.person("zed")
    issue = github.issue(BANK, "Fix it", by=zed)
    for deed in (
        lambda: issue.label("bricklayer", by=zed),
        lambda: github.repo(BANK).push("x", {"a": ""}, by=zed),
    ):
        with pytest.raises(Refusal):
            deed()
    with pytest.raises(GithubException) as refused:
        hub(github, github.token(zed)).get_issue(1).add_to_labels("bricklayer")
    assert refused.value.status == 403
    github.issue(BANK, "By template", by=zed, labels=("bricklayer",))
    assert github.hooks.last("issues", "labeled").payload["sender"]["login"] == "zed"


def test_a_branch_has_one_open_pull_request(github: GitHub, mona: User) -> None:
    github.repo(BANK).push("work", {"a.py": "1\n"}, by=mona)
    seen = hub(github, github.token(mona))
    pull = seen.create_pull(base="main", head="work", title="One", body="", draft=True)
    assert (pull.draft, pull.changed_files) == (True, 1)
    with pytest.raises(GithubException, match="already exists") as refused:
        seen.create_pull(base="main", head="work", title="Two", body="")
    assert refused.value.status == 422
    pull.edit(state="closed")
    assert (
        seen.create_pull(base="main", head="work", title="Two", body="").number == pull.number + 1
    )


def test_whether_it_merges_is_not_known_at_the_first_question(github: GitHub, mona: User) -> None:
    repo = github.repo(BANK)
    repo.push("work", {"bank.py": "a = 2\n"}, by=mona)
    repo.open_pull("work", "main", "One", mona)
    seen = hub(github, github.token(mona))
    assert [seen.get_pull(1).mergeable for _ in range(2)] == [None, True]
    repo.push("main", {"bank.py": "a = 3\n"}, by=mona)
    assert [seen.get_pull(1).mergeable for _ in range(2)] == [None, False]


def test_merging_closes_the_issue_the_body_names(github: GitHub, mona: User) -> None:
    repo, issue = github.repo(BANK), github.issue(BANK, "Fix it", by=mona)
    repo.push("work", {"bank.py": "a = 2\n"}, by=mona)
    pull = repo.open_pull("work", "main", "One", mona, "Closes #1")
    pull.merge(by=mona)
    assert (issue.state, repo.git.read(repo.git.sha("main"), "bank.py")) == ("closed", b"a = 2\n")
    assert github.hooks.last("pull_request", "closed").payload["pull_request"]["merged"] is True


def test_a_comment_on_a_line_is_outdated_once_the_line_is_changed(
    github: GitHub, mona: User
) -> None:
    repo, rita = github.repo(BANK), github.person("rita", permission="write")
    repo.push("work", {"bank.py": "a = 1\nb = 3\nc = 4\n"}, by=mona)
    pull = repo.open_pull("work", "main", "One", mona)
    said = [("bank.py", 2, "why 3?"), ("bank.py", 3, "why 4?")]
    pull.review("changes_requested", threads=said, by=rita)
    repo.push("work", {"bank.py": "z = 0\na = 1\nb = 5\nc = 4\n"}, by=mona)
    shown = hub(github, github.token(mona)).get_pull(1).get_review_comments()
    assert [(one.line, one.original_line) for one in shown] == [(None, 2), (4, 3)]
    assert shown[0].diff_hunk.splitlines()[-1] == "+b = 3"
    with pytest.raises(Refusal, match="Validation"):
        pull.review("comment", threads=[("bank.py", 99, "no such line")], by=rita)


def test_threads_are_resolved_only_in_graphql(github: GitHub, mona: User) -> None:
    repo, rita = github.repo(BANK), github.person("rita", permission="write")
    repo.push("work", {"n.py": "1\n"}, by=mona)
    pull = repo.open_pull("work", "main", "One", mona, draft=True)
    pull.review("comment", threads=[("n.py", 1, "hm")], by=rita)
    pull.threads[0].resolve(by=rita)
    asked = """query($n: Int!) { repository(owner: "octocat", name: "bank") { pullRequest(number: $n) {
      reviewThreads(first: 10) { nodes { isResolved path comments(first: 5) {
        nodes { fullDatabaseId author { login } } } } } } } }"""
    speaker = client(github, github.token(mona))
    _, told = speaker.requester.graphql_query(asked, {"n": 1})
    comment = {"fullDatabaseId": str(pull.threads[0].first.id), "author": {"login": "rita"}}
    thread = {"isResolved": True, "path": "n.py", "comments": {"nodes": [comment]}}
    assert told["data"]["repository"]["pullRequest"]["reviewThreads"]["nodes"] == [thread]
    speaker.get_repo(BANK).get_pull(1).mark_ready_for_review()
    assert pull.draft is False


@pytest.mark.parametrize(
    ("asked", "said"),
    [
        ("{ viewer { nickname } }", "doesn't exist on type 'User'"),
        ("{ viewer }", "must have selections"),
        (
            '{ repository(owner: "octocat", name: "bank") { issue(number: 1) { comments { totalCount } } } }',
            "`first`",
        ),
        ("{ viewer { login }", "Expected more"),
        ("query($n: Int!) { viewer { login } }", "$n"),
    ],
)
def test_a_query_unlike_the_schema_is_an_error(
    github: GitHub, mona: User, asked: str, said: str
) -> None:
    github.issue(BANK, "Fix it", by=mona)
    headers = {"Authorization": f"Bearer {github.token(mona)}"}
    told = requests.post(
        f"{github.api_url}/graphql", json={"query": asked}, headers=headers, timeout=30
    )
    assert said in told.json()["errors"][0]["message"]
    assert "data" not in told.json()


def test_a_private_repository_takes_only_a_token_that_sees_it(
    github: GitHub, tmp_path: Path
) -> None:
    github.repo(BANK, CODE, private=True)
    stranger, reader = github.person("zed"), github.person("rob", permission="read", repo=BANK)
    url = f"http://{{}}{github.host}/{BANK}.git"
    assert git(tmp_path, "ls-remote", url.format("")).returncode != 0
    assert git(tmp_path, "ls-remote", url.format(f"x:{github.token(stranger)}@")).returncode != 0
    assert ask(github, f"/repos/{BANK}", github.token(stranger)).status_code == 404
    at = checkout(github, github.token(reader), tmp_path)
    commit(at, "a", "1\n")
    assert "denied to rob" in git(at, "push", "origin", "HEAD:refs/heads/x").stderr


def test_a_push_is_told_signed_and_moves_the_pull_request(
    github: GitHub, mona: User, tmp_path: Path
) -> None:
    at = checkout(github, github.token(mona), tmp_path)
    repo = github.repo(BANK)
    repo.push("work", {"n.py": "1\n"}, by=mona)
    pull = repo.open_pull("work", "main", "One", mona)
    got = heard(github)
    git(at, "fetch", "-q", "origin", "work")
    git(at, "checkout", "-q", "FETCH_HEAD")
    commit(at, "m.py", "2\n")
    done = git(at, "push", "-q", "origin", "HEAD:work")
    assert done.returncode == 0, done.stderr
    github.hooks.flush()
    assert [headers["X-GitHub-Event"] for headers, _ in got] == ["push", "pull_request"]
    assert pull.head_sha == git(at, "rev-parse", "HEAD").stdout.strip()
    headers, body = got[-1]
    signed = hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    assert headers["X-Hub-Signature-256"] == f"sha256={signed}"
    assert github.hooks.last("pull_request").payload["action"] == "synchronize"


def test_a_lost_webhook_comes_only_when_it_is_sent_again(github: GitHub, mona: User) -> None:
    got = heard(github)
    issue = github.issue(BANK, "Fix it", by=mona)
    github.hooks.drop_next()
    issue.label("bricklayer", by=mona)
    assert [headers["X-GitHub-Event"] for headers, _ in got] == ["issues"]
    lost = github.hooks.last("issues", "labeled")
    assert [github.hooks.redeliver(lost.guid) for _ in range(2)] == [202, 202]
    assert [headers["X-GitHub-Delivery"] for headers, _ in got[1:]] == [lost.guid] * 2


def test_what_was_not_modified_is_a_304_and_costs_nothing(github: GitHub, mona: User) -> None:
    issue = github.issue(BANK, "Fix it", by=mona)
    token, path = github.token(mona), f"/repos/{BANK}/issues?labels=bricklayer"
    first = ask(github, path, token)
    again = ask(github, path, token, **{"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["X-RateLimit-Remaining"] == first.headers["X-RateLimit-Remaining"]
    issue.label("bricklayer", by=mona)
    changed = ask(github, path, token, **{"If-None-Match": first.headers["ETag"]})
    assert [one["number"] for one in changed.json()] == [1]


def test_pages_are_linked_by_the_repository_s_number(github: GitHub, mona: User) -> None:
    for nth in range(5):
        github.issue(BANK, f"{nth}", by=mona)
    told = ask(github, f"/repos/{BANK}/issues?per_page=2", github.token(mona))
    assert f"/repositories/{github.repo(BANK).id}/issues" in told.links["next"]["url"]
    seen = client(github, github.token(mona))
    seen.per_page = 2
    assert [one.title for one in seen.get_repo(BANK).get_issues()] == ["4", "3", "2", "1", "0"]


def test_an_answer_lost_after_the_change_makes_two_of_a_blind_retry(
    github: GitHub, mona: User
) -> None:
    issue = github.issue(BANK, "Fix it", by=mona)
    seen = hub(github, github.token(mona)).get_issue(1)
    github.fail("POST", r"/comments$", 502, after=True)
    with pytest.raises(GithubException):
        seen.create_comment("once")
    seen.create_comment("once")
    assert [one.body for one in issue.comments] == ["once", "once"]
    assert github.count("POST", "/repos/{owner}/{repo}/issues/{issue_number}/comments") == 2


def test_an_answer_that_breaks_off_is_no_answer(github: GitHub, mona: User) -> None:
    github.fail("GET", "/issues$", 0)
    with pytest.raises(requests.RequestException):
        ask(github, f"/repos/{BANK}/issues", github.token(mona))


def test_limits_tell_how_long_to_wait(github: GitHub, mona: User) -> None:
    token = github.token(mona)
    github.slow_down(7)
    slowed = ask(github, f"/repos/{BANK}", token)
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (403, "7")
    assert ask(github, f"/repos/{BANK}", token).status_code == 200
    github.exhaust(600)
    spent = ask(github, f"/repos/{BANK}", token)
    assert (spent.status_code, spent.headers["X-RateLimit-Remaining"]) == (403, "0")
    assert int(spent.headers["X-RateLimit-Reset"]) == github.gate.resets
    github.exhaust(-1)
    assert ask(github, f"/repos/{BANK}", token).status_code == 200


def test_a_log_is_on_a_host_that_takes_no_token(github: GitHub, mona: User) -> None:
    repo, token = github.repo(BANK), github.token(mona)
    github.ci_on(BANK)
    sha = repo.push("work", {"n.py": "1\n"}, by=mona)
    job = github.ci(sha, "red", log="boom\n")
    where = ask(github, f"/repos/{BANK}/actions/jobs/{job.check.id}/logs", token).headers[
        "Location"
    ]
    late = requests.get(where, timeout=30)
    assert (late.status_code, "BlobNotFound" in late.text) == (404, True)
    log = requests.get(where, timeout=30).content.decode("utf-8-sig")
    assert all(line[27] == "Z" for line in log.splitlines())
    assert "Z boom\n" in log
    shown = {"Authorization": f"Bearer {token}"}
    assert requests.get(where, headers=shown, timeout=30).status_code == 400


def test_a_job_run_again_stands_for_the_one_before(github: GitHub, mona: User) -> None:
    sha = github.repo(BANK).push("work", {"n.py": "1\n"}, by=mona)
    github.ci(sha, "red")
    github.ci(sha, "green")
    seen = hub(github, github.token(mona))
    assert [run.conclusion for run in seen.get_commit(sha).get_check_runs()] == ["success"]
    assert [run.conclusion for run in seen.get_workflow_runs(head_sha=sha)] == ["success"]


def test_only_an_app_makes_check_runs(github: GitHub, mona: User) -> None:
    token = github.app().install("octocat").token().value
    sha = github.repo(BANK).git.sha("main")
    with pytest.raises(GithubException) as refused:
        hub(github, github.token(mona)).create_check_run("bricklayer", sha)
    assert refused.value.status == 403
    run = hub(github, token).create_check_run("bricklayer", sha, status="in_progress")
    run.edit(status="completed", conclusion="success")
    assert github.hooks.last("check_run", "completed").payload["check_run"]["name"] == "bricklayer"


@pytest.mark.usefixtures("mona")
def test_a_push_with_the_workflow_s_own_token_starts_no_workflow(
    github: GitHub, tmp_path: Path
) -> None:
    github.ci_on(BANK, dispatchable=True)
    token = github.actions_token(
        BANK, {"contents": "write", "actions": "write", "pull_requests": "write"}
    )
    at = checkout(github, token, tmp_path)
    commit(at, "n.py", "1\n")
    assert git(at, "push", "-q", "origin", "HEAD:work").returncode == 0
    seen = hub(github, token)
    assert seen.get_workflow_runs().totalCount == 0
    with pytest.raises(GithubException, match="not permitted to create"):
        seen.create_pull(base="main", head="work", title="One", body="")
    assert seen.get_workflow("ci.yml").create_dispatch("work") is True
    assert [run.event for run in seen.get_workflow_runs()] == ["workflow_dispatch"]


@pytest.mark.usefixtures("mona")
def test_workflows_are_pushed_only_with_that_very_permission(
    github: GitHub, tmp_path: Path
) -> None:
    installation = github.app().install("octocat")
    at = checkout(github, installation.token().value, tmp_path)
    commit(at, ".github/workflows/ci.yml", "on: push\n")
    done = git(at, "push", "origin", "HEAD:refs/heads/work")
    assert "without `workflows` permission" in done.stderr
    assert github.repo(BANK).git.sha("work") == ""
    token = installation.token(permissions={"contents": "write", "workflows": "write"}).value
    assert (
        git(
            at, "push", "-q", f"http://x:{token}@{github.host}/{BANK}.git", "HEAD:refs/heads/work"
        ).returncode
        == 0
    )


def test_a_fork_s_pull_request_waits_to_be_let_run(github: GitHub, mona: User) -> None:
    repo, zed = github.repo(BANK), github.person("zed")
    github.ci_on(BANK)
    sha = repo.fork(zed).push("idea", {"n.py": "1\n"}, by=zed)
    repo.open_pull("zed:idea", "main", "Idea", zed)
    seen = hub(github, github.token(mona))
    assert [run.conclusion for run in seen.get_workflow_runs(head_sha=sha)] == ["action_required"]
    assert seen.get_commit(sha).get_check_runs().totalCount == 0
    assert repo.git.git("rev-parse", "refs/pull/1/head") == sha


def test_an_app_that_was_taken_away_sees_and_hears_nothing(github: GitHub) -> None:
    github.repo(BANK, CODE, private=True)
    mona = github.person("mona", permission="write", repo=BANK)
    installation = github.app().install("octocat", (BANK,))
    token = installation.token().value
    got = heard(github)
    installation.choose(remove=(BANK,))
    github.issue(BANK, "Fix it", by=mona)
    assert [headers["X-GitHub-Event"] for headers, _ in got] == ["installation_repositories"]
    assert ask(github, f"/repos/{BANK}", token).status_code == 404


def test_an_app_is_made_of_a_manifest_and_its_code_works_once(github: GitHub) -> None:
    manifest: dict[str, Any] = {
        "name": "Brick Layer",
        "url": "https://example.com",
        "redirect_url": "http://127.0.0.1:1/done",
        "hook_attributes": {"url": "https://example.com/webhook"},
        "default_permissions": {"issues": "write"},
        "default_events": ["issues", "check_run"],
    }
    page = f"{github.html_url}/settings/apps/new?state=s"

    def send() -> requests.Response:
        sent = {"manifest": json.dumps(manifest)}
        return requests.post(page, data=sent, timeout=30, allow_redirects=False)

    assert "events unsupported: check_run" in send().text
    manifest["default_permissions"]["checks"] = "write"
    back = send().headers["Location"]
    assert back.startswith("http://127.0.0.1:1/done?code=")
    assert back.endswith("&state=s")
    code = back.partition("code=")[2].partition("&")[0]
    convert = f"{github.api_url}/app-manifests/{code}/conversions"
    told = requests.post(convert, timeout=30)
    assert (told.status_code, told.json()["slug"]) == (201, "brick-layer")
    assert requests.post(convert, timeout=30).status_code == 404
    bot = GithubIntegration(
        auth=Auth.AppAuth(told.json()["id"], told.json()["pem"]), base_url=github.api_url
    )
    assert bot.get_app().slug == "brick-layer"


def test_a_renamed_repository_is_still_reached_by_its_old_name(
    github: GitHub, mona: User, tmp_path: Path
) -> None:
    github.repo(BANK).rename("vault")
    token = github.token(mona)
    assert ask(github, f"/repos/{BANK}", token).status_code == 301
    assert hub(github, token).full_name == "octocat/vault"
    assert (checkout(github, token, tmp_path) / "bank.py").exists()


def test_an_enterprise_server_has_its_interface_under_a_prefix(github: GitHub, mona: User) -> None:
    github.prefix = "/api/v3"
    github.issue(BANK, "Fix it", by=mona)
    seen = client(github, github.token(mona))
    assert seen.get_repo(BANK).get_issue(1).url == f"{github.html_url}/api/v3/repos/{BANK}/issues/1"
    assert seen.requester.graphql_query("{ viewer { login } }", {})[1] == {
        "data": {"viewer": {"login": "mona"}}
    }


def test_of_two_that_open_the_same_pull_request_at_once_one_is_refused(
    github: GitHub, mona: User
) -> None:
    github.repo(BANK).push("work", {"n.py": "1\n"}, by=mona)
    headers = {"Authorization": f"Bearer {github.token(mona)}"}
    wanted = {"title": "One", "head": "work", "base": "main"}

    def post(_: int) -> int:
        url = f"{github.api_url}/repos/{BANK}/pulls"
        return requests.post(url, json=wanted, headers=headers, timeout=30).status_code

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(post, range(4))) == [201, 422, 422, 422]
    assert len(github.repo(BANK).pulls) == 1


def test_a_workflow_run_is_told_of_its_event_though_no_hook_is_set(
    github: GitHub, mona: User, tmp_path: Path
) -> None:
    github.issue(BANK, "Fix it", by=mona).label("bricklayer", by=mona)
    labeled = github.hooks.last("issues", "labeled")
    told = github.workflow_environment(labeled, tmp_path, github.actions_token(BANK))
    payload = json.loads(Path(told["GITHUB_EVENT_PATH"]).read_text())
    assert (payload["action"], payload["label"]["name"]) == ("labeled", "bricklayer")
    assert (told["GITHUB_EVENT_NAME"], told["GITHUB_ACTOR"]) == ("issues", "mona")
    assert ask(github, f"/repos/{BANK}/issues/1", told["GITHUB_TOKEN"]).status_code == 200
    assert labeled.statuses == []


def test_every_operation_is_one_of_github_s(github: GitHub) -> None:
    described = schema.description()["operations"]
    missing = {
        f"{one.method} {one.template}" for one in OPERATIONS if one.described
    } - described.keys()
    assert not missing, "run tests/data/prune_openapi.py"
    assert github.problems == []


@pytest.mark.parametrize("wrong", [{"login": 7}, {"nickname": "m"}, {"id": None}])
def test_an_answer_unlike_the_description_fails_the_test(
    wrong: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    shown = rest_people.show.public_user
    monkeypatch.setattr(rest_people.show, "public_user", lambda *of: shown(*of) | wrong)
    with (
        pytest.raises(AssertionError, match=r"GET /users/\{username\} 200"),
        server.serving() as github,
    ):
        assert ask(github, "/users/octocat").status_code == 200


def test_a_call_the_stand_in_has_no_answer_to_fails_the_test() -> None:
    with (
        pytest.raises(AssertionError, match="has no GET /gists"),
        server.serving() as github,
    ):
        ask(github, "/gists")


def test_what_githubs_buttons_push_is_by_who_pressed_them(github: GitHub) -> None:
    """`web-flow` commits it; the activity of the branch and the push name the person."""
    mona = github.person("mona", permission="write")
    repo = github.repo("octocat/bank", {"bank.py": "a = 1\nb = 2\n"})
    repo.push("work", {"bank.py": "a = 1\nb = 3\n"}, by=mona)
    pull = repo.open_pull("work", "main", "Fix", mona)
    pull.review("comment", mona, threads=[("bank.py", 2, "```suggestion\nb = 4\n```")])
    suggested = pull.commit_suggestion(pull.threads[0].first, mona)
    assert repo.git.read(suggested, "bank.py") == b"a = 1\nb = 4\n"
    repo.push("main", {"other.py": "c = 1\n"}, by=mona)
    merged = pull.update_branch(mona)
    assert repo.git.git("log", "-1", "--format=%an|%cn|%P", merged) == (
        f"mona|GitHub|{suggested} {repo.git.sha('main')}"
    )
    moves = [one for one in repo.activities if one.after in {suggested, merged}]
    assert [(one.kind, one.actor) for one in moves] == [("push", mona)] * 2
    assert github.hooks.last("push").payload["sender"]["login"] == "mona"


def test_a_conflict_starts_no_workflow_for_the_pull_request(github: GitHub) -> None:
    mona = github.person("mona", permission="write")
    repo = github.repo("octocat/bank", {"bank.py": "a = 1\n"})
    github.ci_on("octocat/bank", on_push=False, on_pull=True)
    repo.push("work", {"bank.py": "a = 2\n"}, by=mona)
    repo.open_pull("work", "main", "Fix", mona)
    assert [run.event for run in repo.checks.runs] == ["pull_request"]
    repo.push("main", {"bank.py": "a = 3\n"}, by=mona)
    repo.push("work", {"other.py": "b = 1\n"}, by=mona)
    assert len(repo.checks.runs) == 1


def test_a_renamed_default_branch_takes_its_pull_requests_along(github: GitHub) -> None:
    mona = github.person("mona", permission="write")
    repo = github.repo("octocat/bank")
    repo.push("work", {"bank.py": "a = 2\n"}, by=mona)
    pull = repo.open_pull("work", "main", "Fix", mona)
    repo.rename_branch("main", "trunk", by=repo.owner)
    assert (pull.state, pull.base_ref, repo.default_branch) == ("open", "trunk", "trunk")
    assert not repo.git.sha("main")
    pull.close(mona)
    pull.reopen(mona)
    assert (pull.state, github.hooks.last("pull_request").action) == ("open", "reopened")
