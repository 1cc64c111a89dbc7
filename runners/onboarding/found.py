"""What was found out about one part of a repository: how it is installed, and how it is tested."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class FoundCheck:
    """A command that proves something. `why`: the file, and what of it, that says so."""

    run: str
    why: str
    timeout: int = 300
    git: bool = False


@dataclass(frozen=True, slots=True)
class Part:
    """What one language's project in one folder needs; the root's folder is empty.

    `setup` are shell lines that install its packages, `commands` the programs that both need.
    `wants` is the range of the language's versions that it takes, as its manifest says it.
    """

    language: str
    manager: str
    check: FoundCheck | None
    setup: tuple[str, ...] = ()
    folder: str = ""
    commands: tuple[str, ...] = ()
    writable: tuple[str, ...] = ()
    env: tuple[tuple[str, str], ...] = ()
    setup_git: bool = False
    submodules: bool = False
    wants: str = ""
