"""What a CLI that does a task itself is told."""

import shlex
from dataclasses import replace

from bot.coaching.read_guidance import select_guidance
from bot.ledger import EXAMPLE, NOTE
from bot.plan import Check, written_paths
from bot.prompts.agent_prompt import AgentPromptInput, compose_agent_prompt
from bot.prompts.budget import FittedParts
from bot.prompts.ingredients import Draw
from bot.prompts.inputs import FileContext, TaskPromptInput
from runners.build.attempt_records import Attempt
from runners.build.attempt_strategy import strategy_of
from runners.build.drafts import describe_last_reply, find_failure
from runners.build.file_context import recall_landed_tasks
from runners.build.prompt_sources import (
    PromptSources,
    describe_background,
    draw_ingredients,
    list_failed_blocks,
)


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
        job=describe_background(sources),
        coaching=draw.texts(NOTE),
        examples=draw.texts(EXAMPLE),
        guidance=select_guidance(repo, sources.plan.rules, {*own, task.file} - {""}),
        stalls=(*describe_last_reply(sources.attempts, None, task.file), *left_out),
        file_context=FileContext(finished_tasks=done),
        count=sources.count,
    )
    checks = [_show_command(sources, check) for check in task.checks if check.kind == "run"]
    blocks = tuple(list_failed_blocks(task))
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
