"""What `bricklayer doctor` looks at, the machine first."""

from collections.abc import Iterator

from bot.config import Settings
from runners.health.finding import Finding
from runners.health.machine import machine
from runners.health.models import models
from runners.health.reach import reach

__all__ = ["Finding", "examine"]


def examine(settings: Settings, *, ask: bool = False) -> Iterator[Finding]:
    """All there is to find. Changes nothing that is not put back; `ask`: each model a word."""
    yield from machine(settings)
    yield from models(settings, ask=ask)
    yield from reach(settings)
