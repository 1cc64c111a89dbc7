"""The two halves of an attempt: ask a tier, then lay what it said. Each is one durable step."""

import traceback
from collections.abc import Sequence
from dataclasses import replace

from bot.config.machine import TierSettings
from bot.errors import GitError, UserError
from bot.ledger import LedgerRow
from bot.models.model import ModelError
from bot.plan import written_paths
from bot.prompts.budget import TaskTooLargeError
from runners import stalls
from runners.build.attempt import (
    NO_BITE,
    PASSED,
    PLAN_FAULT,
    Attempt,
    AttemptResult,
    apply_reply,
    judge_tree,
    refused_edit,
)
from runners.build.context import JobContext
from runners.build.prompt_sources import build_prompt, find_best_attempt, find_draft, prompt_sources
from runners.build.results import NO_MODEL, AttemptRecord, TaskRun
from runners.checks.failure_digest import digest
from runners.edits import EditError
from runners.edits.exact_blocks import resolve_blocks
from runners.model_call import add_cost, row_of_failure, row_of_reply
from runners.progress import ProgressEvent

ASKED, TOO_LARGE = "asked", "task too large"
FAULT = "fault of bricklayer"
ANSWER_TOKENS = 200


def ask_tier(run: TaskRun, one: Attempt) -> AttemptRecord:
    """Ask the attempt's tier. The manifest asks nobody."""
    row = LedgerRow(task=run.task.id, number=one.number, tier=one.tier, model="")
    if one.tier == "manifest":
        return AttemptRecord(
            one, AttemptResult(ASKED), replace(row, model="exact blocks"), run.base_tree
        )
    tree = _start_tree(run, one)
    try:
        context = build_prompt(prompt_sources(run, one, tree), one)
        row = replace(row, dropped=context.dropped)
        reply = run.lane.open_chain(one.tier).ask(context.prompt, stalls.create_watch())
    except TaskTooLargeError as exc:
        return AttemptRecord(one, AttemptResult(TOO_LARGE, str(exc)), row, tree)
    except ModelError as exc:
        return AttemptRecord(
            one,
            AttemptResult(NO_MODEL, str(exc)),
            add_cost(row_of_failure(row, exc), _tier_settings(run, one)),
            tree,
        )
    row = add_cost(row_of_reply(row, reply), _tier_settings(run, one))
    draft, user = find_draft(run, one) if context.drafted else "", context.prompt.user
    return AttemptRecord(
        one, AttemptResult(ASKED), row, tree, user, reply.text, reply.cut_why, draft, context.spans
    )


def apply_and_check(run: TaskRun, record: AttemptRecord) -> AttemptRecord:
    """Apply what the attempt brought and let the checks decide; write it down for people."""
    if record.result.outcome == ASKED:
        record = replace(record, result=_apply_reply(run, record))
    return record_attempt(run, record)


def record_attempt(run: TaskRun, record: AttemptRecord) -> AttemptRecord:
    """Enter an attempt in the ledger, keep its evidence and show it."""
    row = replace(record.row, outcome=record.result.outcome)
    run.context.meter.add(row)
    _keep_evidence(run.context, record)
    for fall in row.failures:
        run.context.report(
            ProgressEvent("attempt", f"{fall.model} fell: {fall.why}", run.task.id, good=False)
        )
    text = f"{row.number} {row.tier} {row.model}: {record.result.outcome}"
    why = f": {record.result.why}" if record.result.why else ""
    why += f" (no room for: {', '.join(row.dropped)})" if row.dropped else ""
    run.context.report(
        ProgressEvent("attempt", text + why, run.task.id, good=record.result.passed, row=row)
    )
    return replace(record, row=row)


def accept_answer(run: TaskRun, record: AttemptRecord) -> tuple[AttemptRecord, str]:
    """Take a query's reply as it is, cut to what later prompts have room for. Writes no file."""
    text = digest(record.reply, tokens=ANSWER_TOKENS) if record.result.outcome == ASKED else ""
    result = replace(record.result, outcome=PASSED if text else record.result.outcome)
    return record_attempt(run, replace(record, result=result)), text


def _apply_reply(run: TaskRun, record: AttemptRecord) -> AttemptResult:
    past = [_as_stall_try(one, one.result) for one in run.attempts]
    try:
        files = _read_edits(run, record)
    except EditError as exc:
        result = refused_edit(exc)
        if record.attempt.tier == "manifest":
            return result
        return _name_stall(
            result, stalls.find_stalls(_as_stall_try(record, result), past, run.base_tree)
        )
    except (OSError, GitError, UserError):
        raise  # the machine's or a person's to mend: the attempt is made again then
    except Exception as exc:  # noqa: BLE001  # a reply we cannot read must not end a night's work
        return _record_bug(run, record, exc)
    tree = run.context.repo.tree_with(run.base_tree, files)
    result = AttemptResult(ASKED, tree=tree, files=tuple(sorted(files)))
    if signs := stalls.find_stalls(_as_stall_try(record, result), past, run.base_tree):
        said = replace(
            result, why=stalls.describe_stall(signs[0]), digest=_last_digest(run.attempts)
        )
        return _name_stall(said, signs)
    test_counts = run.base.test_counts
    result = judge_tree(run.context, run.lane, run.task, tree, result.files, test_counts)
    if record.attempt.tier == "manifest" and result.outcome == NO_BITE:
        return replace(result, outcome=PLAN_FAULT)
    return replace(
        result, stalls=stalls.find_stalls(_as_stall_try(record, result), past, run.base_tree)
    )


def _record_bug(run: TaskRun, record: AttemptRecord, bug: Exception) -> AttemptResult:
    """Ours: keep what is needed to mend it, and let the next attempt be made."""
    name = f"{record.row.task}-{record.row.number}-fault"
    trace = "".join(traceback.format_exception(bug))
    run.context.keep_evidence(name, [("traceback", trace), ("reply", record.reply)])
    where = run.context.folder / "evidence" / f"{name}.txt"
    return AttemptResult(
        FAULT, f"{type(bug).__name__} while the reply was read, please report {where}"
    )


def _read_edits(run: TaskRun, record: AttemptRecord) -> dict[str, bytes | None]:
    if record.attempt.tier == "manifest":
        return resolve_blocks(
            run.task.blocks,
            lambda path: run.context.repo.read(run.base_tree, path),
            written_paths(run.task),
        )
    try:
        return apply_reply(
            run.context, run.task, run.base_tree, record.start_tree, record.reply, record.spans
        )
    except EditError:
        if not record.draft_tree:
            raise
        return apply_reply(run.context, run.task, run.base_tree, record.draft_tree, record.reply)


def _name_stall(result: AttemptResult, signs: tuple[str, ...]) -> AttemptResult:
    """Name the attempt after the stall that ended it; what was refused keeps its why."""
    return replace(result, outcome=signs[0], stalls=signs) if signs else result


def _as_stall_try(record: AttemptRecord, result: AttemptResult) -> stalls.AttemptSummary:
    return stalls.AttemptSummary(
        reply=record.reply,
        prompt=record.prompt,
        applied=bool(result.tree),
        files=result.tree,
        failure=result.failure_key if result.tree else "",
        cut=record.cut_reason,
    )


def _last_digest(tries: Sequence[AttemptRecord]) -> str:
    return next((one.result.digest for one in reversed(tries) if one.result.digest), "")


def _start_tree(run: TaskRun, one: Attempt) -> str:
    """Senior may go on from the best local try, the one with the fewest failing tests."""
    if one.tier != "senior" or not run.task.carry:
        return run.base_tree
    nearest = find_best_attempt(run.attempts)
    return nearest.result.tree if nearest else run.base_tree


def _tier_settings(run: TaskRun, one: Attempt) -> TierSettings:
    return run.lane.settings.tiers[one.tier]  # type: ignore[index]  # a tier that was asked


def _keep_evidence(context: JobContext, record: AttemptRecord) -> None:
    name = f"{record.row.task}-{record.row.number}"
    result = record.result
    outcome = f"{result.outcome}\n{result.why}\n{result.digest}"
    left_out = (
        [("left out of the prompt", "\n".join(record.row.dropped))] if record.row.dropped else []
    )
    parts = [("prompt", record.prompt), *left_out, ("reply", record.reply), ("outcome", outcome)]
    context.keep_evidence(name, parts)
