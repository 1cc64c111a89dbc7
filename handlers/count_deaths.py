"""Counts what was begun and never ended, so that no process dies of one thing a third time.

A process may be killed while it handles an event: frozen and ended by a person, or out of memory.
That it began is written down before it begins. What was begun twice and never ended is set aside:
kept, told in the log and by `bricklayer doctor`, and tried again when a person has GitHub deliver
it again.
"""

import hashlib
import json
import logging
from collections.abc import Callable, Iterator, Sequence

from bot.github.webhooks import (
    Commented,
    Event,
    Labeled,
    MalformedError,
    ReviewCommented,
    Reviewed,
    parse_event,
)
from bot.storage.tickets import Delivery, TicketStore
from handlers.dispatch import dispatch_event
from runners.tickets.services import Services
from runners.tickets.step_deaths import MAX_DEATHS

log = logging.getLogger("bricklayer")
WHY = f"the process ended {MAX_DEATHS} times while it was handled"
Handle = Callable[[Delivery], str]


def handle_counted(
    tickets: TicketStore, waiting: Sequence[Delivery], handle: Handle, outlived: set[str]
) -> Iterator[tuple[str, str]]:
    """Handle each, and give its id and how it ended, as `handle` tells it; empty for not yet.

    All are begun by one write; but once a process died of one of them, they go one by one, so that
    what is harmless is not taken for the cause. `outlived` is kept by the caller from one call to
    the next: those whose end could not be written down, for the database was away, died of nothing.
    """
    _end(tickets, outlived)
    deaths = tickets.count_begun([delivery.id for delivery in waiting])
    groups = [[one] for one in waiting] if deaths else [list(waiting)]
    for group in filter(None, groups):
        if deaths.get(group[0].id, 0) >= MAX_DEATHS:
            set_aside(tickets, group[0])
            continue
        outlived.update(one.id for one in group)
        tickets.begin({one.id: deaths.get(one.id, 0) + 1 for one in group})
        yield from ((one.id, handle(one)) for one in group)
        _end(tickets, outlived)


def _end(tickets: TicketStore, names: set[str]) -> None:
    if names:
        tickets.end(list(names))
        names.clear()


def set_aside(tickets: TicketStore, delivery: Delivery) -> None:
    """The state first: should what follows end the process too, it is not met again."""
    tickets.set_aside(delivery.id, WHY)
    log.error(
        "delivery %s (%s) is set aside: %s. See `bricklayer doctor`.",
        *(delivery.id, delivery.event, WHY),
    )
    try:
        event = parse_event(delivery.event, json.loads(delivery.body))
    except (ValueError, RecursionError, MalformedError):
        return
    if event and (name := name_event(event)):
        # What the sweep would find of it is the same text.
        tickets.begin({name: MAX_DEATHS})


def dispatch_counted(services: Services, event: Event, *, trusted: bool = True) -> None:
    """As `dispatch_event`, for an event that no webhook told: the sweep finds it at each start."""
    name = name_event(event)
    if not name:
        dispatch_event(services, event, trusted=trusted)
        return
    deaths = services.tickets.count_begun([name]).get(name, 0)
    if deaths >= MAX_DEATHS:
        log.error("%s: %s is left out: %s", event.where.repo, name, WHY)
        return
    services.tickets.begin({name: deaths + 1})
    try:
        dispatch_event(services, event, trusted=trusted)
    finally:
        services.tickets.end([name])


def name_event(event: Event) -> str:
    """The same for the same text, whoever tells of it; empty for one that brings no text."""
    where = f"{event.where.repo_id}"
    if isinstance(event, Commented):
        return f"comment:{where}:{event.comment.id}:{_hash(event.comment.body)}"
    if isinstance(event, ReviewCommented):
        return f"line:{where}:{event.comment.id}:{_hash(event.comment.body)}"
    if isinstance(event, Reviewed):
        return f"review:{where}:{event.review.id}:{_hash(event.review.body)}"
    if isinstance(event, Labeled):
        issue = event.issue
        return f"label:{where}:{issue.number}:{_hash(issue.title + issue.body)}"
    return ""


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode(errors="replace")).hexdigest()[:16]
