"""The bot's own parts in this very process, against GitHub's stand-in: no server, no worker."""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from fake_github.issues import Issue
from fake_github.world import GitHub

from bot.config.machine import parse_settings
from bot.github.account import Account
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from handlers.dispatch import dispatch_event
from handlers.sweep import sweep
from handlers.worker import handle_delivery
from runners.tickets.advance import advance_ticket
from runners.tickets.services import Services, open_services
from support.machine import Machine, bank, status

SECRET = "a-webhook-secret-of-some-length"  # noqa: S105


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
def inside(room: Path, github: GitHub, *, hook: bool = True, **machine: object) -> Iterator[Inside]:
    text = Machine(room, github, **machine).write().read_text()  # type: ignore[arg-type]
    chosen = parse_settings(text)
    env = {"BRICKLAYER_WEBHOOK_SECRET": SECRET}
    made = Inside(open_services(chosen, Account(chosen.github, env)))
    made.services.wake = made.woken.append
    if hook:
        github.hook(made.hear, SECRET)
    yield made
    made.services.stop_all()


def built(github: GitHub, bot: Inside) -> Issue:
    """An issue that was labelled, planned and built: it waits for CI."""
    issue = bank(github)
    github.ci_on("octocat/bank")
    issue.label("bricklayer", by=github.person("mona"))
    assert bot.advance().stage is Stage.CI, status(issue)
    return issue
