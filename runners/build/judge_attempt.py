"""What a reply makes of the task's files, and what the checks say of it.

A job that is killed before continues with the reply that was paid for. Of candidates that are made
side by side, applying and checking are two steps: what the others made is known in between.
"""

import functools
import traceback
from collections.abc import Callable
from dataclasses import replace

from bot.errors import GitError, UserError
from bot.git.diff import compare_trees
from bot.ledger import AttemptOutcome
from bot.plan import written_paths
from runners import stalls
from runners.build.attempt import KeepVerdict, apply_reply, judge_tree, refuse_edit
from runners.build.attempt_records import AttemptRecord, AttemptResult
from runners.build.record_attempt import record_attempt
from runners.build.strikes import note_strike
from runners.build.task_run import TaskRun
from runners.build.tries import write_try
from runners.checks.verdict import Verdict
from runners.disk_floor import require_free_disk
from runners.edits import EditError
from runners.edits.exact_blocks import resolve_blocks
from runners.sandbox.thread_commands import CommandStoppedError, stop_when


def apply_and_check(run: TaskRun, record: AttemptRecord) -> AttemptResult:
    """Apply the reply and let the checks decide; then record the attempt."""
    require_free_disk(run.context.settings)
    verdicts: list[Verdict] = []
    if record.result.outcome == AttemptOutcome.ASKED:
        judge = _judge_made if record.executor else _apply_and_judge
        record = record.with_result(judge(run, record, verdicts.append))
    record = record.with_result(note_strike(run, record))
    record_attempt(run, record, verdicts)
    return record.result


def apply_candidate(run: TaskRun, record: AttemptRecord) -> AttemptResult:
    """What the reply makes of the task's files: a tree to be checked, or why there is none."""
    require_free_disk(run.context.settings)
    if record.result.outcome != AttemptOutcome.ASKED:
        return record.result
    if record.executor:
        return replace(record.result, tree=record.made_tree, files=record.made_files)
    return _apply(run, record)


def check_candidate(
    run: TaskRun, record: AttemptRecord, twin: int, explain_loss: Callable[[], str]
) -> AttemptResult:
    """Let the checks decide on what was applied; then record the attempt.

    Unless it made the same as candidate `twin`, or until `explain_loss` says why nobody needs it
    any more: a check that runs then is ended.
    """
    require_free_disk(run.context.settings)
    verdicts: list[Verdict] = []
    if record.result.outcome == AttemptOutcome.ASKED:
        if not explain_loss() and twin:
            why = f"it made just what candidate {twin} did"
            result = replace(record.result, outcome=AttemptOutcome.DUPLICATE, why=why)
        else:
            result = _judge_until(run, record, explain_loss, verdicts.append)
        record = record.with_result(result)
    record = record.with_result(note_strike(run, record))
    record_attempt(run, record, verdicts)
    return record.result


def _judge_until(
    run: TaskRun, record: AttemptRecord, explain_loss: Callable[[], str], keep: KeepVerdict
) -> AttemptResult:
    try:
        if not explain_loss():
            with stop_when(lambda: bool(explain_loss())):
                return _judge(run, record, record.result, keep)
    except CommandStoppedError:
        pass  # what ended it is told as if it had been known before
    return replace(record.result, outcome=AttemptOutcome.STOPPED, why=explain_loss())


def _apply_and_judge(run: TaskRun, record: AttemptRecord, keep: KeepVerdict) -> AttemptResult:
    result = _apply(run, record)
    if result.outcome == AttemptOutcome.ASKED:
        result = _judge(run, record, result, keep)
    if not record.work or result.passed:
        return result
    # How the turns came to their end stands beside what their work is worth.
    stall, end = record.work.stall, record.work.describe_end()
    why = end if result.outcome in result.stalls else f"{result.why}, {end}".removeprefix(", ")
    return replace(result, why=why, stalls=(*([stall] if stall else []), *result.stalls))


def _apply(run: TaskRun, record: AttemptRecord) -> AttemptResult:
    """The tree that the reply makes, still to be judged; or why there is nothing to judge."""
    manifest = record.attempt.tier == "manifest"
    try:
        files = _read_edits(run, record)
    except EditError as exc:
        result = refuse_edit(exc, record.cut_at, end_unknown=record.end_unknown)
        if record.cut_at:
            return result
        return result if manifest else _name_stall(result, _find_stalls(run, record, result))
    except (OSError, GitError, UserError):
        # Not the reply's fault: the run stops, and makes this attempt again once that is fixed.
        raise
    # A reply is text that anybody may have influenced: a bug that it triggers costs one attempt.
    except Exception as exc:  # noqa: BLE001
        return _record_bug(run, record, exc)
    # Equal content has an equal tree id, so attempts are compared by it, without any checkout:
    # https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
    tree = write_try(run.context, run.task.id, record.row.number, run.base_tree, files)
    result = AttemptResult(AttemptOutcome.ASKED, tree=tree, files=tuple(sorted(files)))
    if found := _find_stalls(run, record, result):
        return _name_stall(replace(result, why=stalls.describe_stall(found[0])), found)
    return result


def _judge(
    run: TaskRun, record: AttemptRecord, made: AttemptResult, keep: KeepVerdict
) -> AttemptResult:
    result = judge_tree(run, made.tree, made.files, keep)
    # The plan gave both the test and its content, and another attempt would change neither.
    if record.attempt.tier == "manifest" and result.outcome == AttemptOutcome.NO_BITE:
        return replace(result, outcome=AttemptOutcome.PLAN_FAULT)
    return replace(result, stalls=_find_stalls(run, record, result))


def _judge_made(run: TaskRun, record: AttemptRecord, keep: KeepVerdict) -> AttemptResult:
    """What an executor left is judged as any edit is; what it says of it is not read."""
    result = AttemptResult(AttemptOutcome.ASKED, tree=record.made_tree, files=record.made_files)
    if found := _find_stalls(run, record, result):
        why = stalls.describe_stall(found[0])
        result = _name_stall(replace(result, why=why), found)
    else:
        judged = judge_tree(run, record.made_tree, record.made_files, keep)
        result = replace(judged, stalls=_find_stalls(run, record, judged))
    return replace(result, why="; ".join(filter(None, (result.why, *record.notes))))


def _record_bug(run: TaskRun, record: AttemptRecord, bug: Exception) -> AttemptResult:
    """Keep what is needed to fix a bug of this program, and go on with the next attempt."""
    name = f"{record.row.task}-{record.row.number}-fault"
    trace = "".join(traceback.format_exception(bug))
    file = run.context.keep_evidence(name, [("traceback", trace), ("reply", record.reply)])
    why = f"{type(bug).__name__} while the reply was read, please report {file}"
    return AttemptResult(AttemptOutcome.BUG, why)


def _read_edits(run: TaskRun, record: AttemptRecord) -> dict[str, bytes | None]:
    if record.work:
        return list_changed(run, record.work.find_tree(record.start_tree))
    if record.attempt.tier == "manifest":
        read = functools.partial(run.context.repo.read_file, run.base_tree)
        return resolve_blocks(run.task.blocks, read, written_paths(run.task))
    apply = functools.partial(
        apply_reply, prompt=record.prompt, truncated=record.cut_at > 0 or record.end_unknown
    )
    try:
        return apply(run, record.start_tree, record.reply, record.spans)
    except EditError:
        if not record.draft_tree:
            raise
        # The prompt showed the file as an earlier attempt left it, and the reply may quote that.
        return apply(run, record.draft_tree, record.reply)


def _find_stalls(run: TaskRun, record: AttemptRecord, result: AttemptResult) -> tuple[str, ...]:
    past = [_summarize(earlier, earlier.result) for earlier in run.attempts]
    return stalls.find_stalls(_summarize(record, result), past, run.base_tree)


def _summarize(record: AttemptRecord, result: AttemptResult) -> stalls.AttemptSummary:
    return stalls.AttemptSummary(
        reply=record.reply,
        prompt=record.prompt,
        applied=bool(result.tree),
        files=result.tree,
        failure=result.failure_key if result.tree else "",
        cut=record.cut_reason,
    )


def _name_stall(result: AttemptResult, found: tuple[str, ...]) -> AttemptResult:
    """Name the outcome after the first stall found; the reason of a refusal is kept."""
    return replace(result, outcome=found[0], stalls=found) if found else result


def list_changed(run: TaskRun, tree: str) -> dict[str, bytes | None]:
    """What a tree has of the task's files otherwise than the task's base."""
    repo, own = run.context.repo, written_paths(run.task)
    changes = compare_trees(repo, run.base_tree, tree)
    return {each.path: repo.read_file(tree, each.path) for each in changes if each.path in own}
