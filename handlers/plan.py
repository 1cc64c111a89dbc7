"""What a person sees of `bricklayer plan`: on stderr how it went, on stdout an answer."""

import sys
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.config.machine import machine_settings
from bot.errors import UserError
from bot.ledger import LedgerRow
from bot.plan import peek
from bot.plan.issue import LARGEST, read_issue
from handlers.console import counted, ledger, printable
from handlers.output_file import require_free, write_out
from runners.build.context import ProgressEvent
from runners.planning.plan_issue import PLAN, Planned, PlannerGoneError, PlanRefusedError, plan


def plan_issue(source: str, repo: Path, out: Path, *, force: bool) -> None:
    """Write the plan to `out`, or print the answer to a question. Raises UserError."""
    require_free(out, force=force)
    issue = read_issue(_read(source), where=source)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if issue.hidden:
        _line(console, "hidden text was removed from the issue")
    try:
        planned = plan(issue, repo, machine_settings(), lambda told: _tell(console, told))
    except (PlannerGoneError, PlanRefusedError) as exc:
        _spent(console, exc.rows)
        raise
    if planned.answer:
        sys.stdout.write(f"{printable(planned.answer.expandtabs(4))}\n")
    _spent(console, planned.rows)
    _line(console, f"what the planner saw and said: {planned.evidence}")
    if planned.plan:
        _written(console, planned, out, force=force)


def _written(console: Console, planned: Planned, out: Path, *, force: bool) -> None:
    """Raises UserError where the file cannot be written after all: the plan was paid for."""
    try:
        write_out(out, planned.plan, force=force)
    except UserError as exc:
        hint = f"The plan is kept, copy it from there: {planned.evidence / PLAN}"
        raise UserError(exc.what, where=exc.where, hint=hint) from exc
    for doubt in planned.doubts:
        _line(console, f"{out}:{doubt.line}: mind: {doubt.what}\n  {doubt.hint}")
    job = peek(planned.plan)
    said = f"{counted(len(job.phases), 'phase')}, {counted(len(job.tasks), 'task')}"
    _line(console, f"{out}: {printable(job.title)}: {said}; next: bricklayer run {out}")


def _read(source: str) -> bytes:
    if source == "-":
        return sys.stdin.buffer.read(LARGEST + 1)
    try:
        with Path(source).open("rb") as file:
            return file.read(LARGEST + 1)
    except (OSError, ValueError) as exc:
        why = getattr(exc, "strerror", None) or exc
        hint = "Name a file that exists, or `-` for standard input."
        raise UserError(f"the issue cannot be read: {why}", where=source, hint=hint) from exc


def _tell(console: Console, told: ProgressEvent) -> None:
    _line(console, f"{told.what:<7} {told.text}")


def _spent(console: Console, rows: tuple[LedgerRow, ...]) -> None:
    if rows:
        console.print(ledger(rows))


def _line(console: Console, text: str) -> None:
    console.print(Text(printable(text)))
