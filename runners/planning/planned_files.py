"""What stands in the repository's files before and after each task, as far as a plan's text tells.

What exact blocks make is known to the byte; what a model will write is not. A task finds the files
of the base with what the tasks that are over before it made of them, and nothing of any other.
"""

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from bot.plan import Job, Task, sort_tasks, written_paths
from bot.plan.task_graph import find_ancestors
from runners.edits import EditError, Read
from runners.edits.exact_blocks import resolve_blocks


@dataclass(frozen=True, slots=True)
class Unknown:
    """A file that models write: `last` is what it was before the first of these `writers`.

    `is_lost`: it was exact blocks that should have made it, and they do not apply.
    """

    last: bytes | None
    writers: tuple[str, ...] = ()
    is_lost: bool = False


Content = bytes | Unknown | None
"""Of a file at some point of a plan; None where there is none."""


@dataclass(frozen=True, slots=True)
class TaskFiles:
    """The files as a task finds and leaves them. `error`: why its blocks do not apply.

    `made` are those that it writes, as it leaves them; `changed` those that tasks before it wrote.
    """

    task: Task
    before: Callable[[str], Content]
    made: Mapping[str, Content] = field(default_factory=dict)
    error: EditError | None = None
    changed: frozenset[str] = frozenset()

    def after(self, path: str) -> Content:
        return self.made[path] if path in self.made else self.before(path)


def predict_files(job: Job, read: Read) -> dict[str, TaskFiles]:
    """Each task's files, in the order in which tasks are done; empty where that is unclear."""
    ids = [task.id for task in job.tasks]
    if len(set(ids)) < len(ids):
        return {}
    try:
        tasks = [task for phase in job.phases for task in sort_tasks(phase)]
    except ValueError:  # they wait for each other, and validation says so
        return {}
    over, found = find_ancestors(job), dict[str, TaskFiles]()
    for task in tasks:
        past = [files for name, files in found.items() if name in over[task.id]]
        found[task.id] = _predict_task(task, past, read)
    return found


def _predict_task(task: Task, past: Collection[TaskFiles], read: Read) -> TaskFiles:
    earlier = {path: content for files in past for path, content in files.made.items()}

    def before(path: str) -> Content:
        return earlier[path] if path in earlier else read(path)

    made, error = _resolve(task, before)
    return TaskFiles(task, before, made, error, frozenset(earlier))


def _resolve(
    task: Task, before: Callable[[str], Content]
) -> tuple[dict[str, Content], EditError | None]:
    own = written_paths(task)
    if not task.blocks:
        return {path: _by_model(task, before(path)) for path in own}, None
    try:
        written = resolve_blocks(task.blocks, lambda path: known_text(before(path)), own)
    except EditError as exc:
        found = {path: known_text(before(path)) for path in own}
        return {p: Unknown(last, (task.id,), is_lost=True) for p, last in found.items()}, exc
    whole = {block.path for block in task.blocks if block.kind in {"file", "delete"}}
    made = {path: written.get(path, known_text(before(path))) for path in own}
    # What blocks change of a model's text is as unknown as that text.
    return {p: c if p in whole else _overlay(before(p), c) for p, c in made.items()}, None


def _overlay(before: Content, content: bytes | None) -> Content:
    if isinstance(before, Unknown):
        return Unknown(content, before.writers, before.is_lost)
    return content


def _by_model(task: Task, before: Content) -> Unknown:
    if isinstance(before, Unknown):
        return Unknown(before.last, (*before.writers, task.id), before.is_lost)
    return Unknown(before, (task.id,))


def known_text(content: Content) -> bytes | None:
    """What is known of a file: of one that a model writes, what it was before."""
    return content.last if isinstance(content, Unknown) else content
