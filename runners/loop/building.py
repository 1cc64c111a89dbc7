"""One round on the branch, by the engine in a process of its own."""

import logging
from dataclasses import replace

from bot import messages
from bot.stages import Stage
from bot.ticket import FOREVER, Ended, Ticket
from runners.loop.shop import Shop
from runners.work import Outcome, Work

log = logging.getLogger("bricklayer")
AGAIN = 5.0
"""Seconds until a job that waits for its turn looks whether it has come."""


def step(shop: Shop, ticket: Ticket) -> Ticket:
    if not shop.builds.acquire(blocking=False):
        return replace(ticket, why=messages.QUEUED, until=shop.now() + AGAIN)
    try:
        outcome = _built(shop, ticket)
    finally:
        shop.builds.release()
    ticket = replace(ticket, rows=(*ticket.rows, *outcome.rows), retry="")
    ticket = replace(ticket, tasks=_merged(ticket.tasks, outcome.tasks))
    if outcome.stopped:
        return replace(ticket, until=FOREVER)
    if outcome.passed:
        return ticket.to(Stage.PUBLISHING)
    why = messages.fault_of_ours(outcome.why) if outcome.ours else outcome.why
    return ticket.to(Stage.BLOCKED, messages.blocked(why), **_saved(shop, ticket))


def _built(shop: Shop, ticket: Ticket) -> Outcome:
    order = shop.order(ticket, only=ticket.retry)
    work = Work(shop.settings_for(ticket), order)
    return shop.work(
        ticket, work, lambda told: log.info("%s: %s %s", ticket.key, told.what, told.text)
    )


def _merged(before: tuple[Ended, ...], now: tuple[Ended, ...]) -> tuple[Ended, ...]:
    latest = {one.id: one for one in (*before, *now)}
    return tuple(latest.values())


def _saved(shop: Shop, ticket: Ticket) -> dict[str, str]:
    """Push what passed, so that nothing of it is only here; the head as it is there then."""
    remote = shop.remote(ticket)
    head = remote.repo.head(ticket.branch)
    if head and head != ticket.head and remote.push(ticket.branch, head):
        return {"head": head}
    return {}
