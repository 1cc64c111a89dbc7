"""The next epoch of a phase whose `done` check is red after its tasks."""

from bot.errors import Fault
from bot.job_states import TaskEvent, TaskState, advance
from bot.plan import Job
from bot.prompts.planner_prompt import PlanRequest, bullets, fenced
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.replan import (
    ask_round,
    explain_no_tasks,
    find_reused_ids,
    find_taken_ids,
    read_tasks,
)
from runners.build.results import TaskResult
from runners.planning.conversation import Conversation

EPOCH_INSTRUCTIONS = (
    "Write the next tasks of this phase, 1 to 8, that make its check green: `### Task: ID` sections"
    " and nothing else, no front matter and no phase. Each id is new; `after` names only tasks you"
    " write now."
)
NO_PLANNER = "no planner is configured that could write the next epoch"


def name_epoch(number: int, epoch: int) -> str:
    """How an epoch's calls stand in the ledger; no task can have such an id."""
    return f"epoch {number + 1}.{epoch}"


def ask_epoch(  # noqa: PLR0913, PLR0917  # which epoch of what, why, and what was said so far
    site: JobContext, lane: OpenLane, number: int, epoch: int, why: str, talk: Conversation
) -> Conversation:
    """Make one call. `why` is what the phase's check said."""
    ids = find_taken_ids(site)

    def more(job: Job) -> list[Fault]:
        return find_reused_ids(job, ids)

    brief = PlanRequest(
        name_epoch(number, epoch), _epoch_material(site, number, why), EPOCH_INSTRUCTIONS
    )
    return ask_round(site, lane, brief, talk, more, f"{_phase_goal(site, number)}\n{why}")


def epoch_result(number: int, epoch: int, talk: Conversation) -> TaskResult:
    """What became of the planning, for the ledger and the report."""
    why = explain_no_tasks(talk)
    state = advance(TaskState.RUNNING, TaskEvent.BLOCK if why else TaskEvent.PASS)
    written = ", ".join(task.id for task in read_tasks(talk))
    return TaskResult(name_epoch(number, epoch), state, why or f"planned {written}", rows=talk.rows)


def _phase_goal(site: JobContext, number: int) -> str:
    phase = site.job.phases[number]
    goal = f"The job: {site.job.title}\n{site.job.intro}".strip()
    return f"{goal}\n\nThe phase: {phase.title}\n{phase.text}".strip()


def _epoch_material(site: JobContext, number: int, why: str) -> str:
    """Goal, tasks, diffstat and the failure's digest. Nothing of what any model said."""
    done = [f"{task.id}: {task.file or task.kind}" for task in site.job.phases[number].tasks]
    stat = site.repo.diffstat(site.base, site.repo.head(site.branch))
    return "\n\n".join(
        (
            _phase_goal(site, number),
            bullets("Its tasks, all done:", done),
            fenced("What the job changed so far:", stat) or "The job changed nothing so far.",
            fenced("The phase is not done, for this check is red:", why),
        )
    )
