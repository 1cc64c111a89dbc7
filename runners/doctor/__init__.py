"""What `bricklayer doctor` examines: this machine, its models, its way to GitHub, a repository."""

from collections.abc import Iterator
from pathlib import Path

from bot.config.machine import Settings
from runners.doctor.finding import Finding
from runners.doctor.github import examine_github
from runners.doctor.machine import examine_machine, examine_models
from runners.doctor.repository import examine_repository

__all__ = ["Finding", "examine_all"]


def examine_all(settings: Settings, folder: Path, *, ask: bool = False) -> Iterator[Finding]:
    """All findings, the machine's first; nothing is left changed.

    `folder` is one of the repository to look at. `ask`: ask each model once; what that costs is
    entered as any call's is.
    """
    yield from examine_machine(settings, folder)
    yield from examine_models(settings, ask=ask)
    yield from examine_github(settings)
    yield from examine_repository(folder, settings)
