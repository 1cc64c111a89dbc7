"""A whole machine that serves GitHub's stand-in: the real command, the real webhook, real git."""

import os
import secrets
import socket
import subprocess
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fake_github.issues import Issue
from fake_github.pulls import Pull
from fake_github.world import GitHub

from bot.ticket.hidden_line import OWN_MARK
from support.project import BRICKLAYER

BANK = "def withdraw(balance, amount):\n    return balance + amount\n"
TEST = """\
import unittest

from bank import withdraw


class Withdraw(unittest.TestCase):
    def test_subtracts(self):
        self.assertEqual(withdraw(5, 2), 3)
"""
CONFIG = """\
[checks.test]
run = "python3 -m unittest -q"
timeout = 20

[ci]
settle = 0.2
grace = 20
"""
GOOD = "def withdraw(balance, amount):\n    return balance - amount\n"
FILES = {"bank.py": BANK, "test_bank.py": TEST, ".bricklayer.toml": CONFIG}
PLAN = """\
---
title: Withdraw must subtract
checks: [test]
---
It adds; it must subtract.

## Phase: Implement

### Task: fix-withdraw
- file: bank.py
- check: test

withdraw() must subtract the amount.
"""
PATIENCE = 150.0


def said(text: str, key: str = "plan") -> str:
    """A scripted model's reply to one key."""
    return f"## reply: {key}\n\n{text}\n"


def whole(path: str, text: str) -> str:
    return f"```python file={path}\n{text}```\n"


MENDED = "def withdraw(balance, amount):\n    left = balance - amount\n    return left\n"
KIND = (
    "def withdraw(balance, amount):\n"
    "    if amount <= 0:\n"
    "        raise ValueError(amount)\n"
    "    return balance - amount\n"
)
MODELS = {
    "planner": said(PLAN),
    "local": said(whole("bank.py", GOOD), "fix-withdraw")
    + said(whole("bank.py", MENDED), "mend-1")
    + said(whole("bank.py", KIND), "/A reviewer wrote/"),
}


@dataclass
class Machine:
    """The GPU box. `models` are scripts by tier; `serve` starts the real command there."""

    room: Path
    github: GitHub
    models: dict[str, str] = field(default_factory=dict)
    more: str = ""
    database: str = ""
    env: dict[str, str] = field(default_factory=dict)
    secret: str = field(default_factory=lambda: secrets.token_hex(16))
    hook: bool = True
    reflection: bool = True
    process: "subprocess.Popen[bytes] | None" = None
    port: int = 0
    command: str = "serve"
    program: tuple[str, ...] = (BRICKLAYER,)
    """What is given the command's name."""
    own_group: bool = False
    """So that it can be killed with all that it started."""

    def write(self) -> Path:
        """The machine's settings, with an App that is installed on every repository."""
        app = self.github.app()
        if not app.installations:
            app.install("octocat")
        key = self.room / "app.pem"
        key.touch(0o600)
        key.write_text(app.private_key)
        lines = [f'state_dir = "{self.room / "state"}"']
        lines += [f'database_url = "{self.database}"'] if self.database else []
        lines += [] if self.reflection else ["reflection = false"]
        lines += ["[github]", f'api_url = "{self.github.api_url}"', f"app_id = {app.id}"]
        lines += [f'private_key_file = "{key}"', f"port = {self.port}", self.more]
        for tier, text in self.models.items():
            script = self.room / f"{tier}.md"
            script.write_text(text)
            lines += [f"[tiers.{tier}]", f'models = ["script:{script}"]']
        lines += [] if "[queues]" in self.more else ["[queues]", "poll = 0.2"]
        self.config.write_text("\n".join(lines))
        return self.config

    def start(self) -> None:
        self.port = self.port or free_port()
        env = {**os.environ, **self.env, "BRICKLAYER_CONFIG": str(self.write())}
        env["BRICKLAYER_WEBHOOK_SECRET"] = self.secret
        own = self.own_group
        with self.log.open("ab") as log:
            argv = [*self.program, self.command]
            self.process = subprocess.Popen(
                argv, env=env, stdout=log, stderr=log, cwd=self.room, start_new_session=own
            )
        if self.command != "serve":
            until(lambda: "takes from" in self.told(), self.told)
            return
        until(self.answers, self.told)
        if self.hook:
            self.github.hook(f"http://127.0.0.1:{self.port}/webhook", self.secret)

    @property
    def config(self) -> Path:
        return self.room / "bricklayer.toml"

    @property
    def log(self) -> Path:
        return self.room / "serve.log"

    def told(self) -> str:
        return self.log.read_text(errors="replace")[-6000:]

    def answers(self) -> bool:
        assert self.process is None or self.process.poll() is None, self.told()
        with socket.socket() as probe:
            return probe.connect_ex(("127.0.0.1", self.port)) == 0

    def kill(self) -> None:
        """As a loss of power would end it."""
        assert self.process
        self.process.kill()
        self.process.wait(30)

    def stop(self) -> None:
        if self.process and self.process.poll() is None:
            self.process.terminate()
            self.process.wait(30)


def until(holds: Callable[[], object], told: Callable[[], str], patience: float = PATIENCE) -> None:
    """Wait until something holds; if it never does, say what the machine said."""
    end = time.monotonic() + patience
    tick = threading.Event()
    while not holds():
        assert time.monotonic() < end, told()
        tick.wait(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def status(issue: Issue) -> str:
    """The bot's one comment on an issue, empty before there is one."""
    by_bot = [c.body for c in issue.comments if c.author.login == "bricklayer[bot]"]
    bodies = [body for body in by_bot if body.startswith(OWN_MARK)]
    assert len(bodies) <= 1, "one comment for each issue"
    return bodies[0] if bodies else ""


def headline(issue: Issue) -> str:
    lines = status(issue).splitlines()
    return next((line.partition(": ")[2] for line in lines if line.startswith("### ")), "")


def pull_of(issue: Issue) -> Pull:
    """The one open pull request of the repository's bot."""
    open_ = [p for p in issue.repo.pulls if p.state == "open"]
    assert len(open_) == 1, open_
    return open_[0]


@contextmanager
def machine_for(room: Path, github: GitHub, **settings: object) -> Iterator[Machine]:
    made = Machine(room, github, **settings)  # type: ignore[arg-type]
    try:
        yield made
    finally:
        made.stop()


def bank(github: GitHub, files: Mapping[str, str | None] | None = None) -> Issue:
    """A repository with a fault, people who may and may not, and an issue that names the fault."""
    github.person("mona", permission="write")
    github.person("stranger")
    kept = {**FILES, **(files or {})}
    github.repo("octocat/bank", {path: text for path, text in kept.items() if text is not None})
    by = github.person("hubot-fan")
    return github.issue("octocat/bank", "withdraw adds", "bank.py: it must subtract.", by=by)


def waits(machine: Machine, issue: Issue, wanted: str) -> None:
    """Until the status comment says so."""
    until(lambda: headline(issue) == wanted, lambda: f"{status(issue)}\n{machine.told()}")
