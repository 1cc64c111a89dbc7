"""`bricklayer watch`: what its keys do, and what there is where there is no screen for it."""

import asyncio
import html
import importlib.util
import sys
import threading
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from support.project import Project

from bot.config.machine import Settings
from bot.errors import UserError
from bot.storage.jobs import JobRow, open_store
from handlers.commands.watch import watch
from runners.history.open_history import OpenHistory, find_history
from runners.history.watch_job import WatchedJob

if TYPE_CHECKING:
    from textual.pilot import Pilot

    from handlers.watch_app import WatchApp

PLAN = "---\ntitle: {title}\nchecks: [test]\n---\n## Phase: Do\n\n### Task: fix\n- file: a\n- check: test\n\nDo.\n"
HOSTILE = '"\\u001b[2J[bold]x[/] \\u202e \\u5168' + "e\\u0301" * 500 + '"'


class FakeTerminal:
    @staticmethod
    def isatty() -> bool:
        return True


def test_where_textual_is_missing_the_command_that_installs_it_is_said(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sys, "stdin", FakeTerminal())
    monkeypatch.setattr(sys, "stdout", FakeTerminal())
    monkeypatch.setattr(importlib.util, "find_spec", lambda _name: None)
    monkeypatch.setenv("TERM", "xterm")
    with pytest.raises(UserError, match="needs the package textual") as told:
        watch()
    assert "uv tool install '.[watch]'" in str(told.value)
    assert "--plain" in str(told.value)


@pytest.mark.slow
def test_without_a_terminal_it_is_told_in_lines(project: Project) -> None:
    """How it stands, and of one that is being built, what happens until it ends."""
    text = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
    fixed = "```python\ndef withdraw(balance, amount):\n    return balance - amount\n```\n"
    project.models(local=f"## reply: fix, slow 4\n{fixed}")
    running = project.start("run", project.plan(text))
    assert running.stdout
    while "task    fix" not in (line := running.stdout.readline()):
        assert line, "it ended"
    code, out = project.bricklayer("watch")
    assert (code, project.finish(running)[0]) == (0, 0)
    lines = out.splitlines()
    assert lines[0] == "Mend it"
    assert lines[1].startswith("building, task 1 of 1 (fix)")
    assert lines[-1].split()[1:4] == ["ok", "end", "passed"]
    code, out = project.bricklayer("watch", "mend", "--plain")
    assert (code, "  ok fix  passed   1 attempt" in out) == (0, True)


@pytest.fixture
def history(tmp_path: Path) -> OpenHistory:
    """Two jobs that are over, and the newer one has a hostile title."""
    store = open_store(f"sqlite:///{tmp_path}/bricklayer.sqlite")
    for n, title in ((1, "Older"), (2, HOSTILE)):
        plan = PLAN.format(title=title)
        store.save_job(JobRow(f"{n:012x}", "/gone", "b", "0" * 40, plan, float(n), state="blocked"))
    found = find_history(Settings(state_dir=str(tmp_path)))
    assert found
    return found


def drive(
    history: OpenHistory, use: Callable[..., Awaitable[None]], size: tuple[int, int] = (80, 24)
) -> None:
    """Use the app as a person does."""
    from handlers.watch_app import WatchApp  # noqa: PLC0415  # Textual takes most of a second

    async def run() -> None:
        app = WatchApp(history)
        async with app.run_test(size=size) as pilot:
            await wait_until(pilot, lambda: app.watched is not None)
            await use(app, pilot)

    asyncio.run(run())


def name_of(app: "WatchApp") -> str:
    return app.watched.name if app.watched else ""


async def wait_until(pilot: "Pilot[None]", is_so: Callable[[], bool]) -> None:
    for _ in range(300):
        if is_so():
            return
        await pilot.pause(0.02)
    raise AssertionError("it did not come")


@pytest.mark.slow
@pytest.mark.parametrize(
    ("key", "command"), [("a", "approve"), ("r", "retry"), ("p", "pause"), ("cy", "cancel")]
)
def test_a_key_does_what_the_command_of_that_name_does(
    history: OpenHistory, monkeypatch: pytest.MonkeyPatch, key: str, command: str
) -> None:
    """To the job that is chosen; cancelling asks first."""
    done, asked = threading.Event(), []

    def act(_history: OpenHistory, watched: WatchedJob) -> str:
        asked.append(watched.name)
        done.set()
        return "told [bold]\x1b[2J"

    monkeypatch.setattr(f"handlers.steer_job.{command}", act)

    async def use(app: "WatchApp", pilot: "Pilot[None]") -> None:
        if key == "cy":
            await pilot.press("c", "n")
            await pilot.pause(0.1)
            assert not done.is_set()
        await pilot.press(*key)
        await wait_until(pilot, done.is_set)
        assert app.is_running

    drive(history, use)
    assert asked == [f"{2:012x}"]


@pytest.mark.slow
def test_another_job_is_chosen_from_the_list_and_stays_so(history: OpenHistory) -> None:
    async def use(app: "WatchApp", pilot: "Pilot[None]") -> None:
        await wait_until(pilot, lambda: len(app.jobs) == 2)
        await pilot.press("down")
        await wait_until(pilot, lambda: name_of(app) == f"{1:012x}")
        await pilot.pause(1.0)
        assert name_of(app) == f"{1:012x}"

    drive(history, use)


@pytest.mark.slow
@pytest.mark.parametrize("size", [(80, 24), (60, 16), (20, 8), (140, 40)])
def test_a_hostile_title_is_text_on_a_screen_of_any_size(
    history: OpenHistory, size: tuple[int, int]
) -> None:
    """No markup of it is read, and nothing of it is sent to the terminal."""

    async def use(app: "WatchApp", pilot: "Pilot[None]") -> None:
        await wait_until(pilot, lambda: len(app.jobs) == 2)
        await pilot.press("e")
        await pilot.press("q")
        await pilot.press("question_mark")
        await pilot.press("escape")
        shown = html.unescape(app.export_screenshot()).replace("\xa0", " ")
        assert "\x1b" not in shown
        assert "\u202e" not in shown
        if size[0] >= 60:
            assert "[2J[bold]x[/]" in shown

    drive(history, use, size)


@pytest.mark.slow
def test_nothing_to_approve_is_said_and_a_database_that_is_away_ends_nothing(
    history: OpenHistory, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def use(app: "WatchApp", pilot: "Pilot[None]") -> None:
        told: list[str] = []
        monkeypatch.setattr(app, "notify", lambda text, **_how: told.append(text))
        await pilot.press("a")
        await wait_until(pilot, lambda: any("nothing is to be approved" in text for text in told))
        (tmp_path / "bricklayer.sqlite").rename(tmp_path / "away")
        (tmp_path / "bricklayer.sqlite").write_text("no database")
        await pilot.pause(1.5)
        (tmp_path / "bricklayer.sqlite").unlink()
        (tmp_path / "away").rename(tmp_path / "bricklayer.sqlite")
        assert app.is_running
        await pilot.press("q")

    drive(history, use)
