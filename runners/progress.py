"""What happens while a job is planned or built, told to whoever is watching as it happens."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

from pydantic import JsonValue

from bot.ledger import LedgerRow

What = Literal["job", "phase", "task", "attempt", "check", "step", "end"]
ActivityKind = Literal["setup", "read", "load", "ask", "check"]
"""`read`: of the repository. `load`: of a model in this process."""


@dataclass(frozen=True, slots=True)
class ProgressEvent:
    """`good` is None while nothing is decided yet; `row` is what an attempt or a call cost.

    `detail` is what a check printed: for a terminal, and not escaped for a page. `facts` are the
    same for programs; the event with which a run begins has the job's (`runners.journal`). A `step`
    begins, goes on or ends something that takes long (`runners.activities`).
    """

    what: What
    text: str
    task: str = ""
    good: bool | None = None
    row: LedgerRow | None = None
    detail: str = ""
    facts: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Activity:
    """Something under way that may take long. `text`: the command, the check, the model's place.

    Times are in seconds since 1970: `began`, when anything was `heard` of it last, and when the
    `first` part of a reply came, 0 before. `tail` is the end of what was said or printed, `note`
    why it takes longer.
    """

    kind: ActivityKind
    text: str
    began: float
    heard: float = 0.0
    first: float = 0.0
    lane: str = ""
    task: str = ""
    tier: str = ""
    model: str = ""
    attempt: int = 0
    tokens: int = 0
    thinking: bool = False
    tail: str = ""
    note: str = ""


Report = Callable[[ProgressEvent], None]
"""Takes an event; it may be called from any thread."""


def report_call(
    report: Report, row: LedgerRow, text: str, *, good: bool | None, detail: str = ""
) -> None:
    """Tell of a call, after the models of its tier that were asked first and could not answer."""
    for failure in row.failures:
        fallen = f"{failure.model} did not answer: {failure.why}"
        report(ProgressEvent("attempt", fallen, row.task, good=False))
    report(ProgressEvent("attempt", text, row.task, good=good, row=row, detail=detail))
