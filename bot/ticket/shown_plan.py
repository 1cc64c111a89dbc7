"""What a plan will do, as people are shown it: files and first words, not ids."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.errors import PlanError
from bot.plan import Job, Task, format_check, peek_job
from bot.plan.followup_plans import round_title
from bot.plan.task_graph import written_paths
from bot.text.escape import inline_text
from bot.text.invisible import make_printable
from bot.text.listed import join_first

MAX_WORDS_CHARS = 100
MAX_LISTED_TASKS = 25
MAX_LISTED_FILES = 3
# A reviewer's words, or what CI printed, stand in a round's task as a block of code.
_QUOTED = re.compile(r"^(`{3,})text\n", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class ShownTask:
    """`words` are the first of what is to be done; `checks` prove it. `exact`: given in full.

    `waiver` is why its tests need not fail without a fix.
    """

    phase: str
    id: str
    files: tuple[str, ...] = ()
    words: str = ""
    checks: tuple[str, ...] = ()
    exact: bool = False
    waiver: str = ""


@dataclass(frozen=True, slots=True)
class ShownPlan:
    """`gate` are the checks that all of it must pass, `url` is where the plan can be read."""

    tasks: tuple[ShownTask, ...] = ()
    gate: tuple[str, ...] = ()
    url: str = ""


EMPTY_PLAN = ShownPlan()


def show_tasks(text: str) -> tuple[ShownTask, ...]:
    """The tasks of a plan; nothing for a text that is no plan."""
    try:
        job = peek_job(text)
    except PlanError:
        return ()
    return tuple(_show(phase.title, task) for phase in job.phases for task in phase.tasks)


def _show(phase: str, task: Task) -> ShownTask:
    checks = tuple(map(format_check, task.checks))
    files = (task.file,) if task.file else ()
    files = tuple(dict.fromkeys((*files, *sorted(written_paths(task)))))
    exact = bool(task.blocks)
    return ShownTask(phase, task.id, files, first_words(task), checks, exact, task.waiver)


def first_words(task: Task) -> str:
    """The first line that says something; of a review's task the reviewer's, of CI's its aim."""
    if round_title(task.id).startswith("CI round"):
        return "make CI pass"
    quoted = _QUOTED.search(task.text) if round_title(task.id) else None
    lines = task.text[quoted.end() if quoted else 0 :].splitlines()
    first = next((line.strip() for line in lines if line.strip()), "")
    is_empty = quoted and len(first) >= len(quoted[1]) and not first.strip("`")
    return "" if is_empty else first


def name_task(task: ShownTask) -> str:
    """By its files and first words; the id stands behind, for commands that take one."""
    files = join_first(task.files, MAX_LISTED_FILES, inline_code)
    words = inline_text(task.words, MAX_WORDS_CHARS)
    said = ": ".join(filter(None, (files, words)))
    return f"{said} ({inline_code(task.id)})" if said else inline_code(task.id)


def say_waiver(task: ShownTask) -> str:
    """Behind what proves a task: that its tests need not fail, and why."""
    why = inline_text(task.waiver, MAX_WORDS_CHARS)
    return f"; its tests need not fail without a fix: {why}" if why else ""


def list_what_is_planned(plan: ShownPlan) -> str:
    """What a writer approves: each task, what proves it, and where the whole plan stands."""
    if not plan.tasks:
        return ""
    whole = f" ([the whole plan]({plan.url}))" if plan.url else ""
    lines = [f"**What will be done**{whole}:\n", *_planned_lines(plan.tasks), "", _gate(plan.gate)]
    return "\n".join(lines)


def _planned_lines(tasks: Sequence[ShownTask]) -> Iterator[str]:
    for number, task in enumerate(tasks[:MAX_LISTED_TASKS], 1):
        by = ", ".join(map(inline_code, task.checks))
        proof = f"proved by {by}" if by else "no check of its own"
        how = "; its exact content stands in the plan" if task.exact else ""
        yield f"{number}. {name_task(task)}, {proof}{how}{say_waiver(task)}"
    if len(tasks) > MAX_LISTED_TASKS:
        yield f"\nand {len(tasks) - MAX_LISTED_TASKS} more tasks."


def _gate(gate: Sequence[str]) -> str:
    names = ", ".join(map(inline_code, gate))
    return f"At the end all of it must pass {names}." if gate else "No check looks at all of it."


def list_gate(text: str) -> tuple[str, ...]:
    """The checks of a plan's final gate, and the tests that are held back for it."""
    try:
        job: Job = peek_job(text)
    except PlanError:
        return ()
    return (*job.checks, *(f"{task.id} (held back)" for task in job.hidden))


def inline_code(text: str) -> str:
    """Also in a table, whose cells end at a `|` within code too.

    https://github.github.com/gfm/#tables-extension-
    """
    inside = make_printable(text, 200).replace("|", "\\|")
    return f"`{inside}`"
