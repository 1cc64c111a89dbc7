"""Whoever has another account on this machine reads nothing of what the bot keeps."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.project import Project

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = f"### Task: fix\n- file: bank.py\n- check: test\n\n```python file=bank.py\n{FIXED}```\n"
ISSUE = "# How does withdraw work?\n\nTell me.\n"


@pytest.fixture(autouse=True)
def open_umask() -> Iterator[None]:
    """The most careless one, which leaves each file as it is made."""
    before = os.umask(0)
    yield
    os.umask(before)


def list_exposed(folder: Path) -> list[Path]:
    """What others can reach: nothing below a folder that is closed to them, or that has nothing."""
    if (
        not folder.exists()
        or not any(folder.iterdir())
        or not stat.S_IMODE(folder.stat().st_mode) & 0o077
    ):
        return []
    return [folder, *(path for path in folder.rglob("*") if path.stat().st_mode & 0o077)]


@pytest.mark.parametrize("found", [pytest.param("absent", marks=pytest.mark.slow), "open to all"])
@pytest.mark.parametrize("command", ["run", "context", "plan", "map", "halt", "doctor"])
@pytest.mark.slow
def test_state_and_cache_are_the_accounts_alone_whatever_command_made_them(
    project: Project, home: Path, command: str, found: str
) -> None:
    state, cache = project.room / "state" / "bricklayer", home / ".cache" / "bricklayer"
    if found == "open to all":
        state.mkdir(parents=True)
        cache.mkdir(parents=True)
    (project.room / "issue.md").write_text(ISSUE)
    project.models(planner="## reply: plan\nANSWER: It subtracts.\n")
    plan = project.plan(FIX)
    more: dict[str, tuple[str | Path, ...]] = {
        "run": (plan,),
        "context": (plan, "fix", "--run-check"),
        "plan": (project.room / "issue.md",),
    }
    code, out = project.bricklayer(command, *more.get(command, ()))
    assert code == 0 or command == "doctor", out
    assert list_exposed(state) + list_exposed(cache) == []
    if command in {"run", "plan", "halt"}:
        assert any(state.rglob("*"))
