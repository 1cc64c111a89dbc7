"""The order of tasks: phases run one after another; within one, `after` decides."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import replace
from types import MappingProxyType

from bot.errors import UserError, suggest_name
from bot.plan.code_blocks import How, Touch, find_patch_touches
from bot.plan.model import Job, Phase, Task
from bot.text.invisible import make_printable

NOTHING_MORE: Mapping[str, Collection[str]] = MappingProxyType({})


def list_touches(task: Task) -> tuple[Touch, ...]:
    """Every file the task's key and blocks name, and how. Lines are those of the plan."""
    found = [Touch(task.file, "write", task.line_of("file"))] if task.file else []
    plain: dict[str, How] = {"file": "write", "edit": "edit", "delete": "delete"}
    for block in task.blocks:
        if block.kind == "patch":
            found += [
                Touch(t.path, t.how, block.line + 1 + t.line)
                for t in find_patch_touches(block.text)
            ]
        else:
            found.append(Touch(block.path, plain[block.kind], block.line))
    return tuple(found)


def written_paths(task: Task) -> frozenset[str]:
    """The paths a task may write, a deletion included."""
    return frozenset(touch.path for touch in list_touches(task))


def planned_paths(job: Job) -> frozenset[str]:
    """The paths that any task of the plan may write."""
    return frozenset(path for task in job.tasks for path in written_paths(task))


def sort_tasks(phase: Phase) -> tuple[Task, ...]:
    """The phase's tasks, each behind those it waits for; else as written. ValueError on a cycle."""
    ordered: list[Task] = []
    while len(ordered) < len(phase.tasks):
        free = [t for t in ready_tasks(phase, {t.id for t in ordered}) if t not in ordered]
        if not free:
            raise ValueError(f"the tasks of phase {phase.title!r} wait for each other")
        ordered.append(free[0])
    return tuple(ordered)


def ready_tasks(phase: Phase, done_ids: Collection[str]) -> tuple[Task, ...]:
    """Tasks not done yet that wait for nothing more. What earlier phases did is done."""
    own = {task.id for task in phase.tasks}
    return tuple(
        task
        for task in phase.tasks
        if task.id not in done_ids and all(i in done_ids for i in task.after if i in own)
    )


def required_tasks(job: Job, only: str) -> frozenset[str]:
    """`only` and every task it waits for, however far back. Raises UserError for an unknown id."""
    tasks = {task.id: task for task in job.tasks}
    if only not in tasks:
        what = f"the plan has no task `{make_printable(only)}`"
        raise UserError(what, where="--only", hint=suggest_name(only, tasks))
    return frozenset(_find_reachable(only, {name: task.after for name, task in tasks.items()}))


def find_ancestors(
    job: Job, behind: Mapping[str, Collection[str]] = NOTHING_MORE
) -> dict[str, frozenset[str]]:
    """Every task's id with those of all tasks that are over before it starts.

    `behind` are those that it is built after though its `after` does not name them.
    """
    after = {task.id: (*task.after, *behind.get(task.id, ())) for task in job.tasks}
    earlier: frozenset[str] = frozenset()
    found = {}
    for phase in job.phases:
        for task in phase.tasks:
            found[task.id] = earlier | (_find_reachable(task.id, after) - {task.id})
        earlier |= {task.id for task in phase.tasks}
    return found


def find_cycles(job: Job) -> Iterator[tuple[str, ...]]:
    """Rings of tasks that wait for each other, each once: `a`, `b`, `a`."""
    waits = {task.id: set(task.after) for task in job.tasks}
    waits = {name: {i for i in after if i in waits} for name, after in waits.items()}
    while waits := _drop_free(waits):
        path = [next(iter(waits))]
        # `min`, since the order of a set of strings changes from one process to the next:
        # https://docs.python.org/3.11/reference/datamodel.html#object.__hash__
        while (onward := min(waits[path[-1]])) not in path:
            path.append(onward)
        ring = path[path.index(onward) :]
        yield (*ring, onward)
        waits = {name: after - {*ring} for name, after in waits.items() if name not in ring}


def tasks_proved_by(job: Job, task: Task) -> tuple[str, ...]:
    """The tasks without whose work a `bites` task's check must fail.

    Those of its `after` that write another file than its own; where there is none, those above it
    in its phase; else those of the nearest earlier phase that has one.
    """
    above: list[list[Task]] = []
    for phase in job.phases:
        ids = [t.id for t in phase.tasks]
        above.append(list(phase.tasks[: ids.index(task.id) if task.id in ids else None]))
        if task.id in ids:
            break
    named = [t for t in job.tasks if t.id in task.after]
    for group in [named, *reversed(above)]:
        if found := tuple(
            t.id for t in group if t.kind == "code" and written_paths(t) - written_paths(task)
        ):
            return found
    return ()


def add_bite_dependencies(job: Job) -> Job:
    """The job with `after` of each `bites` task naming what it must bite."""
    return replace(
        job,
        phases=tuple(
            replace(phase, tasks=tuple(_add_bite_dependency(job, task) for task in phase.tasks))
            for phase in job.phases
        ),
    )


def _add_bite_dependency(job: Job, task: Task) -> Task:
    more = [i for i in tasks_proved_by(job, task) if i not in task.after] if task.bites else []
    return replace(task, after=(*task.after, *more)) if more else task


def _find_reachable(start: str, after: Mapping[str, Collection[str]]) -> frozenset[str]:
    found, new = {start}, [start]
    while new:
        onward = [i for i in after.get(new.pop(), ()) if i in after and i not in found]
        found.update(onward)
        new += onward
    return frozenset(found)


def _drop_free(waits: Mapping[str, set[str]]) -> dict[str, set[str]]:
    """The tasks that can never start: those left once every task that waits for none is removed."""
    left = dict(waits)
    while free := {name for name, after in left.items() if not after}:
        left = {name: after - free for name, after in left.items() if name not in free}
    return left
