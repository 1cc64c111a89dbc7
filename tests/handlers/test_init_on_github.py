"""What `bricklayer init` does on GitHub where it is asked to."""

import os
import subprocess
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.source_trees import make_tree
from support.template_client import COMMAND as BRICKLAYER

from bot.config.machine import Settings, parse_settings
from bot.errors import UserError
from runners.onboarding.setup_pull import BRANCH, find_github_name
from runners.onboarding.workflow import write_workflow

FILES = {
    "Makefile": "test:\n\t@echo fine\n",
    ".github/workflows/ci.yml": "name: Build and test\njobs:\n  a:\n    steps:\n      - run: make test\n",
}


@pytest.fixture
def clone(github: GitHub, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's clone of octocat/bank, and a token of theirs that may write there."""
    mona = github.person("mona", permission="admin")
    repo = github.repo("octocat/bank", FILES)
    settings = home / ".config" / "bricklayer" / "bricklayer.toml"
    settings.parent.mkdir(parents=True)
    settings.write_text(f'[github]\napi_url = "{github.api_url}"\n')
    monkeypatch.setenv("BRICKLAYER_TOKEN", github.token(mona))
    folder = tmp_path / "bank"
    subprocess.run(["git", "clone", "-q", str(repo.git.path), str(folder)], check=True)
    origin = f"{github.html_url}/octocat/bank.git"
    subprocess.run(["git", "remote", "set-url", "origin", origin], cwd=folder, check=True)
    return folder


def init(folder: Path, *args: str) -> tuple[int, str]:
    done = subprocess.run(
        [BRICKLAYER, "init", "--yes", *args],
        cwd=folder,
        env=dict(os.environ),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=100,
        check=False,
    )
    return done.returncode, done.stdout


@pytest.mark.slow
def test_one_pull_request_is_opened_and_closing_it_opts_out(github: GitHub, clone: Path) -> None:
    """It has the files and what came of trying them; whatever became of it, there is no second."""
    repo = github.repo("octocat/bank")
    code, out = init(clone, "--pull-request", "--workflow", "--label")
    assert code == 0, out
    [pull] = repo.pulls
    assert f"/octocat/bank/pull/{pull.number}" in out
    assert "`test` passed" in pull.body
    assert "opts out" in pull.body
    text = repo.git.read(repo.git.sha(BRANCH), ".bricklayer.toml").decode()
    assert text == (clone / ".bricklayer.toml").read_text()
    flow = repo.git.read(repo.git.sha(BRANCH), ".github/workflows/bricklayer.yml").decode()
    assert 'workflows: ["Build and test"]' in flow
    assert "bricklayer" in repo.labels
    for state, told in (("open", "is open already"), ("closed", "opted out")):
        if state == "closed":
            pull.close(github.person("mona"))
        code, out = init(clone, "--pull-request", "--label")
        assert code == 0, out
        assert told in out
        assert "there  the label bricklayer" in out
        assert len(repo.pulls) == 1


def test_a_way_to_github_that_is_not_there_is_told_before_anything_is_written(
    clone: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody waits for a setup to learn that there is no token."""
    monkeypatch.delenv("BRICKLAYER_TOKEN")
    code, out = init(clone, "--pull-request")
    assert code == 2
    assert "BRICKLAYER_TOKEN" in out
    assert not (clone / ".bricklayer.toml").exists()


def test_nothing_is_proposed_that_proved_nothing(github: GitHub, clone: Path) -> None:
    """A configuration without a green check is for its writer to mend, not for others to merge."""
    (clone / ".bricklayer.toml").write_text('[checks.a]\nrun = "false"\n')
    code, _ = init(clone, "--pull-request")
    assert code == 2
    assert not github.repo("octocat/bank").pulls


@pytest.mark.parametrize(
    "origin",
    [
        "https://github.com/octo-cat/ba.nk.git",
        "https://github.com/octo-cat/ba.nk",
        "https://ann:secret@github.com/octo-cat/ba.nk/",
        "git@github.com:octo-cat/ba.nk.git",
        "ssh://git@github.com/octo-cat/ba.nk.git",
        "ssh://git@github.com:22/octo-cat/ba.nk",
    ],
)
def test_a_repository_is_known_by_the_address_of_its_origin(origin: str) -> None:
    """In each form that git takes."""
    assert find_github_name(origin, Settings()) == "octo-cat/ba.nk"


@pytest.mark.parametrize(
    "origin",
    ["", "/srv/git/a/b.git", "https://gitlab.com/a/b.git", "https://github.com/a/b/c",
     "https://github.com.example.com/a/b", "file:///a/b", "x" * 200_000],
)  # fmt: skip
def test_another_origin_is_refused_without_its_password(origin: str) -> None:
    """A token goes to the configured GitHub and nowhere else."""
    with pytest.raises(UserError, match="is not on the GitHub"):
        find_github_name(origin, Settings())


def test_an_enterprise_server_is_known_by_its_own_host() -> None:
    """By that of its API, or the one that git is told."""
    lines = '[github]\napi_url = "https://git.example.com/api/v3"\n'
    assert find_github_name("git@git.example.com:a/b", parse_settings(lines)) == "a/b"


def test_the_workflow_names_the_workflows_that_test() -> None:
    """Else the shipped words stay; a name is quoted, whatever is in it."""
    named = "name: 'A \"b\"' # x\non: push\njobs: {a: {steps: [{run: pytest}]}}\n"
    tree = make_tree({".github/workflows/a.yml": named, ".github/workflows/b.yml": "name: Stale\n"})
    assert 'workflows: ["A \\"b\\""]' in write_workflow(tree)
    assert 'workflows: ["CI"]' in write_workflow(make_tree({}))
