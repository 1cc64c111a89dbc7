"""The second turn of a task that failed from where its phase began: on what those before it made.

Its check may need their work though neither `after` nor a check that is red for both says so: its
test imports what another task is to write. So its attempts are judged there again before any model
is asked.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import PurePosixPath

from bot.git.write_tree import overlay_paths
from bot.ledger import AttemptOutcome
from runners.build.attempt import judge_tree
from runners.build.attempt_records import AttemptRecord, AttemptResult
from runners.build.context import list_check_outputs
from runners.build.explain_block import explain_block
from runners.build.results import TaskResult
from runners.build.task_run import TaskBase, TaskRun
from runners.build.tries import anchor_again, hold_written
from runners.checks.verdict import Verdict
from runners.progress import ProgressEvent

_RED = frozenset({AttemptOutcome.CHECK_FAILED, AttemptOutcome.CHECK_CANNOT_RUN})

_OF_FOLDER = frozenset({"__init__", "index", "mod"})
"""Files that are named by their folder: of Python, JavaScript and Rust."""


def find_awaited(run: TaskRun) -> str:
    """Which of the files that tasks before it are to make its last failure names; else empty."""
    last = run.attempts[-1].result if run.attempts else None
    if last is None or last.outcome not in _RED:
        return ""
    return find_named(f"{last.why}\n{last.digest}", run.awaited)


def find_named(told: str, paths: Iterable[str]) -> str:
    """Which of the files stands there as a path, or as languages name a module; else empty.

    Such as `shop.bank`, `./bank`, `crate::bank`.
    """
    return next((path for path in paths if re.search(_form_pattern(path), told)), "")


def explain_attempts(run: TaskRun) -> str:
    """Why it is blocked, in one sentence."""
    why = explain_block(run.attempts, run.unsplit_reason)
    if run.free:
        return f"{why} (on what {', '.join(run.behind)} made; {run.free} more without that)"
    awaited = find_awaited(run)
    return f"{why}; that names {awaited}, which a task before it is to make" if awaited else why


def _form_pattern(path: str) -> str:
    *folders, name = PurePosixPath(path).with_suffix("").parts
    if folders and name in _OF_FOLDER:
        *folders, name = folders
    # A single word may be any word of a sentence: within quotes, or behind a dot or a slash, it
    # is a name. https://docs.python.org/3.11/library/exceptions.html#ModuleNotFoundError
    # https://nodejs.org/api/errors.html#module_not_found
    module = r"(?:\.|/|::)".join(map(re.escape, (*folders, name)))
    begin = r"(?<![\w.-])" if folders else r"""(?:['"`]|::|\./)"""
    end = r"(?![\w-])" if folders else r"""(?:['"`])"""
    return rf"(?<![\w./-]){re.escape(path)}(?![\w/-])|{begin}{module}{end}"


def list_judged(run: TaskRun) -> Iterator[AttemptRecord]:
    """Its attempts that checks found red, each tree once, oldest first."""
    seen = set[str]()
    for record in run.attempts:
        result = record.result
        if result.outcome in _RED and result.tree not in seen:
            seen.add(result.tree)
            yield record


def judge_again(run: TaskRun, record: AttemptRecord) -> AttemptResult:
    """Put what an attempt made on what the task starts from now, and run its checks there."""
    context, task, old = run.context, run.task, record.result
    tree = hold_written(
        lambda: overlay_paths(context.repo, run.base_tree, old.tree, old.files),
        lambda name: anchor_again(context, task.id, record.row.number, name),
    )
    verdicts: list[Verdict] = []
    result = judge_tree(run, tree, old.files, verdicts.append)
    name = f"attempt {record.row.number}, on what {', '.join(run.behind)} made"
    context.keep_evidence(
        f"{task.id}-{record.row.number}-again",
        [*list_check_outputs(verdicts), ("outcome", f"{name}: {result.outcome} {result.why}")],
    )
    text = f"{name}: {'passed' if result.passed else result.why}"
    context.report(ProgressEvent("check", text, task.id, good=True if result.passed else None))
    if result.passed:
        context.record.add_attempt(replace(record.row, outcome=result.outcome))
    return result


def take_over(run: TaskRun, record: AttemptRecord, result: AttemptResult) -> TaskRun:
    """The run with an attempt of its first turn that passes now; its row is told once."""
    others = tuple(row for row in run.planning_rows if row != record.row)
    return replace(run, planning_rows=others, attempts=(record.with_result(result),))


def begin_second_turn(
    first: TaskRun, failed: TaskResult, commits: tuple[str, ...], others: tuple[str, ...]
) -> TaskRun:
    """On `commits`, those of the `others` among them; the first turn's attempts do not count."""
    own = (row.counted_round for row in failed.rows if row.task == first.task.id)
    used = max(own, default=0)
    return replace(
        first,
        base=TaskBase(""),
        attempts=(),
        planning_rows=failed.rows,
        before=commits,
        behind=(*first.behind, *others),
        awaited=(),
        used=used,
        free=used,
    )
