"""A state folder with things of any age in it, as `bricklayer gc` finds it."""

import os
import subprocess
from pathlib import Path

from bot.config.machine import KeptDays
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.ledger import LedgerRow
from bot.storage.jobs import JobRow, Store
from bot.storage.tickets import TicketStore
from bot.ticket.keys import shown_mark
from bot.ticket.model import Ticket, Where
from bot.ticket.stages import Stage
from runners.housekeeping.removal import DAY_SECONDS

NOW = 1_900_000_000.0
KEEP = KeptDays(stories=10, evidence=20, history=40)


def set_age(days: float, *paths: Path) -> None:
    for path in paths:
        for each in (*path.rglob("*"), path) if path.is_dir() else (path,):
            os.utime(each, (NOW - days * DAY_SECONDS,) * 2)


def add_job(store: Store, state: Path, days: float, job_state: str = "passed") -> Path:
    """A job's folder, with something of each kind in it, last changed so many days ago."""
    name = f"{len([*state.glob('jobs/*')]):012x}"
    folder = state / "jobs" / name
    for path in ("lanes/of-1/lane-0/tree/a", "evidence/run-1/fix-1.txt", "story.sqlite"):
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text("x" * 5000)
    at = NOW - days * DAY_SECONDS
    (folder / "events.jsonl").write_text('{"type": "begin", "at": "then"}\n')
    store.save_job(JobRow(name, str(state / "repo"), "b", "0" * 40, "", at, state=job_state))
    store.save_attempt(name, 1, LedgerRow("fix", 1, "local", "m"))
    set_age(days, folder)
    return folder


def make_ticket(desk: TicketStore, issue: int, stage: str) -> Ticket:
    ticket = Ticket(Where("o/r", 7), issue, stage=Stage(stage))
    assert desk.add_ticket(ticket)
    desk.write_mark(shown_mark(ticket.key), "x")
    return ticket


def write_blob(repo: Repo, text: str) -> str:
    return repo.read_output("hash-object", "-w", "--stdin", stdin=text.encode()).strip()


def commit(repo: Repo, text: str) -> str:
    tree = write_tree(repo, repo.read_output("mktree", stdin=b"").strip(), {"a": text.encode()})
    env = {"GIT_AUTHOR_NAME": "a", "GIT_AUTHOR_EMAIL": "a@example.org"}
    env |= {name.replace("AUTHOR", "COMMITTER"): value for name, value in env.items()}
    return repo.read_output("commit-tree", tree, "-m", text, env=env).strip()


def exists(repo: Repo, sha: str) -> bool:
    argv = ["git", "--git-dir", str(repo.git_dir), "cat-file", "-e", sha]
    return subprocess.run(argv, check=False, capture_output=True, timeout=20).returncode == 0
