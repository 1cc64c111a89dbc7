"""What a run would do, task by task, shown before anything is done."""

from collections.abc import Iterator, Mapping

from pydantic import JsonValue
from rich.console import Console
from rich.text import Text

from bot.config.machine import Settings
from bot.plan import Job, Task, required_tasks
from bot.text.invisible import replace_unprintable
from runners.build.kept_tasks import find_done
from runners.build.load_plan import CheckedPlan, RunRequest
from runners.build.shared_checks import RedOrder, list_possible_orders

INDENT = "      "


def show_preview(checked: CheckedPlan, settings: Settings, request: RunRequest) -> None:
    """Raises UserError where `--only` names no task of the plan."""
    console = Console(highlight=False, soft_wrap=True)
    for line in preview_lines(checked, settings, request):
        console.print(Text(replace_unprintable(line)))


def preview_data(
    checked: CheckedPlan, settings: Settings, request: RunRequest
) -> dict[str, JsonValue]:
    """The same for programs; docs/json.md names the keys."""
    job = checked.job
    wanted = required_tasks(job, request.only) if request.only else {t.id for t in job.tasks}
    done = find_done(checked, request)
    orders = list_possible_orders(job, checked.config.checks)
    tiers = [name for name in ("local", "senior") if name in settings.tiers]
    tasks: list[JsonValue] = [
        {
            "id": task.id,
            "phase": phase.title,
            "kind": task.kind,
            "file": task.file or "",
            "after": list(task.after),
            "after_if_red": list(orders[task.id].before) if task.id in orders else [],
            "checks": [check.label for check in task.checks],
            "tiers": ["manifest", *tiers] if task.blocks else [*tiers],
            "wanted": task.id in wanted,
            "commit": done.get(task.id, ""),
        }
        for phase in job.phases
        for task in phase.tasks
    ]
    commands: dict[str, JsonValue] = {name: _find_command(name, checked) for name in job.checks}
    held: list[JsonValue] = [*_list_held_back(job)]
    return {
        "title": job.title,
        "base": checked.base,
        "tasks": tasks,
        "gate": commands,
        "held_back": held,
    }


def _list_held_back(job: Job) -> Iterator[str]:
    for task in job.hidden:
        yield f"{task.id}: {', '.join(check.label for check in task.checks)}"


def preview_lines(checked: CheckedPlan, settings: Settings, request: RunRequest) -> Iterator[str]:
    """Only what is asked for, with its checks as they would be run, and what is done already."""
    job = checked.job
    wanted = required_tasks(job, request.only) if request.only else {t.id for t in job.tasks}
    done = find_done(checked, request)
    orders = list_possible_orders(job, checked.config.checks)
    yield f"{job.title}, on base {checked.base[:12]}"
    for phase in job.phases:
        tasks = [task for task in phase.tasks if task.id in wanted]
        if tasks:
            yield f"phase {phase.title}"
        for task in tasks:
            yield f"   {task.id}: {_describe_task(task, settings, done)}"
            if (order := orders.get(task.id)) and task.id not in done:
                yield f"{INDENT}{describe_order(order)}"
            yield from (f"{INDENT}{line}" for line in _describe_checks(task, checked))
        if phase.done and all(task.id in wanted for task in phase.tasks):
            yield f"{INDENT}done: {', '.join(check.label for check in phase.done)}"
    if left := [task.id for task in job.tasks if task.id not in wanted]:
        yield f"not asked for: {', '.join(left)}"
    yield f"final gate: {', '.join(job.checks)}"
    yield from (f"{INDENT}{name}: {_find_command(name, checked)}" for name in job.checks)
    yield from (f"{INDENT}held back for it: {line}" for line in _list_held_back(job))


def _describe_task(task: Task, settings: Settings, done: Mapping[str, str]) -> str:
    if sha := done.get(task.id):
        return f"{task.file or task.kind}: done already, {sha[:12]}"
    tiers = [name for name in ("local", "senior") if name in settings.tiers]
    blocks = ["exact blocks, no model"] if task.blocks else []
    models = [f"{name} ({', '.join(settings.tiers[name].models)})" for name in tiers]
    after = f"; after {', '.join(task.after)}" if task.after else ""
    steps = ", then ".join(blocks + models) or "no model is configured that could do it"
    return f"{task.file or task.kind}: {steps}{after}"


def describe_order(order: RedOrder) -> str:
    """What only the first look at the checks decides."""
    return f"after {', '.join(order.before)} where {order.checks} is red when the phase begins"


def _describe_checks(task: Task, checked: CheckedPlan) -> Iterator[str]:
    before = "green before, too" if task.guard else "red before"
    if task.waiver:
        before = f"{before}; its tests need not fail without a fix: {task.waiver}"
    if task.bites:
        before = f"red without {', '.join(task.after)}"
    for check in task.checks:
        run = f": {_find_command(check.name, checked)}" if check.kind == "run" else ""
        yield f"check {check.label} ({before}){run}"


def _find_command(name: str, checked: CheckedPlan) -> str:
    return " ".join(checked.config.checks[name].run.split())
