"""What `bricklayer doctor` examines: this machine, its models and its way to GitHub."""

from collections.abc import Iterator

from bot.config.machine import Settings
from runners.doctor.finding import Finding
from runners.doctor.github import examine_github
from runners.doctor.machine import examine_machine, examine_models

__all__ = ["Finding", "examine_all"]


def examine_all(settings: Settings, *, ask: bool = False) -> Iterator[Finding]:
    """All findings, the machine's first; nothing is left changed.

    `ask`: ask each model once; what that costs is entered as any call's is.
    """
    yield from examine_machine(settings)
    yield from examine_models(settings, ask=ask)
    yield from examine_github(settings)
