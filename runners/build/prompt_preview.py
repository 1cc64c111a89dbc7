"""What an attempt at a task would be shown, worked out without asking anybody anything."""

from collections.abc import Mapping
from dataclasses import dataclass

from bot.config.machine import Settings, TierSettings
from bot.errors import UserError
from bot.ledger import parse_trailers
from bot.models.token_estimate import estimate
from bot.plan import Task
from bot.prompts.budget import Part, TaskTooLargeError, part
from bot.prompts.task_prompt import Context
from bot.text.invisible import make_printable
from runners.build.attempt import Attempt, attempts
from runners.build.prompt_sources import PromptSources, context_for, strategy_of
from runners.build.survey import CheckedPlan, RunRequest, load_plan, name_job

ASSUMED = TierSettings(models=("none",))
"""A window as large as small local models have, where none is configured."""
QUESTION = "a question"
"""How a query is asked: it has no check, so no angle on how one fails."""


@dataclass(frozen=True, slots=True)
class Showing:
    """`angle` is the way of asking; `start` the commit it starts from."""

    task: Task
    attempt: Attempt
    angle: str
    start: str
    assumed: bool
    context: Context


def show(order: RunRequest, name: str, number: int, settings: Settings) -> Showing:
    """The prompt of a task's attempt as far as it is known now: no earlier attempt has failed yet.

    The task starts where the job's branch is, if it has one. `number` 0 is the first attempt that
    asks a model. Raises UserError for what is not there or does not fit.
    """
    ground = load_plan(order)
    task = _task(ground, name)
    one = _attempt(ground, task, number, settings)
    branch, job = name_job(order)
    start = _start(ground, branch, job)
    tier = None if one.tier == "manifest" else settings.tiers.get(one.tier)
    tree = ground.repo.resolve(start, "tree")
    scene = PromptSources(
        ground.repo, ground.config, tier or ASSUMED, task, job, ground.base, start, tree
    )
    try:
        context = context_for(scene, one)
    except TaskTooLargeError as exc:
        what = f"it does not fit the window: {exc}"
        raise UserError(
            what, where=str(order.path), hint="Mend the plan, or widen the window."
        ) from exc
    angle = QUESTION if task.kind == "query" else strategy_of(one).name
    return Showing(task, one, angle, start, tier is None, context)


def as_data(showing: Showing) -> Mapping[str, object]:
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
            {"name": each.name, "tokens": estimate(each.text), "why": each.why, "text": each.text}
            for each in sent(context)
        ],
    }


def sent(context: Context) -> tuple[Part, ...]:
    """Every part in the order it is sent, what the system is told first."""
    return (part("system", context.prompt.system, "what every attempt is told"), *context.parts)


def _start(ground: CheckedPlan, branch: str, job: str) -> str:
    """The head of the job's branch, where all it has beyond the base is this job's own."""
    head = ground.repo.head(branch)
    commits = ground.repo.commits(ground.base, head) if head else []
    ours = [one for one in commits if parse_trailers(one.message).get("Bricklayer-Job") == job]
    return head if commits and len(ours) == len(commits) else ground.base


def _task(ground: CheckedPlan, name: str) -> Task:
    tasks = {task.id: task for task in ground.job.tasks}
    if name not in tasks:
        what = f"the plan has no task `{make_printable(name)}`"
        raise UserError(what, where="TASK", hint=f"It has: {', '.join(tasks)}.")
    return tasks[name]


def _attempt(ground: CheckedPlan, task: Task, number: int, settings: Settings) -> Attempt:
    """Of the tiers there are; where none is configured, of the local one."""
    have = {*settings.tiers} & {"local", "senior"} or {"local"}
    asking = [one for one in attempts(task, ground.config.limits) if one.tier in have]
    found = [one for one in asking if number in (0, one.number)]
    if not found:
        known = ", ".join(str(one.number) for one in asking) or "none"
        what = f"attempt {number} of {make_printable(task.id)} asks no model"
        raise UserError(what, where="--attempt", hint=f"Those that do: {known}.")
    return found[0]
