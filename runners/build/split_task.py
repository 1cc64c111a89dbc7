"""A task that does not fit its window, written anew as parts that do. This is done once."""

from dataclasses import replace

from bot.errors import Fault
from bot.plan import Job, Task, writes
from bot.prompts.planner_prompt import PlanRequest, fenced
from bot.text.invisible import shown
from runners.build.replan import ask_round, find_reused_ids, find_taken_ids, read_tasks
from runners.build.results import TaskRun
from runners.planning.conversation import Conversation

SPLIT_INSTRUCTIONS = (
    "Write it anew as 2 to 8 smaller tasks: `### Task: ID` sections and nothing else, no front"
    " matter and no phase. All write the same file, each `after` the one before it. Each id is new."
    " Each but the last has a check that is red before it and green after it, or `guard: yes`; the"
    " last one is proved by the checks of the task it replaces, whatever you write."
)


def name_split(task: Task) -> str:
    """How the calls stand in the ledger; no task can have such an id."""
    return f"split {task.id}"


def ask_split(turn: TaskRun, why: str, talk: Conversation) -> Conversation:
    """Make one call. `why` says how many tokens the task needs."""
    site, task = turn.site, turn.task
    ids = find_taken_ids(site)

    def more(job: Job) -> list[Fault]:
        return [*find_reused_ids(job, ids), *_split_faults(task, job)]

    told = fenced("This task is too large for the model that is to do it:", task.source)
    brief = PlanRequest(
        name_split(task), f"The job: {site.job.title}\n\n{told}", SPLIT_INSTRUCTIONS, told=(why,)
    )
    return ask_round(site, turn.lane, brief, talk, more, task.text)


def read_parts(task: Task, talk: Conversation) -> tuple[Task, ...]:
    """The parts in order. The last keeps the task's id and what proves it, so that git finds it."""
    parts = read_tasks(talk)
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


def _split_faults(task: Task, job: Job) -> list[Fault]:
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
