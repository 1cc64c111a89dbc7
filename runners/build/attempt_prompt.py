"""The prompt by which an attempt asks a model: its view of the file, its room, what it shows."""

from collections.abc import Iterator
from dataclasses import replace

from bot.coaching.read_guidance import select_guidance
from bot.git.diff import diff_file
from bot.git.repo import Repo
from bot.ledger import EXAMPLE, NOTE
from bot.models.profiles import thinking_room
from bot.models.tool_calls import ToolSpec
from bot.models.tool_text import describe_tools
from bot.plan import Task, format_check, written_paths
from bot.prompts.budget import TaskTooLargeError
from bot.prompts.inputs import MISSING_FILE, TaskPromptInput
from bot.prompts.strategies import Strategy, show_bodies_again, write_bodies_anew
from bot.prompts.task_prompt import TaskPrompt, compose_prompt
from bot.prompts.tool_prompt import TOOL_SYSTEM, list_tools
from bot.prompts.tool_strategies import choose_tool_strategy, prompt_window
from runners import stalls
from runners.build.attempt_records import Attempt, AttemptRecord
from runners.build.attempt_strategy import strategy_of, works_in_turns
from runners.build.check_files import HowItFails, find_test_files
from runners.build.drafts import describe_last_reply, find_failure, find_shown_draft
from runners.build.file_context import gather_file_context, read_text, recall_landed_tasks
from runners.build.prompt_sources import (
    PromptSources,
    describe_background,
    draw_ingredients,
    list_failed_blocks,
    read_task_file,
)

_RUNS_APART = 10_000
"""Seeds between two runs that are asked the same: turns and new tries of an attempt are closer."""


def _choose_view(sources: PromptSources, attempt: Attempt) -> Strategy:
    """The attempt's strategy; bodies are left out only where the attempt before showed them.

    An answer that could not be used shows nothing new, so the same view is given again, with the
    answer's fault. A draft in the file's place may have dropped lines of the file. What was given
    back as it stood in view would be given back again: then the faulty bodies are left out.
    """
    if works_in_turns(sources.task, sources.tier):
        return choose_tool_strategy(attempt.nth)
    strategy = strategy_of(attempt)
    if not sources.attempts:
        return strategy
    *earlier, last = sources.attempts
    if strategy.form == "fix" and stalls.COPIES.intersection(last.result.stalls):
        return write_bodies_anew(strategy)
    before = strategy_of(last.attempt)
    file = sources.task.file
    drafted = before.draft == "instead" and find_shown_draft(before, earlier, sources.base, file)
    hides_file = drafted and not find_shown_draft(strategy, sources.attempts, sources.base, file)
    return show_bodies_again(strategy) if last.result.reply_fault or hides_file else strategy


def build_prompt(sources: PromptSources, attempt: Attempt) -> TaskPrompt:
    """What the attempt asks. Raises TaskTooLargeError where the window is too small.

    After an answer that was cut off there is more room for the next one, as far as the window has
    it beside what must be shown.
    """
    answer, learnt = choose_answer_room(sources, attempt), find_learnt_reply(sources, attempt)
    thinking = 0 if learnt else thinking_room(sources.tier)
    least = sources.tier.answer + thinking
    reply = max(answer + thinking, min(learnt, sources.tier.context // 2))
    try:
        return _build_prompt(sources, attempt, reply, thinking)
    except TaskTooLargeError:
        if reply == least:
            raise
        return _build_prompt(sources, attempt, least, thinking)


def find_learnt_reply(sources: PromptSources, attempt: Attempt) -> int:
    """The room in which this tier answered once it was asked not to think; 0 where it never was."""
    return max(
        (r.learnt_reply for r in sources.attempts if r.attempt.tier == attempt.tier), default=0
    )


def choose_answer_room(sources: PromptSources, attempt: Attempt) -> int:
    """Twice the room for each answer of this tier that was cut off, up to half of the window."""
    tier = sources.tier
    cut = sum(1 for r in sources.attempts if r.cut_at and r.attempt.tier == attempt.tier)
    most = max(tier.answer, tier.context // 2 - thinking_room(tier))
    return min(tier.answer << cut, most)


def _build_prompt(
    sources: PromptSources, attempt: Attempt, reply: int, thinking: int
) -> TaskPrompt:
    strategy, task, tree = _choose_view(sources, attempt), sources.task, sources.tree
    repo, base, window = sources.plan.repo, sources.plan.base, sources.tier.context
    draft = find_shown_draft(strategy, sources.attempts, sources.base, sources.task.file)
    failed = find_failure(sources.attempts, sources.base, draft)
    done = recall_landed_tasks(repo, sources.job_id, base, sources.base.commit)
    draw = draw_ingredients(sources, attempt)
    tools = list_task_tools(task) if strategy.form == "tools" else ()
    if tools:
        window = prompt_window(window, reply) - sources.count(describe_tools(tools))
    composed = compose_prompt(
        TaskPromptInput(
            task=task,
            content=read_task_file(repo, tree, task.file),
            strategy=strategy,
            window=window,
            reply=reply,
            thinking=thinking,
            whole_file=sources.tier.whole_file or sources.tier.answer,
            # Another one for each attempt: the same prompt and seed would give the same reply.
            seed=attempt.number + _RUNS_APART * sources.seed,
            digest=failed.digest,
            failures=failed.failures,
            tests=_find_tests(sources, failed),
            reads=(*_read_files(sources), *list_failed_blocks(task)),
            answers=sources.answers,
            job=describe_background(sources),
            coaching=draw.texts(NOTE),
            examples=draw.texts(EXAMPLE),
            guidance=select_guidance(
                repo, sources.plan.rules, {*written_paths(task), task.file} - {""}
            ),
            stalls=tuple(describe_last_reply(sources.attempts, draft, task.file)),
            draft=_read_draft(repo, draft, task.file) if draft and not tools else "",
            draft_diff=_diff_draft(repo, tree, draft, task.file)
            if draft and not tools and strategy.draft == "beside"
            else "",
            attempt=attempt.nth + 1,
            count=sources.count,
            file_context=gather_file_context(repo, tree, task, window=window, done=done),
        )
    )
    shown = draw.seen_in({each.name for each in composed.parts})
    composed = replace(composed, ingredients=shown)
    if not tools:
        return composed
    prompt = replace(composed.prompt, system=TOOL_SYSTEM, tools=tools)
    tokens = composed.tokens + sources.count(describe_tools(tools))
    return replace(composed, prompt=prompt, tokens=tokens, window=sources.tier.context)


def _read_draft(repo: Repo, draft: AttemptRecord, path: str) -> str:
    return read_text(repo, draft.result.tree, path, exact=True) or ""


def _diff_draft(repo: Repo, tree: str, draft: AttemptRecord, path: str) -> str:
    """Its hunks alone; empty where there is no file yet, or none that is text."""
    if repo.find_entry(tree, path) is None:
        return ""
    _, start, hunks = diff_file(repo, tree, draft.result.tree, path).partition("\n@@ ")
    return f"{start}{hunks}".strip("\n")


def _find_tests(sources: PromptSources, failed: HowItFails) -> tuple[tuple[str, str], ...]:
    checks = sources.plan.config.checks
    names = [each.name for each in sources.task.checks if each.kind == "run"]
    commands = [checks[name] for name in names if name in checks]
    return find_test_files(sources.plan.repo, sources.tree, sources.task, commands, failed)


def list_task_tools(task: Task) -> tuple[ToolSpec, ...]:
    return list_tools(name_written(task), [format_check(each) for each in task.checks])


def name_written(task: Task) -> str:
    """The file that it writes, or the first of several."""
    return task.file or min(written_paths(task), default="")


def _read_files(sources: PromptSources) -> Iterator[tuple[str, str]]:
    """The files the plan says to read; one that is missing or no text is named as missing."""
    for path in sources.task.reads:
        yield path, read_text(sources.plan.repo, sources.tree, path) or MISSING_FILE
