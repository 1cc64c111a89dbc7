"""What jobs leave on the disk: while they are young, and once all of it has come to its end."""

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from support.project import BANK, CONFIG, TEST

from bot.config.machine import Settings
from runners.history.open_history import find_history
from runners.housekeeping.clean_up import clean_up
from runners.housekeeping.removal import DAY_SECONDS, CleanUp, measure

BRICKLAYER = Path(sys.executable).with_name("bricklayer")
JOBS = 12
LARGE_BYTES = 2 << 20
"""A file of the repository, so that a checkout that stays is seen."""
PLAN = """\
---
title: Job {number}
checks: [test]
---

## Phase: do

### Task: note
- file: NOTE{number}
- exists: NOTE{number}

Write a note.
"""


def measure_disk() -> None:
    """A dozen jobs from one state folder; every other one is killed in the middle."""
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        env = _make(room)
        _run(room, env, 0, killed=False)
        state = room / "state"
        start = _measure(state)
        for number in range(1, JOBS + 1):
            _run(room, env, number, killed=number % 2 == 0)
        print(f"  start {start:,} B, after {JOBS} jobs {_measure(state):,} B")
        settings = Settings(state_dir=str(state / "bricklayer"))
        for days in (2, 15, 31, 91):
            options = CleanUp(settings, now=lambda days=days: time.time() + days * DAY_SECONDS)
            freed = sum(each.size for each in clean_up(options, find_history(settings)))
            left = _measure(state)
            print(f"  after {days} days: freed {freed:,} B, left {left:,} B, {left / start:.2f} x")


def _measure(state: Path) -> int:
    """SQLite keeps the room of removed rows, and uses it again: files of it are left out."""
    kept = sum(measure(path) for path in state.glob("bricklayer/bricklayer.sqlite*"))
    return measure(state) - kept


def _make(room: Path) -> dict[str, str]:
    repo = room / "repo"
    repo.mkdir()
    for name, text in (("bank.py", BANK), ("test_bank.py", TEST), (".bricklayer.toml", CONFIG)):
        (repo / name).write_text(text.replace("balance + amount", "balance - amount"))
    (repo / "large.bin").write_bytes(os.urandom(LARGE_BYTES))
    env = {**os.environ, "XDG_STATE_HOME": str(room / "state"), "HOME": str(room)}
    env |= {"BRICKLAYER_CONFIG": str(room / "bricklayer.toml")}
    name = ("-c", "user.name=a", "-c", "user.email=a@example.org")
    for argv in (("init", "-q", "-b", "main"), ("add", "-A"), (*name, "commit", "-qm", "begin")):
        subprocess.run(("git", *argv), cwd=repo, env=env, check=True)
    return env


def _run(room: Path, env: dict[str, str], number: int, *, killed: bool) -> None:
    """One that is killed is asked by a model that never ends."""
    script = room / f"{number}.md"
    script.write_text(f"## reply: note{', slow 600' if killed else ''}\n```\nhi\n```\n")
    settings = f'[tiers.local]\nmodels = ["script:{script}"]\n'
    (room / "bricklayer.toml").write_text(settings)
    plan = room / f"job{number}.md"
    plan.write_text(PLAN.format(number=number))
    argv = [str(BRICKLAYER), "run", str(plan)]
    process = subprocess.Popen(
        argv, cwd=room / "repo", env=env, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE
    )
    if killed:
        folders = room / "state" / "bricklayer" / "jobs"
        ends_at = time.monotonic() + 60
        while not [*folders.glob("*/lanes/*/*/tree")] and time.monotonic() < ends_at:
            time.sleep(0.1)
        process.kill()
    _, errors = process.communicate(timeout=300)
    if not killed and process.returncode:
        raise SystemExit(errors.decode())
