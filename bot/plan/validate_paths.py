"""Validating a plan's paths and order: files exist, can be written, have one writer at a time."""

from collections import ChainMap
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from itertools import combinations
from pathlib import PurePosixPath

from bot.errors import Fault, suggest_name
from bot.plan.keys import MAX_FILES
from bot.plan.model import Job, Phase, Task
from bot.plan.paths import path_fault
from bot.plan.task_graph import (
    find_ancestors,
    find_cycles,
    list_touches,
    tasks_proved_by,
    written_paths,
)
from bot.text.invisible import make_printable

Tracked = Callable[[str], str | None]
"""What the base has at a path: file, dir, symlink, submodule, binary, not-utf8, or None."""

Closest = Callable[[str], tuple[str, ...]]
"""The paths of the base that a wrong one may have meant."""

States = dict[str, str]
Done = Mapping[str, str]
_STATE_WORDS = {
    "dir": "a folder",
    "symlink": "a symbolic link",
    "submodule": "a submodule",
    "binary": "binary",
    "not-utf8": "not UTF-8",
}


def name_task(task: Task) -> str:
    """The task in a message: its id may be anything where the plan is wrong."""
    return f"task `{make_printable(task.id)}`"


def find_order_faults(job: Job) -> Iterator[Fault]:
    """Unknown and backward `after`, cycles, and `bites` with no earlier task to test."""
    phase_of = {task.id: number for number, phase in enumerate(job.phases) for task in phase.tasks}
    for task in job.tasks:
        for name in task.after:
            if name not in phase_of:
                what = f"{name_task(task)} waits for `{make_printable(name)}`, which is not there"
                hint = suggest_name(name, phase_of)
                yield Fault(task.line_of("after"), what, hint)
            elif phase_of[name] > phase_of[task.id]:
                what = f"{name_task(task)} waits for `{make_printable(name)}` of a later phase"
                yield Fault(task.line_of("after"), what, "Phases run one after another.")
        if task.bites and not tasks_proved_by(job, task):
            what = f"{name_task(task)} bites, but no earlier task writes another file"
            hint = "Name in `after` the task whose work its check must fail without."
            yield Fault(task.line_of("bites"), what, hint)
    lines = {task.id: task.line_of("after") for task in job.tasks}
    for ring in find_cycles(job):
        hint = "Take one `after` out of the circle; `bites` waits for what it bites."
        what = (
            f"tasks wait for each other: {' -> '.join(make_printable(name, 40) for name in ring)}"
        )
        yield Fault(lines[ring[0]], what, hint)


def find_writer_faults(job: Job) -> Iterator[Fault]:
    """Two tasks of one phase that write one file, or one a file the other a folder, at once."""
    over = find_ancestors(job)
    for phase in job.phases:
        for first, second in combinations(phase.tasks, 2):
            if first.id in over[second.id] or second.id in over[first.id]:
                continue
            if both := _find_common(first, second):
                names = f"`{make_printable(first.id)}` and `{make_printable(second.id)}`"
                what = f"tasks {names} both write {both}"
                hint = f"Add `- after: {make_printable(first.id)}` to the second."
                yield Fault(second.line, what, hint)


def _find_common(first: Task, second: Task) -> str:
    ours, theirs = written_paths(first), written_paths(second)
    # One path cannot be a file to one task and a folder to the other, either.
    clash = [p for p in ours | theirs if _is_within(p, ours) and _is_within(p, theirs)]
    return ", ".join(make_printable(path) for path in sorted(clash))


def _is_within(path: str, paths: frozenset[str]) -> bool:
    return path in paths or any(str(above) in paths for above in PurePosixPath(path).parents)


def no_closest_paths(_path: str) -> tuple[str, ...]:
    return ()


def find_target_faults(
    job: Job, tracked: Tracked, closest: Closest = no_closest_paths
) -> Iterator[Fault]:
    """What is read or changed must be there as text; what is written must be a plain file."""
    named = {path for task in job.tasks for path in (*task.reads, *written_paths(task))}
    if len(named) > MAX_FILES:
        what = f"the plan names {len(named)} files"
        yield Fault(1, what, f"A plan names at most {MAX_FILES}: split the job.")
        return
    over, asked = find_ancestors(job), cache(tracked)
    left: States = {}
    for phase in job.phases:
        tasks = _sort_by_depth(phase, over)
        ends: list[tuple[Task, States]] = [
            (t, {x.path: x.how for x in list_touches(t)}) for t in tasks
        ]
        for task in tasks:
            done = [end for earlier, end in ends if earlier.id in over[task.id]]
            yield from _check_task(task, asked, ChainMap(*reversed(done), left), closest)
        left = dict(ChainMap(*(end for _, end in reversed(ends)), left))


def _sort_by_depth(phase: Phase, over: dict[str, frozenset[str]]) -> list[Task]:
    """Tasks so that each comes behind those it waits for, however far back."""
    return sorted(phase.tasks, key=lambda task: len(over[task.id]))


def _check_task(task: Task, tracked: Tracked, done: Done, closest: Closest) -> Iterator[Fault]:
    wanted = [(path, "read", task.line_of("reads")) for path in task.reads]
    wanted += [(touch.path, touch.how, touch.line) for touch in list_touches(task)]
    for path, how, line in wanted:
        if path_fault(path):
            continue  # reported by `validate`; the repository is never asked for such a path
        found = _find_state(path, tracked, done)
        if found is None and how != "write":
            what = f"{name_task(task)}: there is no {make_printable(path)} to {how}"
            hint = "It is neither at the base nor written by an earlier task."
            yield Fault(line, what, f"{hint}{_list_closest(closest(path))}")
        elif found not in (None, "file"):
            state_words = _STATE_WORDS.get(str(found), str(found))
            what = f"{name_task(task)}: {make_printable(path)} is {state_words}"
            yield Fault(line, what, "Name a UTF-8 text file.")
        elif blocked := _find_blocked_parent(path, tracked, done):
            what = f"{name_task(task)}: {make_printable(path)} leads through {blocked}"
            yield Fault(line, what, "Name a path whose folders are folders.")


def _list_closest(paths: tuple[str, ...]) -> str:
    return f" The closest: {', '.join(make_printable(path) for path in paths)}." if paths else ""


def _find_state(path: str, tracked: Tracked, done: Done) -> str | None:
    """The state of `path` after the tasks in `done`: the last of them to touch it decides."""
    if path in done:
        return None if done[path] == "delete" else "file"
    return tracked(path)


def _find_blocked_parent(path: str, tracked: Tracked, done: Done) -> str:
    for above in [str(parent) for parent in PurePosixPath(path).parents][:-1]:
        if (found := _find_state(above, tracked, done)) not in (None, "dir"):
            return f"{make_printable(above)}, which is {_STATE_WORDS.get(str(found), 'a file')}"
    return ""
