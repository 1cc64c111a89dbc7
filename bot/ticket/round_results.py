"""How a round of rework ended: whether what failed is answered where it was asked. Pure."""

from bot.job_states import TaskState
from bot.plan.followup_plans import list_task_phases
from bot.plan.rework_plan import is_from_words
from bot.ticket.model import Ticket


def failed_where_asked(ticket: Ticket) -> bool:
    """Whether all that did not pass are wishes of single people, each of which hears of it there.

    The others' results need not wait for them: what fails is asked for again in other words.
    """
    round_ = ticket.progress.round
    known = {task for _, task in list_task_phases(round_.text)} if round_ else set()
    ends = [task for task in ticket.progress.tasks if task.id in known]
    left = [task for task in ends if task.state != TaskState.PASSED]
    return (
        bool(left)
        and len(ends) == len(known)
        and all(is_from_words(task.id) for task in left)
        and any(task.state == TaskState.BLOCKED for task in left)
    )
