"""A project to build in: a real repository, a config, scripted models, and the real command."""

import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from support.template_client import COMMAND as BRICKLAYER
from support.template_client import KILLED_AT

CONFIG = """\
[checks.test]
run = "python3 -m unittest -q"
timeout = 20

[checks.true]
run = "test -f bank.py || exit 1; exit 0; :"

[checks.gone]
run = "no-such-program"
"""
BANK = """\
def withdraw(balance, amount):
    return balance + amount
"""
TEST = """\
import unittest

from bank import withdraw


class Withdraw(unittest.TestCase):
    def test_subtracts(self):
        self.assertEqual(withdraw(5, 2), 3)
"""


@dataclass(frozen=True)
class Project:
    room: Path

    @property
    def repo(self) -> Path:
        return self.room / "repo"

    def git(self, *args: str) -> str:
        argv = ["git", *args]
        done = subprocess.run(
            argv, cwd=self.repo, capture_output=True, text=True, timeout=30, check=True
        )
        return done.stdout.strip()

    def begin(self) -> None:
        """A repository with the bank, its test and its settings."""
        self.repo.mkdir(parents=True)
        self.git("init", "-q", "-b", "main", "--template=")
        for path, text in (
            (".bricklayer.toml", CONFIG),
            ("bank.py", BANK),
            ("tests/__init__.py", ""),
            ("tests/test_bank.py", TEST),
        ):
            self.write(path, text)
        self.commit()

    def write(self, path: str, text: str) -> None:
        file = self.repo / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)

    def commit(self) -> None:
        self.git("add", "-A")
        self.git("commit", "-qm", "state", "--allow-empty")

    def plan(self, body: str, head: str = "checks: [test]") -> Path:
        plan = self.room / "job.md"
        plan.write_text(f"---\ntitle: Mend it\n{head}\n---\nWhy.\n\n## Phase: Do\n\n{body}")
        return plan

    def models(self, local: str = "", senior: str = "", planner: str = "") -> None:
        lines = []
        for tier, text in (("local", local), ("senior", senior), ("planner", planner)):
            if text:
                (self.room / f"{tier}.md").write_text(text)
                lines.append(
                    f'[tiers.{tier}]\nmodels = ["script:{self.room}/{tier}.md"]\nretries=0\n'
                )
        (self.room / "bricklayer.toml").write_text("\n".join(lines))

    def agent(self, *attempts: Sequence[str], task: str = "fix") -> None:
        """The local tier by tools: for each attempt at the task what the model says in its turns."""
        said = [
            f"## reply: {task}, attempt {number}\n{text}\n"
            for number, turns in enumerate(attempts, 1)
            for text in turns
        ]
        self.models(local="\n".join(said))
        with (self.room / "bricklayer.toml").open("a") as settings:
            settings.write('mode = "agent"\n')

    def start(self, *args: str | Path, program: str = BRICKLAYER) -> subprocess.Popen[str]:
        env = {
            **os.environ,
            "BRICKLAYER_CONFIG": str(self.room / "bricklayer.toml"),
            "XDG_STATE_HOME": str(self.room / "state"),
        }
        return subprocess.Popen(
            [program, *map(str, args)],
            cwd=self.repo,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    def bricklayer(self, *args: str | Path) -> tuple[int, str]:
        """Exit code and everything printed."""
        return self.finish(self.start(*args))

    def finish(self, process: subprocess.Popen[str]) -> tuple[int, str]:
        try:
            out, _ = process.communicate(timeout=500)
        finally:
            process.kill()
        return process.returncode, out

    def killed_at(
        self, point: str, when: Literal["before", "after"], *args: str | Path, call: int = 1
    ) -> str:
        """Kill -9 at one of `support.kill_points`; everything printed until then."""
        argv = (KILLED_AT, point, when, str(call), *args)
        code, out = self.finish(self.start(*argv, program=sys.executable))
        assert code == -signal.SIGKILL, f"{when} {point}: {out}"
        return out

    def killed_after(self, lines: int, *args: str | Path) -> tuple[int, str]:
        """Kill -9 when that many lines are printed; exit code -9, or its own if it ended before."""
        process = self.start(*args)
        assert process.stdout
        seen = []
        for line in process.stdout:
            seen.append(line)
            if len(seen) == lines:
                process.send_signal(signal.SIGKILL)
        process.stdout.close()
        return process.wait(timeout=30), "".join(seen)

    def landed(self, branch: str = "bricklayer/mend-it") -> list[str]:
        """Task ids of the commits on the branch, oldest first."""
        form = "--format=%(trailers:key=Bricklayer-Task,valueonly,separator=)"
        return self.git("log", "--reverse", form, f"main..{branch}").split()
