"""The loop of one ticket: look, do the next step, write it down, until it must wait.

Nothing here remembers anything: killed at any line, the next pass looks again and goes on.
"""

import logging
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from types import MappingProxyType

from bot.errors import UserError
from bot.github.errors import GitHubError, NotFoundError, RateLimitedError, UnavailableError
from bot.ticket import messages
from bot.ticket.model import FOREVER, Ticket, merge_changes
from bot.ticket.stages import Stage, is_over
from runners.tickets import (
    observe,
    stage_building,
    stage_ci,
    stage_closed,
    stage_planning,
    stage_publishing,
    stage_review,
)
from runners.tickets.sanitize import strip_local_paths
from runners.tickets.services import Services
from runners.tickets.status_sync import RETRY_SECONDS, sync_in_thread, sync_status

log = logging.getLogger("bricklayer")
Step = Callable[[Services, Ticket], Ticket]
STEPS: Mapping[Stage, Step] = MappingProxyType(
    {
        Stage.PLANNING: stage_planning.plan_issue,
        Stage.APPROVAL: stage_planning.await_approval,
        Stage.BUILDING: stage_building.build_round,
        Stage.PUBLISHING: stage_publishing.publish_round,
        Stage.CI: stage_ci.watch_ci,
        Stage.REVIEW: stage_review.watch_review,
        Stage.MERGED: stage_closed.finish_merged,
        Stage.CLOSED: stage_closed.finish_closed,
        Stage.CANCELLED: stage_closed.finish_closed,
        Stage.BLOCKED: stage_closed.finish_blocked,
        Stage.ANSWERED: stage_closed.finish_answered,
    }
)
LONG_STAGES = frozenset({Stage.PLANNING, Stage.BUILDING})
"""What is about to begin there is said first: it may take hours."""


def advance_ticket(services: Services, key: str) -> Ticket | None:
    """Take a ticket as far as it goes now. None where somebody else is at it, or it is unknown."""
    ticket = services.tickets.ticket(key)
    if ticket is None:
        return None
    with services.lock_ticket(ticket) as alone:
        if not alone:
            return None
        while True:
            before = services.tickets.ticket(key)
            assert before  # noqa: S101  # tickets are never deleted
            with _said_first(services, before):
                stepped = _stepped(services, before)
            if (stepped.approval.key, stepped.approval.shown_text_hash) != (
                before.approval.key,
                before.approval.shown_text_hash,
            ):
                stepped = replace(
                    stepped, approval=replace(stepped.approval, asked_at=services.now())
                )
            services.tickets.change(key, partial(merge_changes, before, stepped))
            # Only what is written down is shown: a person may answer within the same second.
            now = sync_status(services, key)
            if now == before or _waits(services, now):
                return now


@contextmanager
def _said_first(services: Services, ticket: Ticket) -> Iterator[None]:
    """What begins is shown while it begins: nobody's plan waits for a comment to be posted."""
    if ticket.stage not in LONG_STAGES or ticket.approval.key:
        yield
        return
    telling = threading.Thread(target=sync_in_thread, args=(services, ticket.key), daemon=True)
    telling.start()
    try:
        yield
    finally:
        telling.join()


def _waits(services: Services, ticket: Ticket) -> bool:
    return ticket.wake_at > services.now() or services.halted


def _stepped(services: Services, ticket: Ticket) -> Ticket:
    """One step, with its surprises as part of the ticket: nothing is swallowed, nothing is lost."""
    if services.halted:
        return ticket
    try:
        return _looked_and_stepped(services, ticket)
    except (
        RateLimitedError,
        UnavailableError,
    ) as pause:  # nobody's doing, and over some time: nothing is given up
        log.warning("%s: %s", ticket.key, pause)
        return replace(ticket, wake_at=_again(services, pause))
    except NotFoundError as exc:
        log.warning("%s: %s", ticket.key, exc)
        return _missing(services, ticket, exc)
    except (GitHubError, UserError) as exc:
        log.warning("%s: %s", ticket.key, exc)
        return _told(
            services, ticket, messages.quote_error(strip_local_paths(str(exc), services.settings))
        )
    except Exception as exc:  # ours: told in the comment, with its trace in the log
        log.exception("%s", ticket.key)
        return _told(services, ticket, messages.system_error(type(exc).__name__))


def _looked_and_stepped(services: Services, ticket: Ticket) -> Ticket:
    looked = observe.observe_github(services, ticket)
    if looked.paused or looked != ticket:
        return looked
    return STEPS[ticket.stage](services, ticket)


def _again(services: Services, pause: RateLimitedError | UnavailableError) -> float:
    return pause.until if isinstance(pause, RateLimitedError) else services.now() + RETRY_SECONDS


def _missing(services: Services, ticket: Ticket, gone: NotFoundError) -> Ticket:
    """Where the repository or the issue is not there for us any more, nobody can be told."""
    try:
        services.repository(ticket).issue(ticket.issue)
    except NotFoundError:
        return replace(ticket, why=str(gone), wake_at=FOREVER)
    except GitHubError:
        return replace(ticket, wake_at=services.now() + RETRY_SECONDS)
    return _told(services, ticket, messages.quote_error(str(gone)))


def _told(services: Services, ticket: Ticket, why: str) -> Ticket:
    """Blocked, where a person can see why; what was at its end already is tried again."""
    if is_over(ticket.stage) or ticket.stage is Stage.BLOCKED:
        return replace(ticket, wake_at=services.now() + RETRY_SECONDS)
    return ticket.move_to(Stage.BLOCKED, why)
