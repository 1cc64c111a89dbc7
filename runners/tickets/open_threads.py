"""The review threads of a round of rework, as they are by the time it is built."""

from dataclasses import replace

from bot.job_states import TaskState
from bot.plan import peek
from bot.plan.followup_plans import left_of, task_of
from bot.ticket.model import Ended, Ticket
from bot.ticket.stages import Stage
from runners.tickets.services import Services

_RESOLVED = "its thread was resolved"


def without_resolved(services: Services, ticket: Ticket) -> Ticket:
    """A thread that a person resolved meanwhile is no task any more; what passed stays passed."""
    round_ = ticket.round
    if not round_ or not round_.threads:
        return ticket
    told = services.repository(ticket).threads(ticket.pull)
    open_ = {one.comments[0].id for one in told if one.comments and not one.resolved}
    gone = {task_of(thread) for thread in round_.threads if thread not in open_}
    job = peek(round_.text)
    known = {task.id for task in job.tasks}
    passed = {one.id for one in ticket.tasks if one.state == TaskState.PASSED}
    if not gone & known - passed:
        return ticket
    skipped = {one: Ended(one, TaskState.SKIPPED, _RESOLVED) for one in sorted(gone - passed)}
    ends = {one.id: one for one in ticket.tasks}
    ticket = replace(ticket, tasks=tuple((ends | skipped).values()))
    if not known - gone - passed:
        return ticket.to(Stage.PUBLISHING)
    text = left_of(round_.text, job, frozenset(gone | passed))
    head = services.remote(ticket).repo.head(ticket.branch) or ticket.head
    return replace(ticket, round=replace(round_, text=text, base=head), retry="")
