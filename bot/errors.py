"""Two kinds of error: the person's, told to them where they stand, and everything else, ours."""

from collections.abc import Iterable
from dataclasses import dataclass


class UserError(Exception):
    """Something a person can mend: what is wrong, where, and what to do about it."""

    def __init__(self, what: str, *, where: str = "", hint: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.hint = hint

    def __str__(self) -> str:
        where = f"{self.where}: " if self.where else ""
        hint = f"\n  {self.hint}" if self.hint else ""
        return f"{where}{self.what}{hint}"


@dataclass(frozen=True, slots=True, order=True)
class Fault:
    """One thing wrong with a plan. `line` counts from 1, as an editor shows it."""

    line: int
    what: str
    hint: str


class PlanError(UserError):
    """Every fault of a plan at once, so that one round of mending is enough."""

    def __init__(self, faults: list[Fault], *, where: str = "job.md") -> None:
        self.faults = sorted(faults)
        count = f"{len(faults)} fault{'s' if len(faults) != 1 else ''}"
        super().__init__(f"{count} in the plan", where=where)

    def __str__(self) -> str:
        lines = [f"{self.where}:{f.line}: {f.what}\n  {f.hint}" for f in self.faults]
        return "\n".join(lines)


class GitError(Exception):
    """git said no. `said` is its stderr, for the log; never shown to a model."""

    def __init__(self, argv: Iterable[str], code: int, said: str) -> None:
        super().__init__(f"git {' '.join(argv)} ended {code}: {said.strip()}")
        self.code = code
        self.said = said
