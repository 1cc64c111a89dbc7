"""Failed attempts counted on files and checks, so that no new name for a task begins them anew.

A strike is a round of attempts that failed by what the model made. It counts for each file that the
task writes and for each of its checks that names paths; a check of everything is red for the work
of others, too. Whatever passes at a file or check sets its count back to none. At the limit the
planner is asked what else to do, and what it writes has as many again; then a person is needed.
"""

import hashlib
import time
from collections.abc import Iterator
from dataclasses import replace

from bot.ledger import AttemptOutcome
from bot.plan import Task, written_paths
from bot.plan.planner_calls import is_replan
from bot.text.invisible import make_printable
from runners.build.attempt_records import AttemptRecord, AttemptResult
from runners.build.context import JobContext
from runners.build.second_turn import find_awaited
from runners.build.task_run import TaskRun

MAX_NAME_CHARACTERS = 256
_NO_STRIKES = frozenset(
    {
        AttemptOutcome.PASSED,
        AttemptOutcome.ASKED,
        AttemptOutcome.CHECK_CANNOT_RUN,
        AttemptOutcome.PLAN_FAULT,
        AttemptOutcome.TOO_LARGE,
        AttemptOutcome.NO_MODEL,
        AttemptOutcome.NO_ANSWER,
        AttemptOutcome.SERVER_DOWN,
        AttemptOutcome.STOPPED,
        AttemptOutcome.DUPLICATE,
        AttemptOutcome.BUG,
    }
)
"""The machine's faults, the plan's, and what nobody needed."""


def list_struck_names(task: Task) -> tuple[str, ...]:
    """What a failed attempt at the task counts for: `file PATH` and `check LABEL`."""
    files = (f"file {path}" for path in sorted(written_paths(task)))
    checks = (f"check {each.label}" for each in task.checks if each.kind == "run" and each.paths)
    return tuple(dict.fromkeys(map(_shorten_name, (*files, *checks))))


def _shorten_name(name: str) -> str:
    """It is a key, and PostgreSQL indexes none of more than 2,704 bytes; a check has many paths.

    https://www.postgresql.org/docs/current/btree.html#BTREE-LIMITATIONS
    """
    if len(name) <= MAX_NAME_CHARACTERS:
        return name
    digest = hashlib.sha256(name.encode(errors="replace")).hexdigest()[:16]
    return f"{name[:MAX_NAME_CHARACTERS]} ... {digest}"


def note_strike(run: TaskRun, record: AttemptRecord) -> AttemptResult:
    """The attempt's result, with why there is no further one where it was one too many."""
    result = record.result
    if record.attempt.tier == "manifest" or result.outcome in _NO_STRIKES:
        return result
    if find_awaited(replace(run, attempts=(record,))):
        return result  # what it failed for, others are to make
    _note(run, record.attempt.counted_round, passed=False)
    return replace(result, struck=explain_strikes(run))


def note_pass(run: TaskRun) -> None:
    """The task has passed: its files and checks begin anew."""
    _note(run, run.attempts[-1].attempt.counted_round if run.attempts else 0, passed=True)


def explain_strikes(run: TaskRun) -> str:
    """Why no model is asked for the task any more; empty where one may be."""
    context, most = run.context, run.context.config.limits.most_strikes
    allowed = most * (1 + _count_replans(context))
    for name, count in _count(run):
        if count >= allowed:
            kind, _, what = name.partition(" ")
            which = f"the {kind} {make_printable(what, 200)}"
            return (
                f"{count} attempts have failed at {which} since it last passed, whatever task they"
                f" were for (limit {allowed})"
            )
    return ""


def _count(run: TaskRun) -> Iterator[tuple[str, int]]:
    """The task's own attempts before it began on the work of others do not count."""
    from bot.storage.strikes import StrikeStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    record = run.context.record
    store, own = StrikeStore(record.engine), (record.row.id, record.row.run, run.task.id)
    for name in list_struck_names(run.task):
        failed = store.list_failed(name_scope(run.context), name)
        yield (
            name,
            sum((s.job, s.run, s.task) != own or s.round > run.free for s in failed),
        )


def name_scope(context: JobContext) -> str:
    """Since a person last asked for it: all rounds of an issue's job, or a job's runs."""
    row = context.record.row
    return context.request.strikes_of or f"{row.id} {row.limits_since or row.run}"


def _note(run: TaskRun, number: int, *, passed: bool) -> None:
    from bot.storage.strikes import Strike, StrikeStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    record, scope = run.context.record, name_scope(run.context)
    key = (record.row.id, record.row.run, run.task.id, number, time.time())
    names = list_struck_names(run.task)
    StrikeStore(record.engine).note(Strike(scope, name, *key, passed=passed) for name in names)


def _count_replans(context: JobContext) -> int:
    """How often the planner was asked anew since then, and wrote something."""
    rows = context.record.list_counted()
    return len({r.task for r in rows if is_replan(r.task) and r.outcome == AttemptOutcome.PASSED})
