"""The bot's own parts in this very process, against GitHub's stand-in: no server, no worker."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from fake_github.issues import Issue
from fake_github.world import GitHub

from bot.config.machine import parse_settings
from bot.git.references import move_branch
from bot.github.account import Account
from bot.job_states import TaskState
from bot.ticket.model import Ticket
from bot.ticket.progress import EndedTask, Round
from bot.ticket.stages import Stage
from handlers.dispatch import dispatch_event
from handlers.sweep import sweep
from handlers.worker import handle_delivery
from runners.tickets.advance import advance_ticket
from runners.tickets.plan_file import plan_path
from runners.tickets.services import Services, open_services
from support.machine import GOOD, PLAN, Machine, bank, status
from support.tickets import amend

BRANCH = "bricklayer/1-withdraw-must-subtract"
BUILT = "fix-withdraw: subtract\n\nBricklayer-Job: 1234567890ab\nBricklayer-Task: fix-withdraw\n"
SECRET = "a-webhook-secret-of-some-length"  # noqa: S105


@dataclass
class Clock:
    """This machine's, set on by a test: in seconds that it is ahead."""

    ahead: float = 0.0

    def __call__(self) -> float:
        return time.time() + self.ahead

    def reach(self, at: float) -> None:
        """A moment after that time."""
        self.ahead += max(0.0, at - self()) + 1.0


@dataclass
class Inside:
    """Hears each webhook at once. `woken` are the tickets that would be looked at, in order."""

    services: Services
    woken: list[str] = field(default_factory=list)

    def hear(self, headers: Mapping[str, str], body: bytes) -> int:
        from bot.storage.tickets import Delivery  # noqa: PLC0415

        event = headers["X-GitHub-Event"]
        handle_delivery(
            Delivery("x", event, body, 0.0), lambda told: dispatch_event(self.services, told)
        )
        return 202

    def told(self, event: str, payload: object) -> None:
        self.hear({"X-GitHub-Event": event}, json.dumps(payload).encode())

    @property
    def tickets(self) -> list[Ticket]:
        return self.services.tickets.list_tickets()

    @property
    def ticket(self) -> Ticket:
        (one,) = self.tickets
        return one

    def sweep(self) -> None:
        sweep(self.services)

    def advance(self) -> Ticket:
        advance_ticket(self.services, self.ticket.key)
        return self.ticket


@contextmanager
def inside(
    room: Path,
    github: GitHub,
    *,
    hook: bool = True,
    clock: Callable[[], float] = time.time,
    patient: bool = True,
    **machine: object,
) -> Iterator[Inside]:
    """`clock` is this machine's; where it is not `patient`, no pause is slept."""
    text = Machine(room, github, **machine).write().read_text()  # type: ignore[arg-type]
    chosen = parse_settings(text)
    env = {"BRICKLAYER_WEBHOOK_SECRET": SECRET}
    quick: dict[str, Any] = {} if patient else {"sleep": lambda _: None, "backoff": 0}
    made = Inside(open_services(chosen, Account(chosen.github, env, clock=clock, **quick)))
    made.services.now = clock
    made.services.wake = made.woken.append
    if hook:
        github.hook(made.hear, SECRET)
    yield made
    made.services.stop_all()


def placed(
    github: GitHub,
    bot: Inside,
    stage: Stage,
    files: Mapping[str, str] | None = None,
    **more: object,
) -> Issue:
    """As `built`, but nothing was planned or built: branch and pull request stand as if it were."""
    issue = bank(github, files)
    mona, us, repo = github.person("mona"), github.app().bot, issue.repo
    issue.label("bricklayer", by=mona)
    plan = repo.push(BRANCH, {plan_path(BRANCH): PLAN}, by=us, message="Plan")
    pull = repo.open_pull(BRANCH, "main", "Withdraw", us, "Closes #1", draft=True)
    head = repo.push(BRANCH, {"bank.py": GOOD, plan_path(BRANCH): None}, by=us, message=BUILT)
    remote = bot.services.open_mirror(bot.ticket)
    remote.fetch()
    move_branch(remote.repo, BRANCH, head, "")
    passed = (EndedTask("fix-withdraw", TaskState.PASSED, commit=head, phase="Implement"),)
    state = {"base": repo.git.sha("main"), "branch": BRANCH, "plan_commit": plan, "head": head}
    state |= {"pull": pull.number, "round": Round("plan", PLAN, plan), "tasks": passed}
    placed_ticket = amend(bot.ticket, stage=stage, **{**state, **more})
    bot.services.tickets.change_ticket(placed_ticket.key, lambda _: placed_ticket)
    return issue


def built(github: GitHub, bot: Inside, files: Mapping[str, str] | None = None) -> Issue:
    """An issue that was labelled, planned and built: it waits for CI."""
    issue = bank(github, files)
    github.ci_on("octocat/bank")
    issue.label("bricklayer", by=github.person("mona"))
    assert bot.advance().stage is Stage.CI, status(issue)
    return issue
