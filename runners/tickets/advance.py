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
from bot.github.errors import Down, GitHubError, Gone, Limited
from bot.ticket import messages
from bot.ticket.model import FOREVER, Ticket, merged
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
from runners.tickets.sanitize import placeless
from runners.tickets.services import Shop
from runners.tickets.status_sync import AGAIN, shown_now, tell

log = logging.getLogger("bricklayer")
Step = Callable[[Shop, Ticket], Ticket]
STEPS: Mapping[Stage, Step] = MappingProxyType(
    {
        Stage.PLANNING: stage_planning.step,
        Stage.APPROVAL: stage_planning.approval,
        Stage.BUILDING: stage_building.step,
        Stage.PUBLISHING: stage_publishing.step,
        Stage.CI: stage_ci.step,
        Stage.REVIEW: stage_review.step,
        Stage.MERGED: stage_closed.merged,
        Stage.CLOSED: stage_closed.closed,
        Stage.CANCELLED: stage_closed.closed,
        Stage.BLOCKED: stage_closed.blocked,
        Stage.ANSWERED: stage_closed.answered,
    }
)
LONG = frozenset({Stage.PLANNING, Stage.BUILDING})
"""What is about to begin there is said first: it may take hours."""


def advance(shop: Shop, key: str) -> Ticket | None:
    """Take a ticket as far as it goes now. None where somebody else is at it, or it is unknown."""
    ticket = shop.desk.ticket(key)
    if ticket is None:
        return None
    with shop.alone(ticket) as alone:
        if not alone:
            return None
        while True:
            before = shop.desk.ticket(key)
            assert before  # noqa: S101  # tickets are never deleted
            with _said_first(shop, before):
                stepped = _stepped(shop, before)
            if (stepped.asks, stepped.seen) != (before.asks, before.seen):
                stepped = replace(stepped, asked=shop.now())
            shop.desk.change(key, partial(merged, before, stepped))
            # Only what is written down is shown: a person may answer within the same second.
            now = shown_now(shop, key)
            if now == before or _waits(shop, now):
                return now


@contextmanager
def _said_first(shop: Shop, ticket: Ticket) -> Iterator[None]:
    """What begins is shown while it begins: nobody's plan waits for a comment to be posted."""
    if ticket.stage not in LONG or ticket.asks:
        yield
        return
    telling = threading.Thread(target=tell, args=(shop, ticket.key), daemon=True)
    telling.start()
    try:
        yield
    finally:
        telling.join()


def _waits(shop: Shop, ticket: Ticket) -> bool:
    return ticket.until > shop.now() or shop.halted


def _stepped(shop: Shop, ticket: Ticket) -> Ticket:
    """One step, with its surprises as part of the ticket: nothing is swallowed, nothing is lost."""
    if shop.halted:
        return ticket
    try:
        return _looked_and_stepped(shop, ticket)
    except (Limited, Down) as pause:  # nobody's doing, and over some time: nothing is given up
        log.warning("%s: %s", ticket.key, pause)
        return replace(ticket, until=_again(shop, pause))
    except Gone as gone:
        log.warning("%s: %s", ticket.key, gone)
        return _missing(shop, ticket, gone)
    except (GitHubError, UserError) as wrong:
        log.warning("%s: %s", ticket.key, wrong)
        return _told(shop, ticket, messages.stopped(placeless(str(wrong), shop.settings)))
    except Exception as wrong:  # ours: told in the comment, with its trace in the log
        log.exception("%s", ticket.key)
        return _told(shop, ticket, messages.fault_of_ours(type(wrong).__name__))


def _looked_and_stepped(shop: Shop, ticket: Ticket) -> Ticket:
    looked = observe.look(shop, ticket)
    if looked.paused or looked != ticket:
        return looked
    return STEPS[ticket.stage](shop, ticket)


def _again(shop: Shop, pause: Limited | Down) -> float:
    return pause.until if isinstance(pause, Limited) else shop.now() + AGAIN


def _missing(shop: Shop, ticket: Ticket, gone: Gone) -> Ticket:
    """Where the repository or the issue is not there for us any more, nobody can be told."""
    try:
        shop.hub(ticket).issue(ticket.issue)
    except Gone:
        return replace(ticket, why=str(gone), until=FOREVER)
    except GitHubError:
        return replace(ticket, until=shop.now() + AGAIN)
    return _told(shop, ticket, messages.stopped(str(gone)))


def _told(shop: Shop, ticket: Ticket, why: str) -> Ticket:
    """Blocked, where a person can see why; what was at its end already is tried again."""
    if is_over(ticket.stage) or ticket.stage is Stage.BLOCKED:
        return replace(ticket, until=shop.now() + AGAIN)
    return ticket.to(Stage.BLOCKED, why)
