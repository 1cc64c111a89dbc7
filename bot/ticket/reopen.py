"""Takes up a job that was closed or cancelled where it was: nothing of it was thrown away. Pure."""

from dataclasses import replace

from bot.job_states import TaskState
from bot.plan.followup_plans import list_task_phases
from bot.ticket import messages_branch
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage

_BUILT = frozenset({Stage.PUBLISHING, Stage.CI, Stage.REVIEW})


def end_on_github(ticket: Ticket, stage: Stage, why: str) -> Ticket:
    return replace(ticket, paused=False, ended_paused=ticket.paused).move_to(stage, why)


def reopen_ticket(ticket: Ticket, at: float, *, by_writer: bool = False) -> Ticket:
    """The closed ticket in the stage it was in; `at` is the time from which CI is waited for.

    Paused if it was, but for a writer's own command: an issue's author may close it and open it
    again without being a writer.
    """
    if ticket.stage is not Stage.CLOSED:
        return ticket
    stage = find_resume_stage(ticket)
    if ticket.ended_paused and not by_writer:
        resumed = resume_in(ticket, stage, at, messages_branch.REOPENED_PAUSED)
        return replace(resumed, paused=True)
    return resume_in(ticket, stage, at, messages_branch.reopened(stage))


def resume_in(ticket: Ticket, stage: Stage, at: float, why: str) -> Ticket:
    resumed = ticket.move_to(stage, why)
    remote = replace(ticket.remote, pushed_at=at) if stage is Stage.CI else ticket.remote
    return replace(resumed, paused=False, remote=remote, ended_in=None, ended_paused=False)


def find_resume_stage(ticket: Ticket) -> Stage:
    """CI in place of the review: what reports on the head decides anew."""
    if not ticket.progress.round:
        return Stage.PLANNING
    # A plan that nobody has approved waits for it, however the job ended.
    if ticket.approval.key == ticket.plan_key:
        return Stage.APPROVAL
    if ticket.ended_in in {Stage.CI, Stage.REVIEW}:
        return Stage.CI
    if ticket.ended_in in {Stage.PUBLISHING, Stage.BLOCKED}:
        return ticket.ended_in
    if ticket.ended_in is None and all_passed(ticket):
        return Stage.CI
    return Stage.BUILDING


def has_built_pull(ticket: Ticket) -> bool:
    """Whether its pull request shows work that somebody may have reviewed, not only a plan."""
    round_ = ticket.progress.round
    if not ticket.remote.pull or not round_:
        return False
    return ticket.ended_in in _BUILT or round_.kind != "plan"


def all_passed(ticket: Ticket) -> bool:
    """Whether each task of its round has passed."""
    round_ = ticket.progress.round
    passed = {task.id for task in ticket.progress.tasks if task.state == TaskState.PASSED}
    tasks = {task for _, task in list_task_phases(round_.text if round_ else "")}
    return bool(tasks) and tasks <= passed


def list_task_ids(ticket: Ticket) -> tuple[str, ...]:
    """Of the tasks that have ended, and of those that its round still has to try."""
    round_ = ticket.progress.round
    ended = (task.id for task in ticket.progress.tasks)
    planned = (task for _, task in list_task_phases(round_.text if round_ else ""))
    return tuple(dict.fromkeys((*ended, *planned)))


def has_only_plan(ticket: Ticket) -> bool:
    """Whether the branch, as the bot knows it, has the plan's commit and nothing on it."""
    return bool(ticket.remote.plan_commit) and ticket.remote.head == ticket.remote.plan_commit
