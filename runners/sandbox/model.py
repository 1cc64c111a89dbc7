"""What a sandbox is given, and the outcome of a command that it ran."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Literal, Protocol

LimitHolder = Literal["cgroup", "rlimit", "watch", "engine"]
Ended = Literal["exit", "timeout", "output", "memory", "processes", "disk", "stopped"]


@dataclass(frozen=True, slots=True)
class Outcome:
    """One command, run to its end or ended by a limit.

    `exit_code` is the shell's: 128 + n after signal n. `output` is stdout and stderr as they came,
    the middle of a long one left out. `ended` names the limit that was hit; `limits` says who
    held those on processes and memory: the container `engine`; a `cgroup` or, for processes only,
    an `rlimit` around the bot's own watch; or that `watch` alone. `stopped`: whoever ran it ended
    it.
    """

    exit_code: int
    output: str
    seconds: float
    ended: Ended = "exit"
    limits: LimitHolder = "watch"


@dataclass(frozen=True, slots=True)
class Prepared:
    """What `[setup]` left: `root` holds `setup`, `home` and `repo`.

    `fresh` are the topmost paths it made inside the checkout, `node_modules` say. `writable` only
    for the setup command itself, which may write `disk` MiB; a check has all of it in the same
    places, read-only or as a layer or copy of its own. `copied` are what it needs as a copy where
    there are no layers, as `repo/target`; `nested` folders that it may write within what it only
    reads. While the file `lease` is open, nobody removes it.
    """

    root: Path
    fresh: tuple[str, ...] = ()
    writable: bool = False
    disk: int = 0
    copied: tuple[str, ...] = ()
    nested: tuple[str, ...] = ()
    lease: IO[str] | None = field(default=None, compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class GitCopy:
    """A `.git` for the copy of the checkout: `folder` is copied, `history` has objects to read."""

    folder: Path
    history: Path


@dataclass(frozen=True, slots=True)
class WorkRoom:
    """Folders of this machine that a command works in, and that are read when it has ended.

    `root` holds `repo`, with the files it works on, and `home`; both may grow by `disk` MiB in all.
    `shown` are (file here, place inside), read-only; `files` are written there, `env` is added.
    """

    root: Path
    disk: int
    shown: tuple[tuple[Path, str], ...] = ()
    files: Mapping[str, bytes] = field(default_factory=dict)
    env: Mapping[str, str] = field(default_factory=dict)
    should_stop: Callable[[], bool] = lambda: False

    @property
    def repo(self) -> Path:
        return self.root / "repo"

    @property
    def home(self) -> Path:
        return self.root / "home"

    @property
    def empty(self) -> Path:
        """What is copied into the work tree, which is there already: nothing."""
        return self.root / "empty"


PREPARED_FOLDERS = ("setup", "home", "repo")


class Sandbox(Protocol):
    @property
    def name(self) -> str: ...

    def run(  # noqa: PLR0913 - what is run, on what, for how long and with what
        self,
        command: Sequence[str],
        *,
        checkout: Path,
        timeout: float,
        network: bool = False,
        prepared: Prepared | None = None,
        git: GitCopy | None = None,
    ) -> Outcome:
        """Run `command` in a copy of `checkout`; nothing it writes comes back.

        Without `git` that copy is in no repository.

        `timeout` in seconds, counted from the command's own start. Raises `UserError` when the
        sandbox cannot be had: that says nothing about the command.
        """
        ...
