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
    judge,
    reply_edit,
    unapplied,
)
from runners.build.context import JobContext
from runners.build.prompt_sources import best, context_for, draft_of, prompt_sources
from runners.build.results import NO_MODEL, AttemptRecord, TaskRun
from runners.checks.failure_digest import digest
from runners.edits import EditError
from runners.edits.exact_blocks import resolve_blocks
from runners.model_call import add_cost, row_of_failure, row_of_reply
from runners.progress import ProgressEvent

ASKED, TOO_LARGE = "asked", "task too large"
FAULT = "fault of bricklayer"
ANSWER_TOKENS = 200


def ask(turn: TaskRun, one: Attempt) -> AttemptRecord:
    """Ask the attempt's tier. The manifest asks nobody."""
    row = LedgerRow(task=turn.task.id, number=one.number, tier=one.tier, model="")
    if one.tier == "manifest":
        return AttemptRecord(
            one, AttemptResult(ASKED), replace(row, model="exact blocks"), turn.base
        )
    tree = _start_tree(turn, one)
    try:
        context = context_for(prompt_sources(turn, one, tree), one)
        row = replace(row, dropped=context.dropped)
        reply = turn.lane.tier(one.tier).ask(context.prompt, stalls.create_watch())
    except TaskTooLargeError as exc:
        return AttemptRecord(one, AttemptResult(TOO_LARGE, str(exc)), row, tree)
    except ModelError as exc:
        return AttemptRecord(
            one,
            AttemptResult(NO_MODEL, str(exc)),
            add_cost(row_of_failure(row, exc), _tier(turn, one)),
            tree,
        )
    row = add_cost(row_of_reply(row, reply), _tier(turn, one))
    draft, user = draft_of(turn, one) if context.drafted else "", context.prompt.user
    return AttemptRecord(
        one, AttemptResult(ASKED), row, tree, user, reply.text, reply.cut_why, draft, context.spans
    )


def apply_and_check(turn: TaskRun, tried: AttemptRecord) -> AttemptRecord:
    """Apply what the attempt brought and let the checks decide; write it down for people."""
    if tried.laid.outcome == ASKED:
        tried = replace(tried, laid=_laid(turn, tried))
    return record_attempt(turn, tried)


def record_attempt(turn: TaskRun, tried: AttemptRecord) -> AttemptRecord:
    """Enter an attempt in the ledger, keep its evidence and show it."""
    row = replace(tried.row, outcome=tried.laid.outcome)
    turn.site.meter.add(row)
    _keep(turn.site, tried)
    for fall in row.failures:
        turn.site.report(
            ProgressEvent("attempt", f"{fall.model} fell: {fall.why}", turn.task.id, good=False)
        )
    text = f"{row.number} {row.tier} {row.model}: {tried.laid.outcome}"
    why = f": {tried.laid.why}" if tried.laid.why else ""
    why += f" (no room for: {', '.join(row.dropped)})" if row.dropped else ""
    turn.site.report(
        ProgressEvent("attempt", text + why, turn.task.id, good=tried.laid.passed, row=row)
    )
    return replace(tried, row=row)


def answer(turn: TaskRun, tried: AttemptRecord) -> tuple[AttemptRecord, str]:
    """Take a query's reply as it is, cut to what later prompts have room for. Writes no file."""
    text = digest(tried.reply, tokens=ANSWER_TOKENS) if tried.laid.outcome == ASKED else ""
    laid = replace(tried.laid, outcome=PASSED if text else tried.laid.outcome)
    return record_attempt(turn, replace(tried, laid=laid)), text


def _laid(turn: TaskRun, tried: AttemptRecord) -> AttemptResult:
    past = [_stall_try(one, one.laid) for one in turn.tries]
    try:
        files = _files(turn, tried)
    except EditError as exc:
        laid = unapplied(exc)
        if tried.attempt.tier == "manifest":
            return laid
        return _named(laid, stalls.find_stalls(_stall_try(tried, laid), past, turn.base))
    except (OSError, GitError, UserError):
        raise  # the machine's or a person's to mend: the attempt is made again then
    except Exception as exc:  # noqa: BLE001  # a reply we cannot read must not end a night's work
        return _fault(turn, tried, exc)
    tree = turn.site.repo.tree_with(turn.base, files)
    laid = AttemptResult(ASKED, tree=tree, files=tuple(sorted(files)))
    if signs := stalls.find_stalls(_stall_try(tried, laid), past, turn.base):
        said = replace(laid, why=stalls.describe_stall(signs[0]), digest=_last_digest(turn.tries))
        return _named(said, signs)
    counted = turn.start.counted
    laid = judge(turn.site, turn.lane, turn.task, tree, laid.files, counted)
    if tried.attempt.tier == "manifest" and laid.outcome == NO_BITE:
        return replace(laid, outcome=PLAN_FAULT)
    return replace(laid, stalls=stalls.find_stalls(_stall_try(tried, laid), past, turn.base))


def _fault(turn: TaskRun, tried: AttemptRecord, bug: Exception) -> AttemptResult:
    """Ours: keep what is needed to mend it, and let the next attempt be made."""
    name = f"{tried.row.task}-{tried.row.number}-fault"
    trace = "".join(traceback.format_exception(bug))
    turn.site.keep_evidence(name, [("traceback", trace), ("reply", tried.reply)])
    where = turn.site.folder / "evidence" / f"{name}.txt"
    return AttemptResult(
        FAULT, f"{type(bug).__name__} while the reply was read, please report {where}"
    )


def _files(turn: TaskRun, tried: AttemptRecord) -> dict[str, bytes | None]:
    if tried.attempt.tier == "manifest":
        return resolve_blocks(
            turn.task.blocks,
            lambda path: turn.site.repo.read(turn.base, path),
            written_paths(turn.task),
        )
    try:
        return reply_edit(turn.site, turn.task, turn.base, tried.start, tried.reply, tried.spans)
    except EditError:
        if not tried.draft:
            raise
        return reply_edit(turn.site, turn.task, turn.base, tried.draft, tried.reply)


def _named(laid: AttemptResult, signs: tuple[str, ...]) -> AttemptResult:
    """Name the attempt after the stall that ended it; what was refused keeps its why."""
    return replace(laid, outcome=signs[0], stalls=signs) if signs else laid


def _stall_try(tried: AttemptRecord, laid: AttemptResult) -> stalls.AttemptSummary:
    return stalls.AttemptSummary(
        reply=tried.reply,
        prompt=tried.prompt,
        applied=bool(laid.tree),
        files=laid.tree,
        failure=laid.key if laid.tree else "",
        cut=tried.cut,
    )


def _last_digest(tries: Sequence[AttemptRecord]) -> str:
    return next((one.laid.digest for one in reversed(tries) if one.laid.digest), "")


def _start_tree(turn: TaskRun, one: Attempt) -> str:
    """Senior may go on from the best local try, the one with the fewest failing tests."""
    if one.tier != "senior" or not turn.task.carry:
        return turn.base
    nearest = best(turn.tries)
    return nearest.laid.tree if nearest else turn.base


def _tier(turn: TaskRun, one: Attempt) -> TierSettings:
    return turn.lane.settings.tiers[one.tier]  # type: ignore[index]  # a tier that was asked


def _keep(site: JobContext, tried: AttemptRecord) -> None:
    name = f"{tried.row.task}-{tried.row.number}"
    laid = tried.laid
    outcome = f"{laid.outcome}\n{laid.why}\n{laid.digest}"
    left_out = (
        [("left out of the prompt", "\n".join(tried.row.dropped))] if tried.row.dropped else []
    )
    parts = [("prompt", tried.prompt), *left_out, ("reply", tried.reply), ("outcome", outcome)]
    site.keep_evidence(name, parts)
