"""Asking a tier for an attempt: its row, its prompt, and the call, within the server's window."""

from collections.abc import Callable
from dataclasses import replace

from bot.errors import ModelSettingsError
from bot.evaluation.task_kind import classify_task
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.model import FailedModel, Prompt
from bot.plan import format_check
from bot.prompts.budget import TaskTooLargeError
from bot.prompts.task_prompt import TaskPrompt
from runners.build.attempt_prompt import build_prompt, name_written
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult
from runners.build.attempt_strategy import (
    choose_start_tree,
    find_draft,
    name_strategy,
    tier_settings,
    works_in_turns,
)
from runners.build.executors import find_executor
from runners.build.ingredients import enter_draw
from runners.build.judge_attempt import list_changed
from runners.build.prompt_sources import gather_sources
from runners.build.task_run import TaskRun
from runners.build.tries import write_try
from runners.build.turn_work import TurnWork, to_turn_reply
from runners.cancellation import NEVER, Cancellation
from runners.disk_floor import require_free_disk
from runners.hidden_secrets import restore_secrets
from runners.model_call import ModelCall
from runners.progress import ProgressEvent
from runners.server_windows import explain_truncation


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
    windows, spent = run.context.windows, list[FailedModel]()
    while True:
        settings = tier_settings(run, attempt)
        try:
            prompt = build_prompt(gather_sources(run, attempt, tree), attempt)
        except TaskTooLargeError as exc:
            if not windows.is_learnt(attempt.tier):
                raise
            why = f"its server's window of {settings.context:,} tokens is too small: {exc}"
            hint = f"Start the server with a larger window, as `context` in {settings.table} says."
            raise ModelSettingsError(why, where=settings.table, hint=hint) from exc
        row = enter_draw(replace(row, dropped=prompt.dropped), prompt.ingredients)
        chain = run.lane.open_chain(attempt.tier)
        call = run.context.outages.ask(
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
        windows.learn(attempt.tier, settings, window, why)


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


def _start_turns(run: TaskRun, row: LedgerRow, draft: str) -> str:
    """The task's base with the files of a draft, which may have been made on another base."""
    if draft == run.base_tree:
        return draft
    files = list_changed(run, draft)
    return write_try(run.context, run.task.id, f"{row.number}-start", run.base_tree, files)
