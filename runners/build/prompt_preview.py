"""Previewing the prompt of an attempt at a task, without calling a model."""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.commit_trailers import made_by_job
from bot.config.machine import Settings, state_dir
from bot.config.tiers import DoingTier, TierSettings
from bot.errors import UserError
from bot.git.commits import list_commits
from bot.models.token_estimate import estimate_tokens
from bot.models.tool_text import describe_tools
from bot.plan import Task
from bot.prompts.budget import Part, TaskTooLargeError, make_part
from bot.prompts.task_prompt import TaskPrompt
from bot.prompts.tool_strategies import choose_tool_strategy
from bot.text.invisible import make_printable
from runners.build.attempt import list_attempts
from runners.build.attempt_prompt import build_prompt
from runners.build.attempt_records import Attempt
from runners.build.attempt_strategy import strategy_of, works_in_turns
from runners.build.load_plan import CheckedPlan, RunRequest, load_plan, name_job
from runners.build.prompt_sources import PromptSources
from runners.build.start_check import run_start_check
from runners.build.task_run import TaskBase
from runners.evidence import find_written, list_evidence_folders

ASSUMED_TIER = TierSettings(models=("none",))
"""A window as large as small local models have, where none is configured."""
QUERY_STRATEGY = "a question"
"""How a query is asked: it has no check, so no strategy for how one fails."""


@dataclass(frozen=True, slots=True)
class PromptPreview:
    """`strategy` is the way of asking; `start` the commit it starts from.

    `checked`: the check was run there. `evidence` is the file with what this attempt was really
    shown, where it has been made already.
    """

    task: Task
    attempt: Attempt
    strategy: str
    start: str
    assumed: bool
    context: TaskPrompt
    checked: bool = False
    evidence: Path | None = None


def preview_prompt(
    request: RunRequest,
    task_id: str,
    number: int,
    settings: Settings,
    *,
    check_first: bool = False,
) -> PromptPreview:
    """The prompt of a task's attempt as far as it is known now: no earlier attempt has failed yet.

    The task starts where the job's branch is, if it has one. `number` 0 is the first attempt that
    asks a model. `check_first`: the check is run there, in the sandbox, so that the prompt tells
    how it fails. Raises UserError for what is not there or does not fit.
    """
    plan = load_plan(request)
    task = _find_task(plan, task_id)
    attempt = _choose_attempt(plan, task, number, settings)
    branch, job_id = name_job(request)
    start = _start_commit(plan, branch, job_id)
    tier = None if attempt.tier == "manifest" else settings.tiers.get(attempt.tier)
    sources = PromptSources(
        plan=plan,
        job_id=job_id,
        task=task,
        base=run_start_check(plan, task, start, settings) if check_first else TaskBase(start),
        tree=plan.repo.resolve_rev(start, "tree"),
        tier=tier or ASSUMED_TIER,
    )
    try:
        context = build_prompt(sources, attempt)
    except TaskTooLargeError as exc:
        what = f"it does not fit the window: {exc}"
        hint = "Make the task smaller, or widen the window."
        raise UserError(what, where=str(request.path), hint=hint) from exc
    strategy = QUERY_STRATEGY if task.kind == "query" else strategy_of(attempt).name
    if works_in_turns(task, sources.tier):
        strategy = choose_tool_strategy(attempt.nth).name
    folder = state_dir(settings) / "jobs" / job_id
    return PromptPreview(
        task,
        attempt,
        strategy,
        start,
        tier is None,
        context,
        checked=check_first,
        evidence=_find_evidence(folder, f"{task.id}-{attempt.number}"),
    )


def _find_evidence(job_folder: Path, name: str) -> Path | None:
    """What the newest run that made this attempt kept of it."""
    runs = [folder for _, folder in reversed(list_evidence_folders(job_folder))]
    return next((found.path for run in runs if (found := find_written(run, name))), None)


def as_data(preview: PromptPreview) -> Mapping[str, object]:
    """The same for a program: every part's text, in the order it is sent."""
    context, prompt = preview.context, preview.context.prompt
    return {
        "task": preview.task.id,
        "attempt": preview.attempt.number,
        "tier": preview.attempt.tier,
        # The key is part of the format that programs read, and older than the word `strategy`.
        "angle": preview.strategy,
        "start": preview.start,
        "checked": preview.checked,
        "evidence": str(preview.evidence) if preview.evidence else None,
        "window": context.window,
        "reply": prompt.reply,
        "thinking": prompt.thinking,
        "tokens": context.tokens,
        "sections": [list(span) for span in context.spans],
        "dropped": list(context.dropped),
        "parts": [
            {
                "name": each.name,
                "tokens": estimate_tokens(each.text),
                "why": each.why,
                "text": each.text,
            }
            for each in parts_in_order(context)
        ],
    }


def parts_in_order(context: TaskPrompt) -> tuple[Part, ...]:
    """Every part in the order it is sent, the system prompt first."""
    tools = make_part("tools", describe_tools(context.prompt.tools), "what it may call, in turns")
    return (
        make_part("system", context.prompt.system, "what every attempt is told"),
        *context.parts,
        *([tools] if tools.text else []),
    )


def _start_commit(plan: CheckedPlan, branch: str, job_id: str) -> str:
    """The head of the job's branch, where all it has beyond the base is this job's own."""
    head = plan.repo.branch_head(branch)
    commits = list_commits(plan.repo, plan.base, head) if head else []
    ours = [c for c in commits if made_by_job(c.message, job_id)]
    # With a commit of somebody else a run would refuse the branch, so the base is shown.
    return head if commits and len(ours) == len(commits) else plan.base


def _find_task(plan: CheckedPlan, task_id: str) -> Task:
    tasks = {task.id: task for task in plan.job.tasks}
    if task_id not in tasks:
        what = f"the plan has no task `{make_printable(task_id)}`"
        raise UserError(what, where="TASK", hint=f"It has: {', '.join(tasks)}.")
    return tasks[task_id]


def _choose_attempt(plan: CheckedPlan, task: Task, number: int, settings: Settings) -> Attempt:
    """Of the tiers there are; where none is configured, of the local one."""
    tiers = {*settings.tiers} & {"local", "senior"} or {"local"}
    # What was measured is known to the machine that builds it, task by task.
    first: DoingTier = "local" if settings.tier == "auto" else settings.tier
    every = list_attempts(task, plan.config.limits, first)
    asking = [each for each in every if each.tier in tiers]
    found = [each for each in asking if number in (0, each.number)]
    if not found:
        numbers = ", ".join(str(each.number) for each in asking) or "none"
        what = f"attempt {number} of {make_printable(task.id)} asks no model"
        raise UserError(what, where="--attempt", hint=f"Those that do: {numbers}.")
    return found[0]
