"""What `bricklayer doctor` examines: this machine, its models, its way to GitHub, a repository."""

from collections.abc import Iterator
from pathlib import Path

from bot.config.machine import Settings
from bot.errors import GitError
from bot.system_errors import explain_system_error
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
    groups = {
        "machine": examine_machine(settings, folder),
        "models": examine_models(settings, ask=ask),
        "GitHub": examine_github(settings),
        "repository": examine_repository(folder, settings),
    }
    for name, findings in groups.items():
        yield from _go_on(name, findings)


def _go_on(name: str, findings: Iterator[Finding]) -> Iterator[Finding]:
    """What ends a group is its last finding: a machine that is ill is what the others are for."""
    try:
        yield from findings
    except (OSError, GitError) as exc:
        what = f"{name}: not all could be looked at: {exc}"
        yield Finding(what, good=False, hint=explain_system_error(exc))
