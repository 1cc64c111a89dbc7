"""Validating a plan against a repository: every fault of form and of sense is reported at once.

The rules here are about single parts: bounds, names, keys that belong together. Those about paths
and the order of tasks are in `bot.plan.validate_paths`.
"""

import hashlib
import re
from collections.abc import Callable, Collection, Iterator

from bot.errors import Fault, suggest_name
from bot.plan.check_order import find_check_order_faults
from bot.plan.check_paths import check_path_fault
from bot.plan.code_blocks import patch_fault
from bot.plan.held_back import find_held_back_faults
from bot.plan.keys import (
    MAX_EPOCHS,
    MAX_ID_CHARACTERS,
    MAX_PHASES,
    MAX_TASKS,
    MAX_TEXT_CHARACTERS,
    MAX_WAIVER_CHARACTERS,
)
from bot.plan.model import Check, Job, Phase, Task
from bot.plan.parser import Reading, raise_faults, read_job
from bot.plan.paths import path_fault
from bot.plan.task_graph import add_bite_dependencies, list_touches
from bot.plan.validate_paths import (
    Closest,
    Tracked,
    find_order_faults,
    find_target_faults,
    find_writer_faults,
    name_task,
    no_closest_paths,
)
from bot.text.invisible import has_hidden, make_printable

# A task's id stands in trailers, branches of parts and folders' names, so nothing else is allowed.
_ID = re.compile(rf"[a-z0-9][a-z0-9-]{{0,{MAX_ID_CHARACTERS - 1}}}")
_PATH_RULE = "Write a path relative to the repository, with `/` and nothing special."


def load_job(  # noqa: PLR0913  # the text, and what it is held against
    text: str,
    known_checks: Collection[str],
    tracked: Tracked,
    *,
    where: str = "job.md",
    closest: Closest = no_closest_paths,
    max_text: int = MAX_TEXT_CHARACTERS,
) -> Job:
    """Read and validate. Raises PlanError with the faults of form and of sense.

    `max_text` are the characters that the text of one task may have.
    `closest` finds what a path that is not there may have meant.
    In the job given back, `after` of a `bites` task also names what it must bite.
    """
    reading = read_job(text)
    raise_faults(
        [
            *reading.faults,
            *_find_faults_of_readable(reading, known_checks, tracked, closest, max_text),
        ],
        where,
    )
    return add_bite_dependencies(reading.job)


def validate_job(job: Job, *, known_checks: Collection[str], tracked: Tracked) -> None:
    """Raise PlanError with every fault. `tracked` is asked for paths a plan may name only."""
    raise_faults([*find_hidden_faults(job), *_find_faults(job, known_checks, tracked)], "job.md")


def hash_plan(text: str) -> str:
    """SHA-256, in hex, of the plan's bytes: what an approval names."""
    # Half a surrogate pair has no UTF-8, and hashing must not fail on a plan that will be refused:
    # https://docs.python.org/3.11/library/codecs.html#error-handlers
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()


def _find_faults_of_readable(
    reading: Reading,
    known_checks: Collection[str],
    tracked: Tracked,
    closest: Closest,
    max_text: int,
) -> Iterator[Fault]:
    if reading.job.title or reading.job.phases:
        yield from _find_faults(reading.job, known_checks, tracked, closest, max_text)


def _find_faults(
    job: Job,
    known_checks: Collection[str],
    tracked: Tracked,
    closest: Closest = no_closest_paths,
    max_text: int = MAX_TEXT_CHARACTERS,
) -> Iterator[Fault]:
    yield from find_job_faults(job, known_checks, max_text)
    ids = [task.id for task in (*job.tasks, *job.hidden)]
    if len(set(ids)) < len(ids) or len(ids) > MAX_PHASES * MAX_TASKS:
        # Reported already. With double ids the order of tasks is unclear, and with too many the
        # rules below would ask git about too many paths.
        return
    whole = add_bite_dependencies(job)
    yield from find_order_faults(whole)
    yield from find_writer_faults(whole)
    yield from find_target_faults(whole, tracked, closest)
    yield from find_check_order_faults(whole, tracked)
    yield from find_held_back_faults(job, tracked)


def find_job_faults(
    job: Job, known_checks: Collection[str], max_text: int = MAX_TEXT_CHARACTERS
) -> Iterator[Fault]:
    if not 1 <= len(job.phases) <= MAX_PHASES:
        what = f"the plan has {len(job.phases)} phases"
        yield Fault(1, what, f"A plan has 1 to {MAX_PHASES}, each under `## Phase: TITLE`.")
    for name in job.checks:
        yield from _check_name(name, job.line_of("checks"), known_checks)
    for phase in job.phases:
        yield from _check_phase(phase, known_checks, max_text)
    for task in job.hidden:
        yield from _check_task(task, known_checks, max_text)
    seen: dict[str, int] = {}
    for task in (*job.tasks, *job.hidden):
        if task.id in seen:
            what = f"{name_task(task)} is there twice, first in line {seen[task.id]}"
            yield Fault(task.line, what, "Give each task an id of its own.")
        seen.setdefault(task.id, task.line)


def _check_phase(phase: Phase, known_checks: Collection[str], max_text: int) -> Iterator[Fault]:
    name = f"phase `{make_printable(phase.title)}`"
    if not phase.title:
        yield Fault(phase.line, "a phase without a title", "Write `## Phase: TITLE`.")
    if not 1 <= phase.epochs <= MAX_EPOCHS:
        yield Fault(
            phase.line, f"{name} has {phase.epochs} epochs", f"A phase has 1 to {MAX_EPOCHS}."
        )
    elif phase.epochs > 1 and not phase.done:
        what = f"{name} has {phase.epochs} epochs and no `done`, which says if a further one is due"
        yield Fault(phase.line, what, "Add `- done: NAME`, or leave `epochs` out.")
    if not 1 <= len(phase.tasks) <= MAX_TASKS:
        hint = f"A phase has 1 to {MAX_TASKS}, each under `### Task: ID`."
        yield Fault(phase.line, f"{name} has {len(phase.tasks)} tasks", hint)
    for check in phase.done:
        yield from _find_check_faults(check, phase.line, known_checks)
    for task in phase.tasks:
        yield from _check_task(task, known_checks, max_text)


def _check_task(task: Task, known_checks: Collection[str], max_text: int) -> Iterator[Fault]:
    if not _ID.fullmatch(task.id):
        hint = f"An id is 1 to {MAX_ID_CHARACTERS} of a-z, 0-9 and -, and begins with no dash."
        yield Fault(task.line, f"`{make_printable(task.id)}` is no task id", hint)
    if len(task.text) > max_text:
        what = f"{name_task(task)} has {len(task.text)} characters of text"
        yield Fault(task.line, what, f"At most {max_text}, blocks apart: split the task.")
    if len(task.waiver) > MAX_WAIVER_CHARACTERS:
        what = f"{name_task(task)} gives a reason of {len(task.waiver)} characters"
        yield Fault(task.line_of("bites"), what, f"At most {MAX_WAIVER_CHARACTERS}.")
    for check in task.checks:
        yield from _find_check_faults(check, task.line, known_checks)
    for path, line in _list_paths(task):
        if why := path_fault(path):
            yield Fault(line, f"path `{make_printable(path)}` {why}", _PATH_RULE)
    for rule, (what, hint) in (_QUERY_RULES if task.kind == "query" else _CODE_RULES).items():
        if rule(task):
            yield Fault(task.line, f"{name_task(task)} {what}", hint)
    yield from _check_blocks(task)


def _list_paths(task: Task) -> Iterator[tuple[str, int]]:
    yield from ((path, task.line_of("reads")) for path in task.reads)
    yield from ((touch.path, touch.line) for touch in list_touches(task))


def _find_check_faults(check: Check, line: int, known_checks: Collection[str]) -> Iterator[Fault]:
    line = check.line or line
    if check.kind == "run":
        yield from _check_name(check.name, line, known_checks)
    fault_of = check_path_fault if check.kind == "run" else path_fault
    for path in check.paths:
        if why := fault_of(path):
            hint = f"{_PATH_RULE} A check takes paths and no options."
            yield Fault(line, f"path `{make_printable(path)}` {why}", hint)


def _check_name(name: str, line: int, known_checks: Collection[str]) -> Iterator[Fault]:
    if name not in known_checks:
        hint = f"{suggest_name(name, known_checks)} Only `.bricklayer.toml` says what a check runs."
        yield Fault(line, f"unknown check `{make_printable(name)}`", hint)


def _check_blocks(task: Task) -> Iterator[Fault]:
    name = name_task(task)
    given: dict[str, str] = {}
    for block in task.blocks:
        empty = not block.text.strip()
        if block.kind == "patch" and (why := patch_fault(block.text)):
            yield Fault(block.line, f"{name} has {why}", "Give a text diff with `---` and `+++`.")
        if block.kind == "edit" and empty:
            yield Fault(block.line, f"{name} has an empty edit", "Give a search/replace block.")
        if block.kind == "delete" and not empty:
            yield Fault(block.line, f"{name} deletes with content", "Leave the block empty.")
        before = given.get(block.path)
        if block.path and before and not before == block.kind == "edit":
            what = f"{name} has `{before}` and then `{block.kind}` of {make_printable(block.path)}"
            yield Fault(block.line, what, "Give each file one block, or edits only.")
        given[block.path] = block.kind
    own = {touch.path for touch in list_touches(Task(task.id, blocks=task.blocks))}
    if task.file and own and task.file not in own:
        what = f"{name} names {make_printable(task.file)} but has blocks for other files only"
        hint = "A task writes its one file; several only where blocks give every one of them."
        yield Fault(task.line_of("file"), what, hint)


Rules = dict[Callable[[Task], bool], tuple[str, str]]
_CODE_RULES: Rules = {
    lambda task: not task.file and not task.blocks: (
        "names no file and has no exact blocks",
        "Add `- file: PATH`.",
    ),
    lambda task: not task.checks: (
        "has no check: nothing would make it done, a phase's `done` neither",
        "Add `- check: NAME`, `- exists: PATH` or `- absent: PATH`.",
    ),
    lambda task: task.bites and task.guard: (
        "both bites and guards",
        "A check is red before (`bites`) or green before (`guard`): keep one.",
    ),
}
_QUERY_RULES: Rules = {
    lambda task: bool(task.file or task.blocks): (
        "is a query and writes files",
        "Make it `kind: code`, or leave `file` and the blocks out.",
    ),
    lambda task: bool(task.checks): (
        "is a query and has a check",
        "A query answers a question and no check can tell: leave it out.",
    ),
    lambda task: task.bites or bool(task.waiver) or task.guard or task.carry: (
        "is a query and has `bites`, `guard` or `carry`",
        "Those are for tasks that write code.",
    ),
    lambda task: not task.text: ("is a query that asks nothing", "Write the question."),
}


def find_hidden_faults(job: Job) -> Iterator[Fault]:
    """Hidden characters in a job made in code; `markdown.find_hidden_text` does it for a text."""
    texts = [(job.title, 1), (job.intro, 1)]
    texts += [(text, phase.line) for phase in job.phases for text in (phase.title, phase.text)]
    tasks = (*job.tasks, *job.hidden)
    texts += [(text, task.line) for task in tasks for text in (task.text, task.waiver)]
    for text, line in texts:
        if any(has_hidden(part) for part in text.split("\n")):
            yield Fault(line, f"hidden characters in `{make_printable(text)}`", "Remove them.")
