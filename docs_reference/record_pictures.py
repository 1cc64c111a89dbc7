"""Draws the pictures of a run and of `bricklayer watch`: real ones, of the demo's job.

Run by `make pictures`. The models are scripted; commits, times and tokens are those of that run.
In the picture of `watch` the clock and the tokens so far are set, for what it shows stands still.
"""

import asyncio
import io
import itertools
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pyte
from rich.console import Console
from rich.style import Style
from rich.text import Text

if TYPE_CHECKING:
    from handlers.watch_app import WatchApp
    from runners.history.watch_job import WatchedJob
    from runners.progress import Activity

ROOT = Path(__file__).parents[1]
IMAGES = ROOT / "docs" / "images"
BRICKLAYER = Path(sys.executable).with_name("bricklayer")
DEMO = ROOT / "demo"
COLUMNS, MAX_ROWS = 104, 200
WATCH_SIZE = (96, 28)
WAIT_SECONDS = 240.0
SETTINGS = """\
[tiers.local]
models = ["script:{room}/qwen2.5-coder-7b"]

[tiers.senior]
models = ["script:{room}/senior"]
price_in = 3.0
price_out = 15.0
"""
TWO_LANES = '[[lanes]]\nname = "gpu-0"\n\n[[lanes]]\nname = "gpu-1"\n'
SLOW_TASKS = {"local": "add-interest", "senior": "write-statement"}
SHOWN_TOKENS = {"local": (31, 6.0), "senior": (147, 8.0)}
"""Of each reply in the picture: how many have come, and for how many seconds."""
MIN_TOKENS = 5
NOW = 1_700_000_000.0


def main() -> int:
    IMAGES.mkdir(parents=True, exist_ok=True)
    for name, draw in (("run", draw_run), ("watch", draw_watch)):
        with tempfile.TemporaryDirectory(prefix="bricklayer-") as folder:
            (IMAGES / f"{name}.svg").write_text(draw(Path(folder)), encoding="utf-8")
    return 0


def prepare(room: Path, settings: str, *, slow: bool = False) -> dict[str, str]:
    """The demo in a room of its own, and its environment; `slow`: replies come while one looks."""
    shutil.copytree(DEMO / "bank", room / "bank")
    for tier, name in (("local", "qwen2.5-coder-7b"), ("senior", "senior")):
        text = (DEMO / f"{tier}.md").read_text(encoding="utf-8")
        (room / name).write_text(slow_down(text, tier) if slow else text, encoding="utf-8")
    plan = (DEMO / "job.md").read_text(encoding="utf-8")
    (room / "job.md").write_text(put_in_order(plan, slow=slow), encoding="utf-8")
    (room / "bricklayer.toml").write_text(settings.format(room=room), encoding="utf-8")
    who = {"NAME": "Demo", "EMAIL": "demo@example.com"}
    person = {f"GIT_{role}_{key}": v for role in ("AUTHOR", "COMMITTER") for key, v in who.items()}
    own = {
        "BRICKLAYER_CONFIG": str(room / "bricklayer.toml"),
        "XDG_STATE_HOME": str(room / "state"),
        "GIT_CONFIG_GLOBAL": os.devnull,
    }
    env = {**os.environ, **person, **own}
    commit = ("commit", "-q", "-m", "A bank whose withdrawals add money")
    for args in (("init", "-q", "-b", "main"), ("add", "-A"), commit):
        subprocess.run(["git", *args], cwd=room / "bank", env=env, timeout=60, check=True)
    return env


def put_in_order(plan: str, *, slow: bool) -> str:
    """One task after another, whichever thread is quicker; the slow ones at the end, together."""
    interest, statement = "- file: interest.py\n", "- file: statement.py\n- after: "
    last = "note-the-change" if slow else "add-interest"
    plan = plan.replace(f"{statement}fix-withdraw", f"{statement}{last}")
    plan = plan.replace("- after: fix-withdraw\n- exists", "- after: cover-withdraw\n- exists")
    return plan.replace(interest, f"{interest}- after: note-the-change\n")


def slow_down(text: str, tier: str) -> str:
    """The last reply of each tier takes longer than it takes to look at it."""
    return re.sub(
        rf"^(## reply: {SLOW_TASKS[tier]}\b.*)$", r"\1, slow 60", text, flags=re.MULTILINE
    )


def draw_run(room: Path) -> str:
    """What stays on a terminal, in its colours."""
    env = prepare(room, SETTINGS)
    argv = [str(BRICKLAYER), "run", f"{room}/job.md", "--repo", f"{room}/bank"]
    colours = {"FORCE_COLOR": "1", "COLUMNS": str(COLUMNS), "TERM": "xterm-256color"}
    done = subprocess.run(
        argv, env={**env, **colours}, capture_output=True, timeout=600, check=True
    )
    # The lines that were there only while it ran are gone, as they are on a terminal.
    screen = pyte.Screen(COLUMNS, MAX_ROWS)
    pyte.ByteStream(screen).feed(done.stdout.replace(b"\n", b"\r\n"))
    console = Console(record=True, width=COLUMNS, file=io.StringIO(), force_terminal=True)
    console.print(Text("$ bricklayer run job.md", "bold"))
    for line in list_rows(screen):
        console.print(line, soft_wrap=True)
    return console.export_svg(title="bricklayer run", unique_id="run")


def list_rows(screen: pyte.Screen) -> list[Text]:
    rows = [read_row(screen, at) for at in range(screen.cursor.y)]
    # The last line names a folder that nobody has.
    last = next(at for at, row in enumerate(rows) if row.plain.startswith("what each attempt saw"))
    return rows[:last]


def read_row(screen: pyte.Screen, at: int) -> Text:
    cells = [screen.buffer[at][column] for column in range(COLUMNS)]
    row = Text()
    for (colour, bold), same in itertools.groupby(cells, key=lambda cell: (cell.fg, cell.bold)):
        named = None if colour == "default" else colour.replace("brown", "yellow")
        row.append("".join(cell.data for cell in same), Style(color=named, bold=bold))
    row.rstrip()
    return row


def draw_watch(room: Path) -> str:
    """A moment at which two lanes are at work: another process builds."""
    env = prepare(room, SETTINGS + TWO_LANES, slow=True)
    argv = [str(BRICKLAYER), "run", f"{room}/job.md", "--repo", f"{room}/bank"]
    said = subprocess.DEVNULL
    with subprocess.Popen(argv, env=env, stdout=said, stderr=said) as run:
        try:
            return asyncio.run(take_screenshot(env))
        finally:
            run.send_signal(signal.SIGTERM)


async def take_screenshot(env: Mapping[str, str]) -> str:
    from bot.config.machine import read_settings  # noqa: PLC0415  # what only this picture needs
    from handlers import watch_app  # noqa: PLC0415
    from runners.history.open_history import find_history  # noqa: PLC0415

    os.environ |= {name: env[name] for name in ("BRICKLAYER_CONFIG", "XDG_STATE_HOME")}
    end = time.monotonic() + WAIT_SECONDS
    while (history := find_history(read_settings())) is None:
        require_time(end)
        await asyncio.sleep(0.2)
    app = watch_app.WatchApp(history)
    async with app.run_test(size=WATCH_SIZE) as pilot:
        while not is_telling(app):
            require_time(end)
            await pilot.pause(0.2)
        watched = app.watched
        assert watched is not None  # noqa: S101  # it is telling
        # From here on nothing moves: neither what is read, nor the clock.
        app.workers.cancel_all()
        watch_app.LOOK_SECONDS = watch_app.JOBS_SECONDS = 1e9
        vars(watch_app)["time"] = SimpleNamespace(time=lambda: NOW)  # its clock
        app._try = lambda _look: None  # type: ignore[assignment,method-assign]  # noqa: SLF001
        app._show_fault = lambda: None  # type: ignore[method-assign]  # noqa: SLF001
        await pilot.pause(1.0)
        still = stop_clock(watched)
        app.show_jobs([still.summary])
        app.show_job(still)
        await pilot.pause(0.5)
        drawn = app.export_screenshot(title="bricklayer watch")
        return re.sub(r"\bterminal-\d+", "terminal-1", drawn)


def require_time(end: float) -> None:
    if time.monotonic() > end:
        raise TimeoutError("the demo's job did not come so far")


def is_telling(app: "WatchApp") -> bool:
    """Whether both replies are coming, and all else that could be done is."""
    watched = app.watched
    if watched is None:
        return False
    asks = [each for each in watched.seen.running if each.tokens > MIN_TOKENS]
    return len(asks) == len(SLOW_TASKS)


def stop_clock(watched: "WatchedJob") -> "WatchedJob":
    """The same at a moment that is always the same."""
    running = sorted(map(stop_activity, watched.seen.running), key=lambda each: each.tier)
    # Which lane has which task is chance.
    running = [replace(each, lane=f"gpu-{at}") for at, each in enumerate(running)]
    lanes = tuple((each.lane, each.task) for each in running)
    seen = replace(watched.seen, running=tuple(running), lanes=lanes)
    state = f"building, task 5 of 6 ({', '.join(each.task for each in running)})"
    summary = replace(watched.summary, began=NOW - 75.0, state=state)
    return replace(watched, began=NOW - 75.0, seen=seen, summary=summary)


def stop_activity(state: "Activity") -> "Activity":
    tokens, seconds = SHOWN_TOKENS[state.tier]
    reply = (DEMO / f"{state.tier}.md").read_text(encoding="utf-8").partition("```python")[2]
    lines = ("```python" + reply).splitlines(keepends=True)
    tail = "".join(lines[: 5 if state.tier == "local" else 12])
    began = NOW - seconds - 3.0
    return replace(state, began=began, heard=NOW, first=NOW - seconds, tokens=tokens, tail=tail)


if __name__ == "__main__":
    sys.exit(main())
