"""What `bricklayer doctor` looks at, the machine first."""

from collections.abc import Iterator

from bot.config.machine import Settings
from runners.doctor.finding import Finding
from runners.doctor.github import examine_github
from runners.doctor.machine import examine_machine, examine_models

__all__ = ["Finding", "examine_all"]


def examine_all(settings: Settings, *, ask: bool = False) -> Iterator[Finding]:
    """All there is to find. Changes nothing that is not put back; `ask`: each model a word."""
    yield from examine_machine(settings)
    yield from examine_models(settings, ask=ask)
    yield from examine_github(settings)
