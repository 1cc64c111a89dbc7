"""What is kept of an attempt: its row in the ledger, its evidence, the line that tells of it."""

from collections.abc import Sequence
from dataclasses import replace

from bot.failures import Failure
from bot.git.diff import diff_commits, diff_file
from bot.ledger import AttemptOutcome
from bot.models.tool_text import describe_tools
from bot.prompts.budget import PART_GAP
from bot.prompts.inputs import MAX_ANSWER_TOKENS
from bot.prompts.task_prompt import SYSTEM
from runners import stalls
from runners.build.attempt_records import AttemptRecord, AttemptResult
from runners.build.attempt_strategy import tier_settings
from runners.build.context import list_check_outputs
from runners.build.kept_answers import keep_answer
from runners.build.task_run import TaskRun
from runners.build.turn_work import list_turn_parts
from runners.checks.failure_digest import shorten_output
from runners.checks.verdict import Verdict
from runners.evidence import list_dropped
from runners.progress import report_call

MAX_SINGLE_DIFFS = 10
"""Files of an attempt whose diffs are asked for one by one, whatever `.gitattributes` says."""
MAX_DETAIL_CHARS = 200
"""Of the first failure, on the line that tells of an attempt; the evidence has all of it."""


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
        return diff_commits(repo, run.base_tree, result.tree)
    return "".join(diff_file(repo, run.base_tree, result.tree, path) for path in result.files)
