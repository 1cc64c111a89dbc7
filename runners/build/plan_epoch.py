"""The next epoch of a phase whose `done` check is red after its tasks."""

from bot.errors import Fault
from bot.job_states import TaskEvent, TaskState, advance
from bot.plan import Job
from bot.prompts.planner_prompt import PlanRequest, bullets, fenced
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.replan import ask_round, reused, taken, tasks_of, why_none
from runners.build.results import TaskResult
from runners.planning.conversation import Conversation

ASKED = (
    "Write the next tasks of this phase, 1 to 8, that make its check green: `### Task: ID` sections"
    " and nothing else, no front matter and no phase. Each id is new; `after` names only tasks you"
    " write now."
)
NO_PLANNER = "no planner is configured that could write the next epoch"


def name_of(number: int, epoch: int) -> str:
    """How an epoch's calls stand in the ledger; no task can have such an id."""
    return f"epoch {number + 1}.{epoch}"


def ask_epoch(  # noqa: PLR0913, PLR0917  # which epoch of what, why, and what was said so far
    site: JobContext, lane: OpenLane, number: int, epoch: int, why: str, talk: Conversation
) -> Conversation:
    """Make one call. `why` is what the phase's check said."""
    ids = taken(site)

    def more(job: Job) -> list[Fault]:
        return reused(job, ids)

    brief = PlanRequest(name_of(number, epoch), _subject(site, number, why), ASKED)
    return ask_round(site, lane, brief, talk, more, f"{_goal(site, number)}\n{why}")


def end_of(number: int, epoch: int, talk: Conversation) -> TaskResult:
    """What became of the planning, for the ledger and the report."""
    why = why_none(talk)
    state = advance(TaskState.RUNNING, TaskEvent.BLOCK if why else TaskEvent.PASS)
    written = ", ".join(task.id for task in tasks_of(talk))
    return TaskResult(name_of(number, epoch), state, why or f"planned {written}", rows=talk.rows)


def _goal(site: JobContext, number: int) -> str:
    phase = site.job.phases[number]
    goal = f"The job: {site.job.title}\n{site.job.intro}".strip()
    return f"{goal}\n\nThe phase: {phase.title}\n{phase.text}".strip()


def _subject(site: JobContext, number: int, why: str) -> str:
    """Goal, tasks, diffstat and the failure's digest. Nothing of what any model said."""
    done = [f"{task.id}: {task.file or task.kind}" for task in site.job.phases[number].tasks]
    stat = site.repo.diffstat(site.base, site.repo.head(site.branch))
    return "\n\n".join(
        (
            _goal(site, number),
            bullets("Its tasks, all done:", done),
            fenced("What the job changed so far:", stat) or "The job changed nothing so far.",
            fenced("The phase is not done, for this check is red:", why),
        )
    )
