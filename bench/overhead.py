"""What a task costs beyond its checks: exact blocks, a trivial check, one lane, warm.

Jobs of 1 and of 6 tasks in a chain; their difference over 5 is a task's wall time with start-up
left out, and so with the time in git. Each task runs its check twice (preflight, then proof): what
the same sandboxed check takes by itself is measured in the same run. Both are taken off.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from runners.sandbox import open_sandbox

ROUNDS = 3
MORE = 5
BRICKLAYER = Path(__file__).with_name("git_timed.py")
CONFIG = '[checks.seen]\nrun = "test -f"\n'


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        repo = _repository(room)
        rounds = [_round(room, repo, number) for number in range(ROUNDS + 1)][1:]  # warm
    for at, name in enumerate(("a task", "its two checks", "its git", "the rest")):
        print(f"{name:>14}: median {statistics.median(r[at] for r in rounds) * 1000:6.1f} ms")


def _round(room: Path, repo: Path, number: int) -> tuple[float, float, float, float]:
    long, long_git = _job(room, repo, MORE + 1, f"long-{number}")
    short, short_git = _job(room, repo, 1, f"short-{number}")
    task, git = (long - short) / MORE, (long_git - short_git) / MORE
    checks = 2 * _check(repo)
    return task, checks, git, task - checks - git


def _job(room: Path, repo: Path, tasks: int, name: str) -> tuple[float, float]:
    """Seconds of the whole command, and those of them in git."""
    plan = room / "job.md"
    parts = [_task(number) for number in range(tasks)]
    head = f"---\ntitle: {name}\nchecks: [true]\n---\nBench.\n\n## Phase: Do\n\n"
    plan.write_text(head + "\n".join(parts))
    env = {**os.environ, "XDG_STATE_HOME": str(room / "state"), "XDG_CONFIG_HOME": str(room)}
    out = room / "git-seconds"
    argv = [sys.executable, BRICKLAYER, out, "run", plan, "--repo", repo]
    began = time.monotonic()
    subprocess.run(argv, env=env, check=True, timeout=300, stdout=subprocess.DEVNULL)
    return time.monotonic() - began, float(out.read_text())


def _task(number: int) -> str:
    after = f"- after: t{number - 1}\n" if number else ""
    return (
        f"### Task: t{number}\n- file: f{number}\n{after}- check: seen f{number}\n\n"
        f"Write it.\n\n```file=f{number}\n{number}\n```\n"
    )


def _check(repo: Path) -> float:
    sandbox = open_sandbox(Settings(), RepoConfig())
    began = time.monotonic()
    sandbox.run(["/bin/sh", "-c", 'test -f "$@"', "check", "a"], checkout=repo, timeout=60)
    return time.monotonic() - began


def _repository(room: Path) -> Path:
    repo = room / "repo"
    repo.mkdir()
    (repo / ".bricklayer.toml").write_text(CONFIG + '[checks.true]\nrun = "true"\n')
    (repo / "a").write_text("a\n")
    who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")
    for args in (("init", "-q"), ("add", "-A"), (*who, "commit", "-qm", "base")):
        subprocess.run(["git", *args], cwd=repo, check=True, timeout=60)
    return repo


if __name__ == "__main__":
    main()
