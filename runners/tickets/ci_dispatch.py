"""Starts the workflows that the repository names, where a push did not start them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass

from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.types import Checks
from bot.ticket import messages_ci
from bot.ticket.keys import dispatch_mark, dispatched_key
from bot.ticket.model import Ticket
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
FOLDER = ".github/workflows"


@dataclass(frozen=True, slots=True)
class Started:
    """What came of it: `names` were started now, `wait_until` is when to look again.

    `why` is for people, where nothing is to be waited for.
    """

    names: tuple[str, ...] = ()
    wait_until: float = 0.0
    why: str = ""


def start_named_workflows(
    services: Services, ticket: Ticket, named: Sequence[str], checks: Checks, grace: float
) -> Started:
    """Each once for a head, and never one that the default branch's settings do not name.

    Events of Actions' own token start no workflow but for `workflow_dispatch` and
    `repository_dispatch`:
    https://docs.github.com/en/actions/security-for-github-actions/security-guides/automatic-token-authentication
    """
    if not named:
        return Started(why=messages_ci.NEVER_BEGAN)
    absent = find_unstarted(named, checks)
    until = max(ticket.remote.pushed_at, _asked_at(services, ticket)) + grace
    if absent and until > services.now():
        return Started(wait_until=until)
    if absent and ticket.was_handled(dispatched_key(ticket.remote.head)):
        return Started(why=messages_ci.started_without_report(absent))
    return _start(services, ticket, absent) if absent else Started()


def find_unstarted(named: Sequence[str], checks: Checks) -> tuple[str, ...]:
    """The named workflows without a run on the commit; none where no run may be read."""
    hidden = not checks.workflows and any(run.job for run in checks.runs)
    # A run's path may end in the ref that it is from:
    # https://docs.github.com/en/rest/actions/workflow-runs#list-workflow-runs-for-a-repository
    ran = {run.path.partition("@")[0] for run in checks.workflows}
    return () if hidden else tuple(name for name in named if f"{FOLDER}/{name}" not in ran)


def _asked_at(services: Services, ticket: Ticket) -> float:
    """When they were asked for and the answer was not stored; 0 where they were not.

    Nothing tells one start from another, and a run is listed only some time after its start: so a
    process that was killed in between looks whether they began before it asks again.
    """
    at, _, head = services.tickets.read_mark(dispatch_mark(ticket.key)).partition(" ")
    return float(at) if head == ticket.remote.head else 0.0


def _start(services: Services, ticket: Ticket, names: Sequence[str]) -> Started:
    repo, repository = services.open_mirror(ticket).repo, services.repository(ticket)
    services.tickets.write_mark(dispatch_mark(ticket.key), f"{services.now()} {ticket.remote.head}")
    started: list[str] = []
    faults: list[str] = []
    for name in names:
        # Only a workflow that is on the default branch can be dispatched:
        # https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#workflow_dispatch
        if repo.read_file(ticket.remote.base, f"{FOLDER}/{name}") is None:
            faults.append(messages_ci.workflow_missing(name))
            continue
        try:
            # The API takes a workflow's file name for its id:
            # https://docs.github.com/en/rest/actions/workflows#create-a-workflow-dispatch-event
            repository.dispatch_workflow(name, ticket.remote.branch)
        except NotFoundError:
            faults.append(messages_ci.workflow_missing(name))
        except ForbiddenError as exc:
            log.warning("%s: %s: %s", ticket.name, name, exc)
            faults.append(messages_ci.workflow_refused(name, exc.what.rpartition(": ")[2]))
        else:
            started.append(name)
    return Started(tuple(started), why="\n\n".join(faults))
