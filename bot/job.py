"""A job and its plan, `job.md`: what is to be built, in which order, and what proves it."""

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True)
class Check:
    """`run`: the command `name` of the repository's config, with `paths` appended.

    `exists` and `absent` have an empty name and exactly one path.
    """

    kind: Literal["run", "exists", "absent"]
    name: str
    paths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Block:
    """Exact content given by the plan, byte for byte as it stands between its fences.

    `path` is empty for a `patch`, which names its files itself.
    """

    kind: Literal["file", "edit", "patch", "delete"]
    path: str
    text: str
    language: str = ""
    line: int = 0


@dataclass(frozen=True, slots=True)
class Task:
    id: str
    kind: Literal["code", "query"] = "code"
    file: str = ""
    reads: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    bites: bool = False
    guard: bool = False
    carry: bool = False
    text: str = ""
    blocks: tuple[Block, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Phase:
    title: str
    tasks: tuple[Task, ...]
    epochs: int = 1
    done: tuple[Check, ...] = ()
    line: int = 0


@dataclass(frozen=True, slots=True)
class Job:
    """`intro` opens the pull request. `checks` name the final gate's commands."""

    title: str
    phases: tuple[Phase, ...]
    checks: tuple[str, ...] = ()
    issue: str = ""
    base: str = ""
    intro: str = ""
