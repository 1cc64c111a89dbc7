"""The versions of a toolchain in a folder, the default first; what managers note, within bounds."""

import json
import re
import tomllib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from bot.bounded_read import read_head

MAX_VERSIONS = 60
MAX_NOTE_BYTES = 64 * 1024
"""Of a file in which a manager writes down its default."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A toolchain if a command of `proof` is in `bins`; of its commands `only` these are shown."""

    name: str
    version: str
    manager: str
    bins: tuple[Path, ...]
    shown: tuple[Path, ...]
    proof: frozenset[str]
    env: Mapping[str, str] = field(default_factory=dict)
    only: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Account:
    """Whose toolchains they are: the home folder, and what the environment says of other places."""

    home: Path
    env: Mapping[str, str]

    def root(self, variable: str, *default: str) -> Path:
        named = Path(self.env.get(variable, ""))
        return named if named.is_absolute() else self.home.joinpath(*default)

    @property
    def data(self) -> Path:
        return self.root("XDG_DATA_HOME", ".local", "share")


# A toolchain and the commands of which one proves that it is there.
PROOF = {
    "node": frozenset({"node"}),
    "python": frozenset({"python3", "python"}),
    "go": frozenset({"go"}),
    "ruby": frozenset({"ruby"}),
    "java": frozenset({"java"}),
}


def list_versions(
    name: str, manager: str, folders: Sequence[Path], default: str, *, below: str = ""
) -> Iterator[Candidate]:
    for path in default_first(folders, default):
        root = path / below if below else path
        env = {"JAVA_HOME": str(root)} if name == "java" else {}
        version = path.name.removeprefix("v")
        yield Candidate(name, version, manager, (root / "bin",), (root,), PROOF[name], env)


def default_first(folders: Sequence[Path], default: str) -> list[Path]:
    """The default, then from the newest to the oldest."""
    newest_first = sorted(folders, key=lambda path: order_version(path.name), reverse=True)
    return sorted(newest_first, key=lambda path: path.name != default)


def list_folders(folder: Path) -> list[Path]:
    if not folder.is_dir():
        return []
    return sorted(path for path in folder.iterdir() if path.is_dir())[:MAX_VERSIONS]


def order_version(version: str) -> tuple[int, ...]:
    return tuple(int(number) for number in re.findall(r"\d{1,9}", version)[:8])


def read_note(path: Path) -> str:
    """The first line of a small file, empty where there is none."""
    return next(iter(read_text(path).split("\n")), "").strip()


def read_text(path: Path) -> str:
    return read_head(path, MAX_NOTE_BYTES)


def read_toml(path: Path) -> dict[str, object]:
    try:
        return tomllib.loads(read_text(path))
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}


def read_json(path: Path) -> dict[str, object]:
    try:
        found = json.loads(read_text(path))
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
