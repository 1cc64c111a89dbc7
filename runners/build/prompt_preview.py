"""What an attempt at a task would be shown, worked out without asking anybody anything."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.config.machine import Settings, TierSettings
from bot.errors import UserError
from bot.ledger import parse_trailers
from bot.models.token_estimate import estimate_tokens
from bot.plan import Task
from bot.prompts.budget import Part, TaskTooLargeError, part
from bot.prompts.task_prompt import Context
from bot.text.invisible import make_printable
from runners.build.attempt import Attempt, list_attempts
from runners.build.prompt_sources import PromptSources, build_prompt, strategy_of
from runners.build.survey import CheckedPlan, RunRequest, load_plan, name_job

ASSUMED_TIER = TierSettings(models=("none",))
"""A window as large as small local models have, where none is configured."""
QUERY_STRATEGY = "a question"
"""How a query is asked: it has no check, so no angle on how one fails."""


@dataclass(frozen=True, slots=True)
class PromptPreview:
    """`angle` is the way of asking; `start` the commit it starts from."""

    task: Task
    attempt: Attempt
    angle: str
    start: str
    assumed: bool
    context: Context


def preview_prompt(order: RunRequest, name: str, number: int, settings: Settings) -> PromptPreview:
    """The prompt of a task's attempt as far as it is known now: no earlier attempt has failed yet.

    The task starts where the job's branch is, if it has one. `number` 0 is the first attempt that
    asks a model. Raises UserError for what is not there or does not fit.
    """
    plan = load_plan(order)
    task = _find_task(plan, name)
    one = _choose_attempt(plan, task, number, settings)
    branch, job = name_job(order)
    start = _start_commit(plan, branch, job)
    tier = None if one.tier == "manifest" else settings.tiers.get(one.tier)
    tree = plan.repo.resolve(start, "tree")
    scene = PromptSources(
        plan.repo, plan.config, tier or ASSUMED_TIER, task, job, plan.base, start, tree
    )
    try:
        context = build_prompt(scene, one)
    except TaskTooLargeError as exc:
        what = f"it does not fit the window: {exc}"
        raise UserError(
            what, where=str(order.path), hint="Mend the plan, or widen the window."
        ) from exc
    angle = QUERY_STRATEGY if task.kind == "query" else strategy_of(one).name
    return PromptPreview(task, one, angle, start, tier is None, context)


def as_data(showing: PromptPreview) -> Mapping[str, object]:
    """The same for a program: every part's text, in the order it is sent."""
    context, prompt = showing.context, showing.context.prompt
    return {
        "task": showing.task.id,
        "attempt": showing.attempt.number,
        "tier": showing.attempt.tier,
        "angle": showing.angle,
        "start": showing.start,
        "window": context.window,
        "reply": prompt.reply,
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


def parts_in_order(context: Context) -> tuple[Part, ...]:
    """Every part in the order it is sent, what the system is told first."""
    return (part("system", context.prompt.system, "what every attempt is told"), *context.parts)


def _start_commit(plan: CheckedPlan, branch: str, job: str) -> str:
    """The head of the job's branch, where all it has beyond the base is this job's own."""
    head = plan.repo.head(branch)
    commits = plan.repo.commits(plan.base, head) if head else []
    ours = [one for one in commits if parse_trailers(one.message).get("Bricklayer-Job") == job]
    return head if commits and len(ours) == len(commits) else plan.base


def _find_task(plan: CheckedPlan, name: str) -> Task:
    tasks = {task.id: task for task in plan.job.tasks}
    if name not in tasks:
        what = f"the plan has no task `{make_printable(name)}`"
        raise UserError(what, where="TASK", hint=f"It has: {', '.join(tasks)}.")
    return tasks[name]


def _choose_attempt(plan: CheckedPlan, task: Task, number: int, settings: Settings) -> Attempt:
    """Of the tiers there are; where none is configured, of the local one."""
    have = {*settings.tiers} & {"local", "senior"} or {"local"}
    asking = [one for one in list_attempts(task, plan.config.limits) if one.tier in have]
    found = [one for one in asking if number in (0, one.number)]
    if not found:
        known = ", ".join(str(one.number) for one in asking) or "none"
        what = f"attempt {number} of {make_printable(task.id)} asks no model"
        raise UserError(what, where="--attempt", hint=f"Those that do: {known}.")
    return found[0]
