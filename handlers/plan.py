"""`bricklayer plan`: shows what the planner does, and writes the plan to a file."""

import os
import secrets
import sys
from dataclasses import asdict
from pathlib import Path

from rich.console import Console
from rich.text import Text

from bot.bounded_read import read_bounded
from bot.config.machine import read_settings
from bot.errors import UserError
from bot.ledger import LedgerRow
from bot.plan import peek_job
from bot.plan.issue import LARGE_HINT, MAX_ISSUE_BYTES, read_issue
from bot.plan.settled import Settled
from bot.text.invisible import replace_unprintable
from handlers.commands.options import print_json
from handlers.console import format_count, ledger_table
from handlers.live_view import LiveView
from handlers.whole_file import replace_file, write_new_file
from runners.build.result_data import spent_data
from runners.planning.plan_issue import (
    PLAN_FILE,
    NoPlannerError,
    PlannedIssue,
    PlanRefusedError,
    write_plan,
)

# A new file or none: neither an existing file nor a link is written through.
# https://man7.org/linux/man-pages/man2/open.2.html
_NEW_FILE = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_NAME_ANOTHER = "Name another: --out FILE"


def plan_issue(  # noqa: PLR0913  # each is an option of the command
    source: str,
    repo: Path,
    out: Path,
    *,
    force: bool,
    as_json: bool = False,
    quiet: bool = False,
    verbose: bool = False,
) -> None:
    """Write the plan to `out`, or print the answer to a question. Raises UserError."""
    require_free(out, force=force)
    issue = read_issue(_read_issue_text(source), where=source)
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    if issue.hidden:
        _print_line(console, "hidden text was removed from the issue")
    try:
        with LiveView(console, quiet=quiet, verbose=verbose) as view:
            report, activities = view.show_progress, view.activities
            planned = write_plan(issue, repo, read_settings(), report, activities=activities)
    except (NoPlannerError, PlanRefusedError) as exc:
        _show_ledger(console, exc.rows)
        raise
    if as_json:
        if planned.plan:
            _write_plan(console, planned, out, force=force)
        print_json(_plan_data(planned, out))
        return
    if planned.answer:
        # A tab is not printable, so it would be replaced: https://docs.python.org/3.11/library/stdtypes.html#str.isprintable
        sys.stdout.write(f"{replace_unprintable(planned.answer.expandtabs(4))}\n")
    if planned.settled:
        sys.stdout.write(f"{describe_settled(planned.settled)}\n")
    _show_ledger(console, planned.rows)
    _print_line(console, f"what the planner saw and said: {planned.evidence}")
    if planned.plan:
        _write_plan(console, planned, out, force=force)


def describe_settled(settled: Settled) -> str:
    what = "solved already" if settled.kind == "solved" else "about something that is gone"
    lines = [f"Nothing is left to do: it is {what}.", *(f"- {each}" for each in settled.proofs)]
    return "\n".join([*lines, "", replace_unprintable(settled.why.expandtabs(4))]).rstrip()


def _plan_data(planned: PlannedIssue, out: Path) -> dict[str, object]:
    """What was written where, or answered; all else that was told went to standard error."""
    job = peek_job(planned.plan)
    return {
        "v": 1,
        "plan": str(out.absolute()) if planned.plan else "",
        "title": job.title,
        "phases": len(job.phases),
        "tasks": [task.id for task in job.tasks],
        "warnings": [
            {"line": each.line, "what": each.what, "hint": each.hint} for each in planned.warnings
        ],
        "answer": planned.answer,
        "settled": asdict(planned.settled) if planned.settled else None,
        "evidence": str(planned.evidence),
        "spent": spent_data(planned.rows),
    }


def _write_plan(console: Console, planned: PlannedIssue, out: Path, *, force: bool) -> None:
    """Raises UserError where the file cannot be written after all: the plan was paid for."""
    try:
        write_out(out, planned.plan, force=force)
    except UserError as exc:
        hint = f"The plan is kept, copy it from there: {planned.evidence / PLAN_FILE}"
        raise UserError(exc.what, where=exc.where, hint=hint) from exc
    for warning in planned.warnings:
        _print_line(console, f"{out}:{warning.line}: warning: {warning.what}\n  {warning.hint}")
    job = peek_job(planned.plan)
    counts = f"{format_count(len(job.phases), 'phase')}, {format_count(len(job.tasks), 'task')}"
    _print_line(
        console, f"{out}: {replace_unprintable(job.title)}: {counts}; next: bricklayer run {out}"
    )


def _read_issue_text(source: str) -> bytes:
    hint = "Name a file that exists, or `-` for standard input."
    return read_bounded(
        source, "the issue", MAX_ISSUE_BYTES, absent_hint=hint, large_hint=LARGE_HINT
    )


def _show_ledger(console: Console, rows: tuple[LedgerRow, ...]) -> None:
    if rows:
        console.print(ledger_table(rows))


def _print_line(console: Console, text: str) -> None:
    console.print(Text(replace_unprintable(text)))


def require_free(out: Path, *, force: bool) -> None:
    """Raises UserError where `write_out` would: it is tried, for a mode tells root nothing."""
    try:
        _require_writable(out, force=force)
        trial = _temporary_path(out)
        # 0o666 is what the umask then takes from: https://man7.org/linux/man-pages/man2/umask.2.html
        os.close(os.open(trial, _NEW_FILE, 0o666))
        trial.unlink()
    # ValueError: a name with a NUL in it, which no path can have.
    except (OSError, ValueError) as exc:
        raise _refusal_error(out, exc) from exc


def write_out(out: Path, text: str, *, force: bool) -> None:
    """The file whole, or none. With `force` a link is replaced; what it names stays as it is."""
    try:
        _require_writable(out, force=force)
        (replace_file if force else write_new_file)(out, text)
    except (OSError, ValueError) as exc:
        raise _refusal_error(out, exc) from exc


def _require_writable(out: Path, *, force: bool) -> None:
    if not out.parent.is_dir():
        raise UserError("no such folder", where=str(out.parent), hint=_NAME_ANOTHER)
    try:
        out.lstat()
    except FileNotFoundError:
        return
    if out.exists() and not out.is_file():
        raise UserError("no plan can be written over this", where=str(out), hint=_NAME_ANOTHER)
    if not force:
        what = "this is a link" if out.is_symlink() else "the plan would be written over this"
        hint = f"{_NAME_ANOTHER}. To put the plan in its place: --force"
        raise UserError(what, where=str(out), hint=hint)


def _temporary_path(out: Path) -> Path:
    return out.parent / f".bricklayer-{secrets.token_hex(8)}"


def _refusal_error(out: Path, error: OSError | ValueError) -> UserError:
    why = getattr(error, "strerror", None) or error
    return UserError(f"no file can be written here: {why}", where=str(out), hint=_NAME_ANOTHER)
