"""What a task costs beyond its checks: exact blocks, a trivial check, one lane, warm.

Jobs of 1 and of 6 tasks in a chain; their difference over 5 is a task's wall time with start-up
left out. Each task runs its check twice (preflight, then proof): what the same sandboxed check
takes by itself is measured in the same run and taken off. What is left still holds all git does.
"""

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bot.config import RepoConfig, Settings
from runners.sandbox import open_sandbox

ROUNDS = 3
MORE = 5
BRICKLAYER = Path(sys.executable).with_name("bricklayer")
CONFIG = '[checks.seen]\nrun = "test -f"\n'


def main() -> None:
    with tempfile.TemporaryDirectory() as folder:
        room = Path(folder)
        repo = _repository(room)
        tasks, checks = [], []
        for number in range(ROUNDS + 1):
            long = _job(room, repo, MORE + 1, f"long-{number}")
            tasks.append((long - _job(room, repo, 1, f"short-{number}")) / MORE)
            checks.append(2 * _check(repo))
    rest = [task - check for task, check in zip(tasks, checks, strict=True)]
    for name, values in (("a task", tasks), ("its two checks", checks), ("the rest", rest)):
        print(f"{name:>14}: median {statistics.median(values[1:]) * 1000:6.1f} ms")


def _job(room: Path, repo: Path, tasks: int, name: str) -> float:
    plan = room / "job.md"
    parts = [_task(number) for number in range(tasks)]
    head = f"---\ntitle: {name}\nchecks: [true]\n---\nBench.\n\n## Phase: Do\n\n"
    plan.write_text(head + "\n".join(parts))
    env = {**os.environ, "XDG_STATE_HOME": str(room / "state"), "XDG_CONFIG_HOME": str(room)}
    argv = [BRICKLAYER, "run", plan, "--repo", repo]
    began = time.monotonic()
    subprocess.run(argv, env=env, check=True, timeout=300, stdout=subprocess.DEVNULL)
    return time.monotonic() - began


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
