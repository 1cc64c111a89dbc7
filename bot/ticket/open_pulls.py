"""How many pull requests of the bot may be open at a time: people have to review them all."""

from collections.abc import Iterable, Sequence

from bot.ticket.model import Ticket, repo_key
from bot.ticket.stages import Stage, is_over


def explain_full(ticket: Ticket, others: Iterable[Ticket], most: int, most_of_repo: int) -> str:
    """Why the job cannot begin yet; empty where it may.

    Jobs begin in the order in which their labels were set: one that is about to begin has a place
    already. So of many that look at once no more begin than there are places.
    """
    if ticket.remote.pull:
        return ""
    ahead = [other for other in others if other.key != ticket.key and _has_place(other, ticket)]
    here = [other for other in ahead if repo_key(other.where) == repo_key(ticket.where)]
    if len(here) >= most_of_repo:
        return _tell(here, most_of_repo, "repository_open_pulls", "of this repository")
    return _tell(ahead, most, "open_pulls", "of all repositories") if len(ahead) >= most else ""


def _has_place(other: Ticket, ticket: Ticket) -> bool:
    if is_over(other.stage):
        return False
    if other.remote.pull:
        return True
    waits = other.paused or other.waits_for or other.question_open or other.approval.key
    is_earlier = (other.labelled_at, other.key) < (ticket.labelled_at, ticket.key)
    return other.stage is Stage.PLANNING and not waits and is_earlier


def _tell(ahead: Sequence[Ticket], most: int, setting: str, whose: str) -> str:
    are = "job is" if len(ahead) == 1 else "jobs are"
    return (
        f"Waiting for its turn: {len(ahead)} {are} under way {whose}, and {most} may have a pull"
        " request open at a time. I begin by myself once one of them is merged, closed or"
        f" cancelled; whoever runs me sets the number (`{setting}` under `[spending]`)."
    )
