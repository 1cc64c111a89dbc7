"""Servers with different pasts, each begun when a test first asks for it and kept for the rest."""

from collections.abc import Callable, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from fake_github.server import serving
from support.machine import Machine

from bot.config.machine import Settings
from browser.hurtful_jobs import HURTFUL, make_many
from browser.inspection import Looked
from browser.night import write_night, write_tickets
from browser.served_night import serve_night

MANY = 1000


def write_much(settings: Settings) -> None:
    """More jobs than anybody reads, and among the newest those whose texts hurt."""
    write_tickets(settings, make_many(MANY))
    write_night(settings, HURTFUL)


PASTS: Mapping[str, Callable[[Settings], None]] = {
    "an empty database": lambda _settings: None,
    "a night": write_night,
    "a thousand jobs and hurtful texts": write_much,
}
NIGHT, MUCH = "a night", "a thousand jobs and hurtful texts"


@dataclass
class Worlds:
    """`looked` is what was found on each page of a machine, once that was done."""

    room: Path
    stack: ExitStack
    machines: dict[str, Machine] = field(default_factory=dict)
    looked: dict[str, list[Looked]] = field(default_factory=dict)

    def open(self, name: str) -> Machine:
        if name not in self.machines:
            github = self.stack.enter_context(serving())
            served = serve_night(self.room / str(len(self.machines)), github, PASTS[name])
            self.machines[name] = self.stack.enter_context(served)
        return self.machines[name]
