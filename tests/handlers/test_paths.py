"""Where the command keeps its state, whatever the environment says of folders."""

import os
import subprocess
from pathlib import Path

import pytest
from support.project import BRICKLAYER, Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = f"### Task: fix\n- file: bank.py\n- check: test\n\n```python file=bank.py\n{FIXED}```\n"


def run(project: Project, *args: str | Path, **env: str) -> tuple[int, str]:
    done = subprocess.run(
        [BRICKLAYER, *map(str, args)],
        cwd=project.repo,
        env={**os.environ, **env},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=500,
    )
    return done.returncode, done.stdout


@pytest.mark.parametrize(
    "env",
    [
        {"XDG_STATE_HOME": "state"},
        {"XDG_STATE_HOME": "../state", "XDG_CACHE_HOME": "cache", "XDG_CONFIG_HOME": "config"},
        {"TMPDIR": "."},
    ],
    ids=["state", "all", "tmp"],
)
def test_a_job_is_built_whatever_folders_are_relative(
    project: Project, home: Path, env: dict[str, str]
) -> None:
    """A relative one is ignored, and nothing of ours is left in the repository."""
    code, out = run(project, "run", project.plan(FIX), **env)
    assert code == 0, out
    assert project.landed() == ["fix"]
    assert (home / ".local/state/bricklayer/bricklayer.sqlite").is_file()
    assert project.git("status", "--porcelain") == ""


def test_a_relative_state_dir_is_a_persons_to_fix(project: Project, home: Path) -> None:
    """It is told before anything is written."""
    config = home / "bricklayer.toml"
    config.write_text('state_dir = "state"\n')
    code, out = run(project, "run", project.plan(FIX), BRICKLAYER_CONFIG=str(config))
    assert code == 2, out
    assert "state_dir" in out
    assert "absolute" in out
    assert not (project.repo / "state").exists()


def test_a_model_is_found_by_a_path_from_here_or_from_home(project: Project, home: Path) -> None:
    """`script:` and `llama-cpp:` take the paths a person would give any command."""
    text = f"## reply: fix\n```python\n{FIXED}```\n"
    (home / "replies.md").write_text(text)
    ask = project.plan("### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n")
    code, out = run(project, "run", ask, BRICKLAYER_LOCAL="script:~/replies.md")
    assert code == 0, out
    (project.repo / ".." / "here.md").write_text(text)
    code, out = run(project, "run", "--fresh", ask, BRICKLAYER_LOCAL="script:../here.md")
    assert code == 0, out
    code, out = run(project, "run", "--fresh", ask, BRICKLAYER_LOCAL="script:~nobody-there/x.md")
    assert code == 2, out
    assert "~nobody-there is no account here" in out
