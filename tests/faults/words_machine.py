"""The machine that serves GitHub's stand-in, with the models of the twelve words over HTTP."""

import os
import signal
import threading
import time
from dataclasses import dataclass
from pathlib import Path

import psutil
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.machine import Machine, headline, pull_of, status

from bot.locks import find_live_holder
from faults.twelve import FILES
from faults.word_models import TIERS, WordModels

REPO = "octocat/words"
PAUSE = threading.Event()
STUCK = ("blocked", "paused", "cancelled")


@dataclass
class WordsMachine(Machine):
    """`bricklayer serve` or `worker`, its process group and its child to be killed apart."""

    words: WordModels | None = None
    lanes: int = 3
    tiers: tuple[str, ...] = TIERS
    sweep_seconds: float = 60.0
    model_url: str = ""
    limits: str = ""
    """Lines of `[github]`, then tables of their own."""
    own_group: bool = True
    reflection: bool = False
    """Each call to a model is one of the twelve tasks'."""

    def write(self) -> Path:
        assert self.words
        lanes = "".join(f'[[lanes]]\nname = "lane-{n}"\n' for n in range(self.lanes))
        tiers = self.words.settings(self.model_url, tiers=self.tiers)
        self.more = f"sweep_seconds = {self.sweep_seconds}\n{self.limits}{lanes}{tiers}"
        return super().write()

    def start(self) -> None:
        temporary = self.room / "tmp"
        temporary.mkdir(parents=True, exist_ok=True)
        self.env = {"OPENAI_API_KEY": "none", "TMPDIR": str(temporary), **self.env}
        super().start()

    def signal_group(self, number: int) -> None:
        assert self.process
        os.killpg(self.process.pid, number)

    def kill_group(self) -> None:
        assert self.process
        self.signal_group(signal.SIGKILL)
        self.process.wait(30)

    def list_processes(self) -> list[psutil.Process]:
        """The command's own first, and all below it."""
        assert self.process
        own = psutil.Process(self.process.pid)
        return [own, *own.children(recursive=True)]

    def find_builder(self) -> psutil.Process | None:
        """The worker process that builds, by the job's lock that it holds."""
        for lock in (self.room / "state").glob("jobs/*/lock"):
            if pid := find_live_holder(lock):
                return psutil.Process(pid)
        return None


def words_issue(github: GitHub) -> Issue:
    """The repository, with CI, and the issue; `mona` may write there."""
    github.person("mona", permission="write")
    github.repo(REPO, FILES)
    github.ci_on(REPO)
    by = github.person("hubot-fan")
    return github.issue(REPO, "Twelve words", "Write twelve words.", by=by)


def end_ticket(github: GitHub, issue: Issue, machine: Machine) -> None:
    """From where CI is waited for to the end of what the bot does by itself."""
    reach(issue, machine, "waiting for CI")
    github.ci(pull_of(issue).head_sha, "green")
    reach(issue, machine, "ready for review")


def reach(issue: Issue, machine: Machine, *wanted: str, patience: float = 300.0) -> None:
    """Wait while something goes on, however slowly on a machine that does much else beside.

    Fails at once where the job has come to an end from which it does not go on by itself.
    """
    seen, since = (headline(issue), 0), time.monotonic()
    while (at := headline(issue)) not in wanted:
        told = f"{status(issue)}\n{machine.told()}"
        assert at not in {*STUCK} - {*wanted}, told
        calls = (
            len(machine.words.calls) if isinstance(machine, WordsMachine) and machine.words else 0
        )
        if (at, calls) != seen:
            seen, since = (at, calls), time.monotonic()
        assert time.monotonic() - since < patience, told
        PAUSE.wait(0.05)
