"""Plans for build rounds that no planner writes: for red CI. `rework_plan` has those for reviews.

What CI printed stands in them as a block of code with no name: no line of it can become a heading,
a key or an exact block of the plan.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import accumulate
from textwrap import TextWrapper
from types import MappingProxyType

from bot.errors import PlanError
from bot.plan import Check, Job, Phase, Task, peek_job, render_job
from bot.text.invisible import strip_hidden

MAX_LOG_CHARACTERS = 4200
"""Of what CI printed: about as much as a prompt shows of a check's output."""
ROUND_SUBJECTS: Mapping[str, str] = MappingProxyType(
    {
        "ci": "make CI pass:",
        "rework": "settle a review comment on",
        "conflict": "settle a conflict with the base in",
        "review": "settle what a reviewer found in",
    }
)
"""How the subject of a round's commits begins, by its kind; text from CI or a reviewer is never
part of it."""


def plan_ci_fix(job: Job, files: Sequence[str], digest: str, number: int) -> str:
    """A plan with one task for each file that may be why CI is red."""
    log = quote_block(digest, MAX_LOG_CHARACTERS)
    tasks = [
        Task(
            # Ids stand in the trailers of commits on open branches, so the word `mend` stays.
            f"mend-{number}" if len(files) == 1 else f"mend-{number}-{at}",
            file=path,
            checks=choose_checks(job, path),
            guard=True,
            text=f"CI fails on this branch. What its log says:\n\n{log}\n\n"
            "Change this file so that it passes.",
        )
        for at, path in enumerate(files, 1)
    ]
    return render_round(job, f"CI round {number}", tasks)


def render_round(job: Job, what: str, tasks: Sequence[Task]) -> str:
    """`job` may be a round itself: its title's ending is replaced by `what`."""
    phase = Phase(what[0].upper() + what[1:], tuple(tasks))
    # A round may follow a round: without this its title would grow with each.
    title = job.title.split(": CI round")[0].split(": rework")[0].split(": conflict")[0]
    bare = Job(f"{title}: {what}", (phase,), job.checks, job.issue)
    return render_job(bare)


def choose_checks(job: Job, path: str) -> tuple[Check, ...]:
    """The job's own; where it names none those of its tasks; at least that the file is there."""
    of_tasks = (check.name for task in job.tasks for check in task.checks if check.kind == "run")
    runs = tuple(Check("run", name) for name in job.checks or dict.fromkeys(of_tasks))
    return runs or (Check("exists", "", (path,)),)


def list_task_phases(text: str) -> tuple[tuple[str, str], ...]:
    """(phase title, task id) of each task of a plan; nothing for a text that is no plan."""
    try:
        job = peek_job(text)
    except PlanError:
        return ()
    return tuple((phase.title, task.id) for phase in job.phases for task in phase.tasks)


def number_phases(text: str) -> dict[str, int]:
    """Of each task of a plan the number of its phase, from 1."""
    tasks = list_task_phases(text)
    numbers = {name: at for at, name in enumerate(dict.fromkeys(name for name, _ in tasks), 1)}
    return {task: numbers[name] for name, task in tasks}


def round_title(task: str) -> str:
    """The phase title of a round's task, read from its id; empty for a task of the plan itself."""
    ci_round = re.fullmatch(r"mend-(\d{1,3})(?:-\d{1,3})?", task)
    if ci_round:
        return f"CI round {ci_round[1]}"
    if re.fullmatch(r"conflict-\d{1,3}(?:-\d{1,3})?", task):
        return "Conflict"
    return "Rework" if re.fullmatch(r"(?:thread|suggestion|request)-\d+(?:-\d{1,3})?", task) else ""


def drop_done_tasks(text: str, job: Job, done: frozenset[str]) -> str:
    """The plan without what is done already: what is still to do on another base."""
    # `source` is emptied, or the renderer would give back the text with the tasks that are done.
    phases = []
    for phase in job.phases:
        tasks = [
            replace(task, after=tuple(name for name in task.after if name not in done), source="")
            for task in phase.tasks
            if task.id not in done
        ]
        if tasks:
            phases.append(replace(phase, tasks=tuple(tasks), source=""))
    return render_job(replace(job, phases=tuple(phases))) if phases and done else text


def quote_block(text: str, max_characters: int, *, last: bool = False) -> str:
    """Text from outside as a code block of at most `max_characters`: its beginning, or its `last`.

    Hidden characters are removed, and no line of it can close the block.
    """
    # Cut also at U+2028, U+0085 and form feeds, none of which is left inside a line then:
    # https://docs.python.org/3.11/library/stdtypes.html#str.splitlines
    clean = "\n".join(_clean_line(line) for line in text.splitlines()).strip("\n")
    kept = clean[-max_characters:] if last else clean[:max_characters]
    lines = [part for line in kept.splitlines() for part in _WRAPPED.wrap(line) or [""]]
    ends = accumulate(len(line) + 1 for line in (reversed(lines) if last else lines))
    fits = sum(end <= max_characters - len(_FENCED) for end in ends)
    return _FENCED.format("\n".join(lines[len(lines) - fits :] if last else lines[:fits]))


# A fence is closed by a run of marks at least as long: with four, runs of three may stay in the
# text, and `_clean_line` shortens longer ones to three.
# https://spec.commonmark.org/0.31.2/#fenced-code-blocks
_FENCED = "````text\n{}\n````"
_WRAPPED = TextWrapper(200, expand_tabs=False, replace_whitespace=False, drop_whitespace=False)


def _clean_line(line: str) -> str:
    return re.sub("`{4,}", "```", strip_hidden(line).rstrip())
