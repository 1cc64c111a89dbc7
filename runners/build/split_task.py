"""A task that does not fit its window, written anew as parts that do. This is done once."""

from dataclasses import replace

from bot.errors import Fault
from bot.plan import Job, Task, writes
from bot.prompts.planner_prompt import PlanRequest, fenced
from bot.text.invisible import shown
from runners.build.replan import ask_round, reused, taken, tasks_of
from runners.build.results import TaskRun
from runners.planning.conversation import Conversation

ASKED = (
    "Write it anew as 2 to 8 smaller tasks: `### Task: ID` sections and nothing else, no front"
    " matter and no phase. All write the same file, each `after` the one before it. Each id is new."
    " Each but the last has a check that is red before it and green after it, or `guard: yes`; the"
    " last one is proved by the checks of the task it replaces, whatever you write."
)


def name_of(task: Task) -> str:
    """How the calls stand in the ledger; no task can have such an id."""
    return f"split {task.id}"


def ask_split(turn: TaskRun, why: str, talk: Conversation) -> Conversation:
    """Make one call. `why` says how many tokens the task needs."""
    site, task = turn.site, turn.task
    ids = taken(site)

    def more(job: Job) -> list[Fault]:
        return [*reused(job, ids), *_astray(task, job)]

    told = fenced("This task is too large for the model that is to do it:", task.source)
    brief = PlanRequest(name_of(task), f"The job: {site.job.title}\n\n{told}", ASKED, told=(why,))
    return ask_round(site, turn.lane, brief, talk, more, task.text)


def parts_of(task: Task, talk: Conversation) -> tuple[Task, ...]:
    """The parts in order. The last keeps the task's id and what proves it, so that git finds it."""
    parts = tasks_of(talk)
    if not parts:
        return ()
    last = replace(
        parts[-1],
        id=task.id,
        checks=task.checks,
        bites=task.bites,
        guard=task.guard,
        after=task.after,
    )
    return (*parts[:-1], last)


def _astray(task: Task, job: Job) -> list[Fault]:
    own = writes(task)
    faults = [
        Fault(
            part.line, f"`{shown(part.id)}` writes another file", f"All write {shown(task.file)}."
        )
        for part in job.tasks
        if part.kind != "code" or not writes(part) <= own
    ]
    if len(job.tasks) == 1:
        faults.append(Fault(job.tasks[0].line, "only one task", "Split it into 2 to 8."))
    return faults
