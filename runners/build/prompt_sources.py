"""Gathering from git what an attempt's prompt is made of; `bot.prompts` composes it."""

import shlex
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from bot.coaching.notes import Note
from bot.coaching.read_coaching import select_notes
from bot.coaching.read_guidance import select_guidance
from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.git.repo import Repo
from bot.ledger import EXAMPLE, NOTE, strip_to_line
from bot.models.profiles import thinking_room
from bot.models.token_count import TokenCount
from bot.models.token_estimate import estimate_tokens
from bot.models.tool_calls import ToolSpec
from bot.models.tool_text import describe_tools
from bot.plan import Check, Task, format_check, written_paths
from bot.prompts.agent_prompt import AgentPromptInput, compose_agent_prompt
from bot.prompts.background import describe_job
from bot.prompts.budget import FittedParts, TaskTooLargeError
from bot.prompts.ingredients import Draw
from bot.prompts.inputs import MISSING_FILE, Answer, FileContext, TaskPromptInput
from bot.prompts.strategies import (
    Strategy,
    choose_strategy,
    find_strategy,
    show_bodies_again,
    write_bodies_anew,
)
from bot.prompts.task_prompt import TaskPrompt, compose_prompt
from bot.prompts.tool_prompt import TOOL_SYSTEM, list_tools
from bot.prompts.tool_strategies import choose_mode, choose_tool_strategy, prompt_window
from bot.text.invisible import make_printable
from bot.text.secret_files import is_secret_file
from runners import stalls
from runners.build.attempt_records import Attempt, AttemptRecord
from runners.build.check_files import HowItFails, find_test_files
from runners.build.drafts import (
    describe_last_reply,
    find_best_attempt,
    find_failure,
    find_shown_draft,
)
from runners.build.examples import select_examples
from runners.build.file_context import gather_file_context, read_text, recall_landed_tasks
from runners.build.ingredients import draw_for, list_note_ingredients
from runners.build.load_plan import CheckedPlan
from runners.build.task_run import TaskBase, TaskRun

_RUNS_APART = 10_000
"""Seeds between two runs that are asked the same: turns and new tries of an attempt are closer."""
OWN_VERSION = "The plan's own version, which failed:"


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptSources:
    """What an attempt's prompt is made of: where it starts, what was tried and found out before.

    `job_id` names the job in its commits. `base` is where the task starts, `tree` where the attempt
    does. `answers` are of queries, `notes` lessons that are in no commit yet, `old` the names of
    ingredients that are old enough to be left out (`bot.prompts.ingredients`), `count` is the
    tier's own way of counting tokens.
    """

    plan: CheckedPlan
    job_id: str
    task: Task
    base: TaskBase
    tree: str
    tier: TierSettings
    answers: tuple[Answer, ...] = ()
    attempts: tuple[AttemptRecord, ...] = ()
    notes: tuple[Note, ...] = ()
    old: frozenset[str] = frozenset()
    count: TokenCount = estimate_tokens
    seed: int = 0


def gather_sources(run: TaskRun, attempt: Attempt, tree: str) -> PromptSources:
    context = run.context
    return PromptSources(
        plan=context.plan,
        job_id=context.job_id,
        task=run.task,
        base=run.base,
        tree=tree,
        tier=tier_settings(run, attempt),
        answers=run.answers,
        attempts=run.attempts,
        notes=context.request.notes,
        old=context.record.list_old_ingredients(),
        count=run.lane.open_chain(attempt.tier).open_counter(),
        seed=context.request.seed,
    )


def tier_settings(run: TaskRun, attempt: Attempt) -> TierSettings:
    """The settings of the tier that is asked; the manifest is no tier and has none."""
    settings = run.lane.settings.tiers[attempt.tier]  # type: ignore[index]
    return run.context.windows.narrow(attempt.tier, settings)


def draw_ingredients(sources: PromptSources, attempt: Attempt) -> Draw:
    """All that the attempt's prompt holds and might do without."""
    paths = {*written_paths(sources.task), *sources.task.reads}
    notes = select_notes(sources.plan.repo, sources.plan.base, paths, sources.notes)
    found = [*list_note_ingredients(notes), *select_examples(sources.plan, sources.task)]
    return draw_for(attempt, sources.task, sources.job_id, sources.old, found)


def build_agent_prompt(sources: PromptSources, attempt: Attempt) -> tuple[FittedParts, Draw]:
    """What a CLI that does the task itself is told."""
    task, repo = sources.task, sources.plan.repo
    failed = find_failure(sources.attempts, sources.base, None)
    reply, own = sources.tier.answer, written_paths(task)
    base, commit = sources.plan.base, sources.base.commit
    draw = draw_ingredients(sources, attempt)
    done = recall_landed_tasks(repo, sources.job_id, base, commit)
    notes = (note for record in sources.attempts[-1:] for note in record.notes)
    left_out = [f"Of your last try: {note}." for note in notes]
    request = TaskPromptInput(
        task=task,
        content=None,
        strategy=replace(strategy_of(attempt), digest="all"),
        window=sources.tier.context,
        reply=reply,
        digest=failed.digest,
        failures=failed.failures,
        reads=tuple((path, "") for path in task.reads),
        answers=sources.answers,
        job=_describe_job(sources),
        coaching=draw.texts(NOTE),
        examples=draw.texts(EXAMPLE),
        guidance=select_guidance(repo, sources.plan.rules, {*own, task.file} - {""}),
        stalls=(*describe_last_reply(sources.attempts, None, task.file), *left_out),
        file_context=FileContext(finished_tasks=done),
        count=sources.count,
    )
    checks = [_show_command(sources, check) for check in task.checks if check.kind == "run"]
    blocks = tuple(_failed_blocks(task))
    fitted = compose_agent_prompt(
        AgentPromptInput(request=request, paths=sorted(own), commands=checks, exact_blocks=blocks)
    )
    return fitted, draw.seen_in({each.name for each in fitted.parts})


def _show_command(sources: PromptSources, check: Check) -> str:
    """As a shell at the root of the repository runs it."""
    command = sources.plan.config.checks.get(check.name)
    if command is None:
        return check.label
    folder = f"cd {shlex.quote(command.dir)} && " if command.dir else ""
    return f"{folder}{command.run.strip()} {shlex.join(check.paths)}".strip()


def strategy_of(attempt: Attempt) -> Strategy:
    """The one that was chosen for it; where none was, or it is no more, by its place."""
    tier: Literal["senior", "local"] = "senior" if attempt.tier == "senior" else "local"
    return find_strategy(attempt.strategy) or choose_strategy(tier, attempt.nth)


def name_strategy(run: TaskRun, attempt: Attempt) -> str:
    """Of an attempt that asks a model for code; empty for another one."""
    if attempt.tier == "manifest" or run.task.kind != "code":
        return ""
    if works_in_turns(run.task, tier_settings(run, attempt)):
        return choose_tool_strategy(attempt.nth).name
    return strategy_of(attempt).name


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
            reads=(*_read_files(sources), *_failed_blocks(task)),
            answers=sources.answers,
            job=_describe_job(sources),
            coaching=draw.texts(NOTE),
            examples=draw.texts(EXAMPLE),
            guidance=select_guidance(
                repo, sources.plan.rules, {*written_paths(task), task.file} - {""}
            ),
            stalls=tuple(describe_last_reply(sources.attempts, draft, task.file)),
            draft=_read_draft(repo, draft, task.file) if draft and not tools else "",
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


def _find_tests(sources: PromptSources, failed: HowItFails) -> tuple[tuple[str, str], ...]:
    checks = sources.plan.config.checks
    names = [each.name for each in sources.task.checks if each.kind == "run"]
    commands = [checks[name] for name in names if name in checks]
    return find_test_files(sources.plan.repo, sources.tree, sources.task, commands, failed)


def works_in_turns(task: Task, tier: TierSettings) -> bool:
    """Whether its attempts by the tier are conversations with tools; a question never is."""
    return task.kind == "code" and bool(written_paths(task)) and choose_mode(tier) == "agent"


def list_task_tools(task: Task) -> tuple[ToolSpec, ...]:
    return list_tools(name_written(task), [format_check(each) for each in task.checks])


def name_written(task: Task) -> str:
    """The file that it writes, or the first of several."""
    return task.file or min(written_paths(task), default="")


def find_turn_draft(run: TaskRun, attempt: Attempt) -> str:
    """The tree on which an attempt in turns goes on; empty for the task's clean base."""
    strategy = choose_tool_strategy(attempt.nth)
    nearest = find_shown_draft(strategy, run.attempts, run.base, run.task.file)
    return nearest.result.tree if nearest else ""


def find_draft(run: TaskRun, attempt: Attempt) -> str:
    """The tree whose file the prompt shows in the place of the task's base; empty for none."""
    strategy = strategy_of(attempt)
    nearest = find_shown_draft(strategy, run.attempts, run.base, run.task.file)
    return nearest.result.tree if nearest and strategy.draft == "instead" else ""


def choose_start_tree(run: TaskRun, attempt: Attempt) -> str:
    """Senior may go on from the best local attempt, the one with the fewest failing tests.

    An attempt in turns goes on from a draft, where one would be shown.
    """
    if works_in_turns(run.task, tier_settings(run, attempt)):
        return find_turn_draft(run, attempt) or run.base_tree
    if attempt.tier != "senior" or not run.task.carry:
        return run.base_tree
    nearest = find_best_attempt(run.attempts)
    return nearest.result.tree if nearest else run.base_tree


def _describe_job(sources: PromptSources) -> str:
    job, task = sources.plan.job, sources.task
    phase = next((p for p in job.phases if any(t.id == task.id for t in p.tasks)), None)
    phase_text = f"{phase.title}\n{phase.text}" if phase and phase.text else ""
    return describe_job(job.title, job.intro, phase_text)


def _failed_blocks(task: Task) -> Iterator[tuple[str, str]]:
    """The plan's exact blocks: when a model is asked they have failed, mostly by a detail."""
    for block in task.blocks:
        if block.kind != "delete":
            yield f"{OWN_VERSION} {strip_to_line(block.path) or 'a patch'}", block.text


def _read_files(sources: PromptSources) -> Iterator[tuple[str, str]]:
    """The files the plan says to read; one that is missing or no text is named as missing."""
    for path in sources.task.reads:
        yield path, read_text(sources.plan.repo, sources.tree, path) or MISSING_FILE


def read_task_file(repo: Repo, tree: str, path: str) -> str | None:
    """The task's file; None where there is none yet. Raises UserError where it is no text."""
    entry = repo.find_entry(tree, path) if path else None
    if entry is None:
        return None
    if is_secret_file(path):
        what = f"{make_printable(path)} holds keys or passwords, and no model is shown it"
        raise UserError(what, where="job.md", hint="Change it yourself, or by an exact block.")
    found = read_text(repo, tree, path, exact=True)
    if found is None:
        what = (
            f"{make_printable(path)} is {entry.kind if entry.kind != 'file' else 'no UTF-8 text'}"
        )
        raise UserError(what, where="job.md", hint="A task writes a plain text file.")
    return found
