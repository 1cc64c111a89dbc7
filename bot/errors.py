"""Two kinds of error: a person's, shown to them where it stands, and everything else, ours.

Also the hints that such errors give: which known name a wrong one may have meant.
"""

import difflib
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.text.invisible import make_printable
from bot.text.listed import join_first

OPERATOR_HINT = "Whoever runs this machine has to look at it: `bricklayer doctor` says what to do."
_ON_COMMAND_LINE = re.compile(
    r"(?:^|[\s`(\[])--?[a-z][a-z-]|\bBRICKLAYER_[A-Z]|\bgit [a-z]|\bsysctl\b|\bnpm\b|As root"
)


class HintedError(Exception):
    """What is wrong, where, and what to do about it: `where: what`, the hint on a second line.

    `comment_hint` is what to do for who reads it in a comment on GitHub and has no command line.
    """

    def __init__(
        self, what: str, *, where: str = "", hint: str = "", comment_hint: str = ""
    ) -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint
        self.comment_hint = comment_hint

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{where}{self.what}{hint}"

    def for_comment(self) -> str:
        """The same for GitHub, where nobody can type an option, a variable or a program."""
        hint = self.comment_hint
        if not hint and not _ON_COMMAND_LINE.search(self.hint):
            return str(self)
        lines = str(self).removesuffix(self.hint) if self.hint else f"{self}\n  "
        return f"{lines}{hint or OPERATOR_HINT}"


class UserError(HintedError):
    """Something a person can fix: shown without a traceback, and no reason to report a bug."""


class ModelOutageError(HintedError):
    """A server of models is down, and did not come back in time: the machine's fault.

    Nothing was decided by it, and the same work goes on once the server answers. `retry_at` is
    when that may be, in seconds since 1970, where its provider said so; 0 where nobody knows.
    """

    retry_at = 0.0


class DiskFloorError(HintedError):
    """Too little disk is free on this machine to begin anything: the machine's fault.

    Nothing was decided by it, and the same work goes on once there is room.
    """


class ModelSettingsError(UserError):
    """A server of models refuses what this machine's settings say: a key, a name, a window.

    Nothing was decided by it, and the same work goes on once the settings are mended.
    """


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with a plan. `line` counts from 1, as an editor shows it.

    `may_pass`: a build may still come through, as a model is asked; a planner has to mend it, and
    where it cannot, people are warned.
    """

    line: int
    what: str
    hint: str
    may_pass: bool = False


class PlanError(UserError):
    """Every fault of a plan at once, so that one round of fixing is enough."""

    def __init__(self, faults: list[Fault], *, where: str = "job.md") -> None:
        self.faults = sorted(faults)
        count = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}"
        super().__init__(f"{count} in the plan", where=where)

    def __str__(self) -> str:
        lines = [f"{self.where}:{f.line}: {f.what}\n  {f.hint}" for f in self.faults]
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class GitMessage:
    """One message of git's. `form` has `%s` where `text` has a path, a name or another's words."""

    form: str
    text: str


class GitError(Exception):
    """git ended with an error. What it means is decided by `code`, `messages` and `out`.

    `stderr` is for the log: a path in it may read like any message. It is never shown to a model.
    """

    def __init__(
        self,
        argv: Iterable[str],
        code: int,
        stderr: str,
        messages: tuple[GitMessage, ...] = (),
        out: bytes = b"",
    ) -> None:
        super().__init__(f"git {' '.join(argv)} ended {code}: {stderr.strip()}")
        self.code = code
        self.stderr = stderr
        self.messages = messages
        self.out = out

    @property
    def forms(self) -> tuple[str, ...]:
        """What git said, without what it said it of."""
        return tuple(message.form for message in self.messages)


def find_nearest(word: str, known: Iterable[str]) -> str:
    """The known name most like `word`, upper and lower case alike; empty where none is close.

    The time difflib takes grows with the square of the length: of `word` 60 characters count.
    https://docs.python.org/3.11/library/difflib.html
    """
    lower = {name.casefold(): name for name in sorted(set(known), reverse=True)}
    near = difflib.get_close_matches(word.casefold()[:60], lower, n=1, cutoff=0.6)
    return lower[near[0]] if near else ""


def suggest_name(word: str, known: Iterable[str]) -> str:
    """`Did you mean X?`, else the known ones; stands behind a hint's own sentence."""
    names = sorted(set(known))
    if near := find_nearest(word, names):
        return f"Did you mean `{near}`?"
    return f"Known: {list_names(names)}." if names else "None is known here."


def list_names(names: Sequence[str], max_names: int = 12, max_characters: int = 60) -> str:
    """As code, at most so many that a message stays readable; how many more is said."""
    return join_first(names, max_names, lambda name: f"`{make_printable(name, max_characters)}`")
