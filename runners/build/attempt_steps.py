"""The durable steps of an attempt: asking a tier, then applying and checking its reply.

A job that is killed between them continues with the reply that was paid for. Of candidates that are
made side by side, applying and checking are two steps: what the others made is known in between.
"""

import functools
import traceback
from collections.abc import Callable, Sequence
from dataclasses import replace

from bot.errors import GitError, ModelSettingsError, UserError
from bot.evaluation.task_kind import classify_task
from bot.failures import Failure
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.model import FailedModel, Prompt
from bot.models.tool_text import describe_tools
from bot.plan import format_check, written_paths
from bot.prompts.budget import PART_GAP, TaskTooLargeError
from bot.prompts.inputs import MAX_ANSWER_TOKENS
from bot.prompts.task_prompt import SYSTEM, TaskPrompt
from runners import stalls
from runners.build.attempt import KeepVerdict, apply_reply, judge_tree, refuse_edit
from runners.build.context import list_check_outputs
from runners.build.executors import find_executor
from runners.build.ingredients import enter_draw
from runners.build.kept_answers import keep_answer
from runners.build.prompt_sources import (
    build_prompt,
    choose_start_tree,
    find_draft,
    gather_sources,
    name_strategy,
    name_written,
    tier_settings,
    works_in_turns,
)
from runners.build.results import Attempt, AttemptRecord, AttemptResult, TaskRun
from runners.build.strikes import note_strike
from runners.build.tries import write_try
from runners.build.turn_work import TurnWork, list_turn_parts, to_turn_reply
from runners.cancellation import NEVER, Cancellation
from runners.checks.check import Verdict
from runners.checks.failure_digest import shorten_output
from runners.disk_floor import require_free_disk
from runners.edits import EditError
from runners.edits.exact_blocks import resolve_blocks
from runners.evidence import list_dropped
from runners.hidden_secrets import restore_secrets
from runners.model_call import ModelCall
from runners.model_outages import explain_truncation
from runners.progress import ProgressEvent, report_call
from runners.sandbox.run_command import CommandStoppedError, stop_when

MAX_SINGLE_DIFFS = 10
"""Files of an attempt whose diffs are asked for one by one, whatever `.gitattributes` says."""
MAX_DETAIL_CHARS = 200
"""Of the first failure, on the line that tells of an attempt; the evidence has all of it."""


def ask_tier(
    run: TaskRun,
    attempt: Attempt,
    cancellation: Cancellation = NEVER,
    note_reserved: Callable[[], None] = lambda: None,
) -> AttemptRecord:
    """Ask the attempt's tier; the manifest calls no model.

    `note_reserved` is called once its tokens are reserved. Raises JobLimitError where nothing more
    may be spent.
    """
    require_free_disk(run.context.settings)
    row = begin_row(run, attempt)
    asked = AttemptResult(AttemptOutcome.ASKED)
    if attempt.tier == "manifest":
        run.context.record.require_room()
        return AttemptRecord(attempt, asked, replace(row, model="exact blocks"), run.base_tree)
    if row.start:
        run.context.report(ProgressEvent("task", f"begins with {row.start}", run.task.id))
    if executor := find_executor(run, attempt):
        return executor(run, attempt, replace(row, strategy=""))
    tree = choose_start_tree(run, attempt)
    if works_in_turns(run.task, tier_settings(run, attempt)):
        tree = _start_turns(run, row, tree)
    bound = tier_settings(run, attempt).context
    try:
        with run.context.record.reserve(row.task, row.number, bound):
            note_reserved()
            task_prompt, call = _ask_within_window(run, attempt, tree, row, cancellation)
    except TaskTooLargeError as exc:
        too_large = AttemptResult(AttemptOutcome.TOO_LARGE, str(exc))
        return AttemptRecord(attempt, too_large, row, tree)
    if call.reply is None:
        outcome = AttemptOutcome.SERVER_DOWN if call.gave_up else call.outcome
        unanswered = AttemptResult(outcome, call.why)
        user, thoughts = task_prompt.prompt.user, call.thoughts
        return AttemptRecord(
            attempt,
            unanswered,
            call.row,
            tree,
            user,
            thoughts=thoughts,
            prompt_parts=_measure_parts(task_prompt),
        )
    if task_prompt.prompt.tools:
        return _begin_turns(run, AttemptRecord(attempt, asked, call.row, tree), task_prompt, call)
    own = (run.context.repo.read_file(tree, run.task.file) or b"") if run.task.file else b""
    text = restore_secrets(call.reply.text, dict(call.hidden), own.decode(errors="replace"))
    draft = find_draft(run, attempt) if task_prompt.drafted else ""
    if task_prompt.edits_draft:
        # The reply is an edit of the draft, so that is what it applies to.
        tree, draft = draft, ""
    return AttemptRecord(
        attempt,
        asked,
        call.row,
        tree,
        prompt=task_prompt.prompt.user,
        reply=text,
        cut_reason=call.reply.cut_why,
        draft_tree=draft,
        spans=task_prompt.spans,
        cut_at=call.cut_at,
        thoughts=call.thoughts,
        end_unknown=call.end_unknown,
        learnt_reply=call.learnt_reply,
        prompt_parts=_measure_parts(task_prompt),
    )


def _begin_turns(
    run: TaskRun, record: AttemptRecord, asked: TaskPrompt, call: ModelCall
) -> AttemptRecord:
    """The attempt with its first reply; what it took is entered at once, as of each further one."""
    row = replace(call.row, turns=((call.row.tokens_in, call.row.tokens_out),))
    run.context.record.add_attempt(replace(row, outcome=AttemptOutcome.ASKED))
    first = asked.prompt
    if call.learnt_reply:
        first = replace(first, thinking=0, reply=call.learnt_reply)
    work = TurnWork(
        first,
        name_written(run.task),
        tuple(format_check(each) for each in run.task.checks),
        reply=to_turn_reply(1, call),
    )
    return replace(
        record,
        row=row,
        prompt=first.user,
        prompt_parts=_measure_parts(asked),
        work=work,
    )


def begin_row(run: TaskRun, attempt: Attempt) -> LedgerRow:
    """What the ledger says of it before it is made."""
    return LedgerRow(
        task=run.task.id,
        number=attempt.number,
        tier=attempt.tier,
        model="",
        kind=classify_task(run.task, file_exists=_has_file(run)),
        round=attempt.round,
        candidate=attempt.candidate,
        candidates=attempt.candidates,
        strategy=name_strategy(run, attempt),
        start=_explain_start(run, attempt),
    )


def _explain_start(run: TaskRun, attempt: Attempt) -> str:
    """Why this tier begins, where that was measured; empty for all that is not the beginning."""
    asked = any(each.attempt.tier != "manifest" for each in run.attempts)
    return "" if asked or attempt.tier == "manifest" else run.base.start_why


def _has_file(run: TaskRun) -> bool:
    path = run.task.file
    return bool(path) and run.context.repo.find_entry(run.base_tree, path) is not None


def _measure_parts(prompt: TaskPrompt) -> tuple[tuple[str, str, int], ...]:
    return tuple((each.name, each.why, len(each.text)) for each in prompt.parts)


def _ask_within_window(
    run: TaskRun, attempt: Attempt, tree: str, row: LedgerRow, cancellation: Cancellation
) -> tuple[TaskPrompt, ModelCall]:
    """The prompt that the server had room for, and the call.

    A server whose window is smaller than the settings say refuses a prompt, or cuts it and answers
    what nobody asked: neither is the model's failure, so it gets a shorter one.
    """
    outages, spent = run.context.outages, list[FailedModel]()
    while True:
        settings = tier_settings(run, attempt)
        try:
            prompt = build_prompt(gather_sources(run, attempt, tree), attempt)
        except TaskTooLargeError as exc:
            if attempt.tier not in outages.windows:
                raise
            why = f"its server's window of {settings.context:,} tokens is too small: {exc}"
            hint = f"Start the server with a larger window, as `context` in {settings.table} says."
            raise ModelSettingsError(why, where=settings.table, hint=hint) from exc
        row = enter_draw(replace(row, dropped=prompt.dropped), prompt.ingredients)
        chain = run.lane.open_chain(attempt.tier)
        call = outages.ask(
            chain,
            prompt.prompt,
            row,
            settings,
            run.context.meter,
            may_fall_back=attempt.tier == "local" and has_senior(run),
            cancellation=cancellation,
        )
        call = replace(call, row=replace(call.row, failures=(*spent, *call.row.failures)))
        why, window = find_small_window(prompt.prompt, call)
        if not why:
            return prompt, call
        spent = list(call.row.failures)
        if call.row.tokens:
            spent.append(to_failure(call.row, why))
        outages.learn_window(attempt.tier, settings, window, why)


def find_small_window(prompt: Prompt, call: ModelCall) -> tuple[str, int]:
    """Why the server's window is too small for the prompt, and its size; empty where it fits."""
    if call.cause == "window":
        return f"the server has no room for the prompt ({call.why})", call.window
    why = explain_truncation(prompt, call.reply) if call.reply else ""
    return why, call.reply.tokens_in if call.reply and why else 0


def to_failure(row: LedgerRow, why: str) -> FailedModel:
    return FailedModel(
        row.model, why, row.tokens_in, row.tokens_out, row.tokens_cached, row.tokens_thought,
        row.place,
    )  # fmt: skip


def has_senior(run: TaskRun) -> bool:
    return "senior" in run.lane.settings.tiers and run.context.config.limits.senior_attempts > 0


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


def record_attempt(run: TaskRun, record: AttemptRecord, verdicts: Sequence[Verdict] = ()) -> None:
    """Enter an attempt in the ledger, keep its evidence and show it."""
    context, result = run.context, record.result
    row = replace(record.row, outcome=result.outcome)
    context.record.add_attempt(row)
    _keep_evidence(run, record, verdicts)
    why = f": {result.why}" if result.why else ""
    if result.outcome == AttemptOutcome.CUT_OFF:
        table = tier_settings(run, record.attempt).table
        why = f"{why}; `answer` in {table} is the room for one answer"
    dropped = f" (no room for: {', '.join(row.dropped)})" if row.dropped else ""
    dropped += f" (left out to measure it: {', '.join(row.left_out)})" if row.left_out else ""
    outcome = stalls.name_outcome(result.outcome)
    if record.work and result.passed:
        why = f" {record.work.describe_end()}"
    # "cut off at 2,048 tokens" says the outcome itself.
    told = why.removeprefix(": ") if result.why.startswith(f"{outcome} ") else f"{outcome}{why}"
    which = f", {row.said_candidate}" if row.candidate else ""
    text = f"{row.number} {row.tier} {row.model}{which}: {told}{dropped}"
    detail = "" if result.passed else _first_message(result.failures)
    unneeded = result.outcome in {AttemptOutcome.STOPPED, AttemptOutcome.DUPLICATE}
    good = None if unneeded else result.passed
    report_call(context.report, row, text, good=good, detail=detail)


def _first_message(failures: Sequence[Failure]) -> str:
    """The first failure on one line; "..." stands for what is too long for it."""
    first = failures[0] if failures else Failure()
    message = next((line.strip() for line in first.message if line.strip()), "")
    line = ": ".join(filter(None, (first.name, message)))
    return line if len(line) <= MAX_DETAIL_CHARS else f"{line[:MAX_DETAIL_CHARS]}..."


def accept_answer(run: TaskRun, record: AttemptRecord) -> str:
    """Take a query's reply as it is, cut to what later prompts have room for. Writes no file."""
    asked = record.result.outcome == AttemptOutcome.ASKED
    text = shorten_output(record.reply, tokens=MAX_ANSWER_TOKENS) if asked else ""
    record_attempt(run, record.with_answer(text))
    if text:
        keep_answer(run, text)
    return text


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
        return _list_changed(run, record.work.find_tree(record.start_tree))
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


def _list_changed(run: TaskRun, tree: str) -> dict[str, bytes | None]:
    """What a tree has of the task's files otherwise than the task's base."""
    repo, own = run.context.repo, written_paths(run.task)
    changes = repo.compare_trees(run.base_tree, tree)
    return {each.path: repo.read_file(tree, each.path) for each in changes if each.path in own}


def _start_turns(run: TaskRun, row: LedgerRow, draft: str) -> str:
    """The task's base with the files of a draft, which may have been made on another base."""
    if draft == run.base_tree:
        return draft
    files = _list_changed(run, draft)
    return write_try(run.context, run.task.id, f"{row.number}-start", run.base_tree, files)


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


def _keep_evidence(run: TaskRun, record: AttemptRecord, verdicts: Sequence[Verdict]) -> None:
    """All of it, in the order in which it came about; digests are for prompts, not for people."""
    row, result = record.row, record.result
    told = filter(None, (result.why, result.reply_fault, result.digest))
    outcome = "\n".join((result.outcome, *dict.fromkeys(told)))
    shown = [*_list_prompt_parts(record), *list_dropped(row.dropped)]
    turns = list_turn_parts(record.work) if record.work else [("reply", record.reply)]
    said = [*record.thoughts, *turns]
    done = [("diff", _show_diff(run, result))] if result.tree else []
    judged = list_check_outputs(verdicts)
    parts = [*shown, *said, *done, *judged, ("outcome", outcome)]
    run.context.keep_evidence(f"{row.task}-{row.number}", parts)


def _list_prompt_parts(record: AttemptRecord) -> list[tuple[str, str]]:
    """Each part of the prompt by its name, the system prompt first; none for exact blocks."""
    if not record.prompt:
        return []
    parts, at = [] if record.executor else [("system", _system_text(record))], 0
    for name, why, length in record.prompt_parts:
        parts.append((f"prompt: {name} ({why})", record.prompt[at : at + length]))
        at += length + len(PART_GAP)
    if record.work:
        parts.append(("tools", describe_tools(record.work.first.tools)))
    return parts


def _system_text(record: AttemptRecord) -> str:
    return record.work.first.system if record.work else SYSTEM


def _show_diff(run: TaskRun, result: AttemptResult) -> str:
    """What the attempt changed of the task's base."""
    repo = run.context.repo
    if len(result.files) > MAX_SINGLE_DIFFS:
        return repo.diff(run.base_tree, result.tree)
    return "".join(repo.diff_file(run.base_tree, result.tree, path) for path in result.files)
