"""How a task ends, as a result, and what the ends of others make of it."""

from collections.abc import Collection, Iterable
from dataclasses import replace

from bot.approval.test_paths import is_test_path
from bot.job_states import TaskEvent, TaskState, advance_state
from bot.ledger import LedgerRow
from bot.plan import Task, written_paths
from runners.build.attempt_records import AttemptRecord
from runners.build.context import JobContext
from runners.build.landing import find_over
from runners.build.results import TaskResult
from runners.build.task_run import EpochStart, Landing, TaskRun

NARROW_CHECK = "where each mends a part of what is red, give each the tests of its own part"


def pass_task(
    run: TaskRun, *, commit: str = "", answer: str = "", rows: tuple[LedgerRow, ...] = ()
) -> TaskResult:
    state = advance_state(TaskState.RUNNING, TaskEvent.PASS)
    return TaskResult(
        run.task.id,
        state,
        commit=commit,
        answer=answer,
        rows=rows,
        commits=(commit,) if commit else (),
        test_counts=dict(run.base.test_counts),
        behind=run.behind,
        free=run.free,
        waived=list_waived(run.task),
    )


def list_waived(task: Task) -> dict[str, str]:
    """The files of tests whose task says why they need not fail without a fix, with the reason."""
    tests = sorted(path for path in written_paths(task) if is_test_path(path))
    return dict.fromkeys(tests, task.waiver) if task.waiver else {}


def block_task(run: TaskRun, why: str, rows: tuple[LedgerRow, ...] = ()) -> TaskResult:
    state = advance_state(TaskState.RUNNING, TaskEvent.BLOCK)
    return TaskResult(run.task.id, state, why, rows=rows, behind=run.behind, free=run.free)


def end_struck(run: TaskRun, result: TaskResult) -> TaskResult:
    """With what ended its attempts before they were used up, where that was so."""
    struck = run.attempts[-1].result.struck if run.attempts else ""
    return replace(result, why=f"{result.why}; {struck}", struck=True) if struck else result


def with_attempts(run: TaskRun, before: TaskResult, recalled: tuple[AttemptRecord, ...]) -> TaskRun:
    """Going on after the attempts that it had; their rows are its own as before."""
    rows = before.rows[:-1] if recalled else before.rows
    used = max((row.counted_round for row in before.rows if row.task == run.task.id), default=0)
    # Where its files were changed below it, all of its attempts are made anew.
    free = before.free if run.misfit and run.misfit.check else used
    return replace(run, attempts=recalled, planning_rows=rows, used=used, free=free)


def skip_task(task_id: str, before: str, awaited: TaskResult) -> TaskResult:
    state = advance_state(TaskState.WAITING, TaskEvent.SKIP)
    return TaskResult(task_id, state, f"it waits for {before}, which is {awaited.state}")


def list_commits(results: Iterable[TaskResult]) -> tuple[str, ...]:
    """Of those that passed; what is skipped or blocked has none."""
    return tuple(sha for result in results for sha in result.commits)


def list_awaited(start: EpochStart, task_id: str, done: Collection[str]) -> tuple[str, ...]:
    """The files that tasks before it are to make, and that it does not start from."""
    others = (name for name in start.list_earlier(task_id) if name not in done)
    return tuple(path for name in others for path in start.new_paths.get(name, ()))


def name_later(result: TaskResult, start: EpochStart) -> TaskResult:
    """Say of a blocked task whose checks judge the work of others, too, that this may be why."""
    later = [name for name, before in start.behind.items() if result.task in before]
    if result.passed or not later:
        return result
    names = ", ".join(later)
    why = f"{result.why}; its check judges what {names} is to do, too: {NARROW_CHECK}"
    return replace(result, why=why)


def with_commits(results: tuple[TaskResult, ...], landed: Landing) -> tuple[TaskResult, ...]:
    """With the commits as they stand on the branch."""
    found = landed.commits
    return tuple(
        replace(r, commits=found[r.task], commit=found[r.task][-1]) if r.task in found else r
        for r in results
    )


def skip_without(
    context: JobContext, again: TaskResult, results: tuple[TaskResult, ...]
) -> tuple[TaskResult, ...]:
    """Where a task is blocked after all, what was made on top of it cannot land, either."""
    if again.passed:
        return results
    over = find_over(context, results)
    return tuple(
        replace(skip_task(r.task, again.task, again), rows=r.rows)
        if again.task in over[r.task] and r.commits
        else r
        for r in results
    )
