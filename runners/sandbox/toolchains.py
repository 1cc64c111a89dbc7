"""The toolchains that people install under their home folder: where each lies, and what it needs.

Nothing is run and nothing is changed: a few folders are listed, and the small files in which a
version manager writes down its default are read. What is found is offered, by a name that the
setting `toolchains` takes.
"""

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from runners.sandbox.toolchain_places import list_candidates
from runners.sandbox.toolchain_versions import Candidate

MAX_COMMANDS = 400
"""Of one folder, as many names are kept."""


@dataclass(frozen=True, slots=True)
class Toolchain:
    """`name` is what `toolchains` takes, `rust` say; `name@version` means this one of several.

    `manager` installed it. `bins` are its folders on PATH, `shown` the files and folders that
    checks must be able to read; none of them holds credentials. `commands` are in `bins`.
    """

    name: str
    version: str
    manager: str
    bins: tuple[Path, ...]
    shown: tuple[Path, ...]
    env: Mapping[str, str] = field(default_factory=dict)
    commands: frozenset[str] = frozenset()


def find_toolchains(home: Path, env: Mapping[str, str] = os.environ) -> tuple[Toolchain, ...]:
    """All of them, of each name first the one that its manager uses by default.

    `env` may say that a manager keeps its things elsewhere: RUSTUP_HOME, NVM_DIR, PYENV_ROOT.
    """
    found = (_describe(candidate) for candidate in list_candidates(home, env))
    return tuple(each for each in found if each is not None)


def choose_toolchain(found: Sequence[Toolchain], wanted: str) -> Toolchain | None:
    """The one that `node` or `node@18` means: the default, or the newest of that version."""
    name, _, version = wanted.partition("@")
    named = [each for each in found if each.name == name]
    if not version:
        return named[0] if named else None
    fitting = [each for each in named if _is_version(each.version, version)]
    return max(fitting, key=lambda each: order_versions(each.version), default=None)


def find_command(found: Sequence[Toolchain], command: str) -> Toolchain | None:
    """The first that brings a command."""
    return next((each for each in found if command in each.commands), None)


def order_versions(version: str) -> tuple[int, ...]:
    """A key by which 3.9 comes before 3.12."""
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version)[:8])


def _is_version(version: str, wanted: str) -> bool:
    plain = version.removeprefix("v")
    return plain == wanted or plain.startswith((f"{wanted}.", f"{wanted}-"))


def _describe(candidate: Candidate) -> Toolchain | None:
    """None where its commands are not there, or only those of something else."""
    commands = frozenset(name for folder in candidate.bins for name in _list_commands(folder))
    if candidate.only:
        commands &= candidate.only
    if not candidate.proof & commands:
        return None
    return Toolchain(
        candidate.name,
        candidate.version,
        candidate.manager,
        candidate.bins,
        tuple(path for path in candidate.shown if path.exists()),
        dict(candidate.env),
        commands,
    )


def _list_commands(folder: Path) -> Iterator[str]:
    """A link that leads nowhere is no command."""
    try:
        names = sorted(os.listdir(folder))[:MAX_COMMANDS]  # noqa: PTH208 - names alone
    except OSError:
        return
    for name in names:
        if os.access(folder / name, os.X_OK) and (folder / name).is_file():
            yield name
