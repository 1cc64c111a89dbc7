"""The loop that advances one ticket: observe GitHub, take a step, store it, until it must wait.

It keeps nothing in memory: killed at any line, the next pass observes again and goes on.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from bot.errors import DiskFloorError, ModelOutageError, UserError
from bot.github.errors import (
    AccountError,
    ForbiddenError,
    GitHubError,
    InstallationGoneError,
    NotFoundError,
)
from bot.logs.fields import add_log_fields
from bot.machine_faults import find_machine_fault
from bot.spending import SpendingCapError
from bot.storage.leader import TakenOverError
from bot.ticket import messages
from bot.ticket.merge_changes import merge_changes
from bot.ticket.model import FOREVER, Ticket
from bot.ticket.stages import Stage, is_over
from runners.tickets import (
    plan_approval,
    stage_building,
    stage_ci,
    stage_closed,
    stage_planning,
    stage_publishing,
    stage_review,
)
from runners.tickets.end_without_issue import end_without_issue
from runners.tickets.github_failures import (
    end_outage,
    retry_later,
    wait_for_machine,
    wait_out,
)
from runners.tickets.newer_comment import follow_newer, is_comparison_due
from runners.tickets.observe import observe_github
from runners.tickets.queued_work import (
    WorkPendingError,
    await_work,
    look_at_work,
    settle_work,
)
from runners.tickets.redact_results import strip_local_paths
from runners.tickets.restore_mirror import restore_mirror
from runners.tickets.serve_requests import serve_requests
from runners.tickets.services import Services, WorkStoppedError
from runners.tickets.status_sync import sync_in_thread, sync_status
from runners.tickets.step_deaths import MAX_DEATHS

log = logging.getLogger("bricklayer")
Step = Callable[[Services, Ticket], Ticket]
STEPS: Mapping[Stage, Step] = MappingProxyType(
    {
        Stage.PLANNING: stage_planning.plan_issue,
        Stage.APPROVAL: plan_approval.await_approval,
        Stage.BUILDING: stage_building.build_round,
        Stage.PUBLISHING: stage_publishing.publish_round,
        Stage.CI: stage_ci.watch_ci,
        Stage.REVIEW: stage_review.watch_review,
        Stage.MERGED: stage_closed.finish_merged,
        Stage.CLOSED: stage_closed.finish_closed,
        Stage.CANCELLED: stage_closed.finish_closed,
        Stage.BLOCKED: stage_closed.finish_blocked,
        Stage.ANSWERED: stage_closed.finish_answered,
        Stage.SETTLED: stage_closed.finish_settled,
    }
)
_HINT_SHUT_OUT = "Not even the issue may be read: give the App or the token access to it again."
# "If the issue was transferred to another repository", 301, or deleted, 410:
# https://docs.github.com/en/rest/issues/issues#get-an-issue
_DELETED = 410
_MOVED_OR_DELETED = frozenset({301, _DELETED})
LONG_STAGES = frozenset({Stage.PLANNING, Stage.BUILDING})
"""That one of these has begun is shown at once: it may take hours."""


def advance_ticket(services: Services, key: str) -> Ticket | None:
    """Take a ticket as far as it goes now. None where somebody else is at it, or it is unknown."""
    ticket = services.tickets.find_ticket(key)
    if ticket is None:
        return None
    add_log_fields(ticket=ticket.name, repository=ticket.where.repo)
    with services.lock_ticket(ticket) as locked:
        if not locked:
            return None
        if waiting := look_at_work(services, ticket):
            return _show_progress(services, ticket, waiting)
        if services.deaths.count(key) >= MAX_DEATHS:
            return _set_aside(services, ticket)
        with services.deaths.counted(key):
            return _advance(services, key)


def _advance(services: Services, key: str) -> Ticket:
    while True:
        # Read anew each time: a webhook's thread may have put a command into it meanwhile.
        services.begin_step(key)
        before = services.tickets.find_ticket(key)
        assert before  # noqa: S101  # only those long over are deleted
        with _show_meanwhile(services, before):
            after = _date_question(before, _take_step(services, before), services.github_now())
        services.tickets.change_ticket(key, partial(merge_changes, before, after))
        # Only what is written down is shown: a person may answer within the same second.
        current = sync_status(services, key)
        if current == before or _must_wait(services, current):
            return current


def _show_progress(services: Services, ticket: Ticket, waiting: Ticket) -> Ticket:
    """What workers wrote down of it meanwhile is shown now and then; otherwise nothing is done."""
    if (waiting.why, waiting.outage) != (ticket.why, ticket.outage):
        services.tickets.change_ticket(ticket.key, partial(merge_changes, ticket, waiting))
    if services.is_show_due(waiting):
        sync_status(services, ticket.key)
    return waiting


def _set_aside(services: Services, ticket: Ticket) -> Ticket:
    """Told once; from then on nothing is done for it until a person's command."""
    if services.deaths.is_aside(ticket.key):
        log.info("%s: left alone: %s", ticket.name, messages.PROCESS_ENDED)
        return replace(ticket, wake_at=FOREVER)
    log.error("%s: set aside: %s", ticket.name, messages.PROCESS_ENDED)
    # Written down first: should telling of it end the process, too, it is not met again.
    services.deaths.set_aside(ticket.key)
    services.tickets.change_ticket(ticket.key, _rest)
    return sync_status(services, ticket.key)


def _rest(ticket: Ticket) -> Ticket:
    if is_over(ticket.stage):
        return replace(ticket, wake_at=FOREVER)
    blocked = ticket.stage is Stage.BLOCKED
    rested = ticket if blocked else ticket.move_to(Stage.BLOCKED, messages.PROCESS_ENDED)
    return replace(rested, why=messages.PROCESS_ENDED, wake_at=FOREVER)


def _date_question(before: Ticket, after: Ticket, now: float) -> Ticket:
    """With the time at which it began to ask for this approval, if that is another than before.

    By GitHub's clock, as it is compared with the time of a comment.
    """
    old, new = before.approval, after.approval
    if (new.key, new.shown_text_hash) == (old.key, old.shown_text_hash):
        return after
    first = new.first_code or new.code
    return replace(after, approval=replace(new, asked_at=now, first_code=first))


@contextmanager
def _show_meanwhile(services: Services, ticket: Ticket) -> Iterator[None]:
    """Show that a long stage has begun while its work begins already."""
    if ticket.stage not in LONG_STAGES or ticket.approval.key:
        yield
        return
    # A request to GitHub takes up to seconds, and planning need not wait for the comment.
    thread = threading.Thread(target=sync_in_thread, args=(services, ticket.key), daemon=True)
    thread.start()
    try:
        yield
    finally:
        thread.join()


def _must_wait(services: Services, ticket: Ticket) -> bool:
    return ticket.wake_at > services.now() or services.halted


def _take_step(services: Services, ticket: Ticket) -> Ticket:
    """One step. What it asked workers to do is part of the ticket, too."""
    if services.halted:
        return ticket
    try:
        after = _try_step(services, ticket)
    except WorkPendingError as exc:
        return await_work(services, ticket, exc)
    return settle_work(services, ticket, after)


def _try_step(services: Services, ticket: Ticket) -> Ticket:
    """What goes wrong becomes part of the ticket: nothing is swallowed or lost."""
    try:
        return end_outage(_observe_and_step(services, ticket))
    except (WorkPendingError, TakenOverError):
        raise  # of the second nothing can be written down
    except WorkStoppedError:
        return services.rest_after_stop(ticket)
    except SpendingCapError as exc:
        log.warning("%s: %s", ticket.name, exc)
        return replace(ticket, paused=True, why=messages.at_cap(exc.what), wake_at=FOREVER)
    except (GitHubError, ModelOutageError, DiskFloorError, UserError) as exc:
        log.warning("%s: %s", ticket.name, exc)
        return _after_error(services, ticket, exc)
    except Exception as exc:  # ours: named in the comment, with its trace in the log
        if fault := find_machine_fault(exc):
            return wait_for_machine(ticket, fault, services.now())
        log.exception("%s", ticket.name)
        return _block(services, ticket, messages.system_error(type(exc).__name__))


def _observe_and_step(services: Services, ticket: Ticket) -> Ticket:
    if is_comparison_due(services, ticket.key) and follow_newer(services, ticket):
        return ticket  # another one is stored by now, and read next
    here = restore_mirror(services, ticket)
    observed = here if here != ticket else observe_github(services, ticket)
    if observed.paused:
        services.step_work(ticket.key).is_whole = True
        return replace(observed, wake_at=FOREVER)  # until an event, or a command
    if observed != ticket:
        return observed
    heard = serve_requests(services, ticket)
    if heard != ticket:
        return heard
    after = STEPS[ticket.stage](services, ticket)
    services.step_work(ticket.key).is_whole = True
    return after


def _after_error(
    services: Services,
    ticket: Ticket,
    exc: GitHubError | ModelOutageError | DiskFloorError | UserError,
) -> Ticket:
    """Wait where waiting helps, for however long it takes; else a person has to look at it."""
    if isinstance(exc, ModelOutageError | DiskFloorError):
        return wait_for_machine(ticket, exc, services.now())
    if isinstance(exc, InstallationGoneError) and ticket.where.installation:
        # The App was installed anew: GitHub is asked by which installation it reaches this now.
        return replace(ticket, where=replace(ticket.where, installation=0), wake_at=0.0)
    if isinstance(exc, GitHubError):
        if waiting := wait_out(ticket, exc, services.now()):
            return waiting
        if isinstance(exc, NotFoundError | ForbiddenError):
            return _check_issue_is_there(services, ticket, exc)
    if fault := find_machine_fault(exc):
        return wait_for_machine(ticket, fault, services.now())
    text = strip_local_paths(exc.for_comment(), services.settings)
    return _block(services, ticket, messages.quote_error(text))


def _check_issue_is_there(services: Services, ticket: Ticket, refused: GitHubError) -> Ticket:
    """Tell what GitHub has against this one request from what it has against us or the issue.

    A ticket whose repository or issue is gone for us sleeps: there is nowhere to say why. Where
    not even the issue may be read, the account is not let in, whatever words GitHub has for it.
    """
    try:
        # GitHub answers 404 for what is deleted, and for what the token may not see as well:
        # https://docs.github.com/en/rest/using-the-rest-api/troubleshooting-the-rest-api#404-not-found-for-an-existing-resource
        services.repository(ticket).read_issue(ticket.issue)
    except NotFoundError as exc:
        if exc.status in _MOVED_OR_DELETED and not is_over(ticket.stage):
            return end_without_issue(services, ticket, deleted=exc.status == _DELETED)
        log.warning("%s: it sleeps until GitHub tells of it again: %s", ticket.key, exc)
        return replace(ticket, outage="gone", outage_since=services.now(), wake_at=FOREVER)
    except ForbiddenError as exc:
        shut_out = AccountError(exc.what, status=exc.status, hint=exc.hint or _HINT_SHUT_OUT)
        return wait_out(ticket, shut_out, services.now()) or ticket
    except GitHubError as exc:
        return wait_out(ticket, exc, services.now()) or retry_later(ticket, services.now())
    text = strip_local_paths(refused.for_comment(), services.settings)
    return _block(services, ticket, messages.quote_error(text))


def _block(services: Services, ticket: Ticket, why: str) -> Ticket:
    """Where a person can see why; a ticket that is at its end already is tried again later."""
    if is_over(ticket.stage) or ticket.stage is Stage.BLOCKED:
        return retry_later(ticket, services.now())
    return ticket.move_to(Stage.BLOCKED, why)
