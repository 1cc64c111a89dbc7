"""The stand-in for GitHub holds GitHub's rules, as the real client and the real git see them."""

import hashlib
import hmac
import subprocess
from pathlib import Path

import pytest
from github import Auth, Github, GithubException, GithubIntegration
from github_server import GitHub


def client(github: GitHub, token: str) -> Github:
    return Github(
        base_url=github.api_url,
        auth=Auth.Token(token),
        retry=None,
        seconds_between_requests=0,
        seconds_between_writes=0,
    )


def test_a_person_and_the_bot_talk_on_an_issue(github: GitHub) -> None:
    mona = github.person("mona", permission="write")
    github.repo("octocat/bank", {"bank.py": "x = 1\n"})
    app = github.app()
    app.install("octocat")
    issue = github.issue("octocat/bank", "Mend it", "Please.", by=mona)
    issue.label("bricklayer", by=mona)

    bot = GithubIntegration(auth=Auth.AppAuth(app.id, app.private_key), base_url=github.api_url)
    seen = (
        bot.get_repo_installation("octocat", "bank")
        .get_github_for_installation()
        .get_repo("octocat/bank")
        .get_issue(1)
    )
    assert [label.name for label in seen.labels] == ["bricklayer"]
    seen.create_comment("On it.").create_reaction("rocket")
    assert [(one.body, one.author.login) for one in issue.comments] == [
        ("On it.", "bricklayer[bot]")
    ]


def test_a_second_pull_request_of_one_branch_is_refused(github: GitHub) -> None:
    mona = github.person("mona", permission="write")
    repo = github.repo("octocat/bank")
    repo.push("work", {"a.py": "1\n"}, by=mona)
    hub = client(github, github.token(mona)).get_repo("octocat/bank")
    pull = hub.create_pull(base="main", head="work", title="One", body="", draft=True)
    assert (pull.draft, pull.changed_files) == (True, 1)
    with pytest.raises(GithubException, match="already exists"):
        hub.create_pull(base="main", head="work", title="Two", body="")


def test_git_pushes_with_a_token_and_only_with_one(github: GitHub, tmp_path: Path) -> None:
    mona = github.person("mona", permission="write")
    repo = github.repo("octocat/bank", private=True)
    heard = []
    github.hook(lambda headers, body: heard.append((headers, body)) or 202, "secret")
    token = github.token(mona)

    def git(*args: str, at: Path = tmp_path) -> subprocess.CompletedProcess[str]:
        argv = ["git", "-c", "credential.helper=", *args]
        return subprocess.run(
            argv,
            cwd=at,
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
            env={"GIT_TERMINAL_PROMPT": "0", "PATH": "/usr/bin:/bin", "HOME": str(tmp_path)},
        )

    assert git("clone", f"{github.html_url}/octocat/bank.git").returncode != 0
    url = f"http://x-access-token:{token}@{github.host}/octocat/bank.git"
    assert git("clone", "-q", url).returncode == 0
    at = tmp_path / "bank"
    (at / "a").write_text("new\n")
    git("add", "-A", at=at)
    done = git("-c", "user.name=m", "-c", "user.email=m@x", "commit", "-qm", "more", at=at)
    assert done.returncode == 0, done.stderr
    done = git("push", "-q", "origin", "HEAD:refs/heads/work", at=at)
    assert done.returncode == 0, done.stderr
    assert repo.git.read(repo.git.sha("work"), "a") == b"new\n"
    github.hooks.flush()
    headers, body = heard[-1]
    assert headers["X-GitHub-Event"] == "push"
    assert (
        headers["X-Hub-Signature-256"]
        == "sha256=" + hmac.new(b"secret", body, hashlib.sha256).hexdigest()
    )
