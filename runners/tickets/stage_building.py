"""One round on the branch, by the engine in a process of its own."""

import logging
from dataclasses import replace

from bot.errors import UserError
from bot.job_states import TaskState
from bot.plan.followup_plans import phases_of
from bot.text.invisible import shown
from bot.ticket import messages
from bot.ticket.model import FOREVER, Ended, Ticket
from bot.ticket.stages import Stage
from runners.build.context import Told
from runners.tickets.open_threads import without_resolved
from runners.tickets.sanitize import placeless
from runners.tickets.services import Shop
from runners.tickets.stage_publishing import answered, unaccepted
from runners.tickets.status_sync import shown_now
from runners.worker_process.main import Outcome, Work

log = logging.getLogger("bricklayer")
OFTEN = 15.0
AGAIN = 5.0
"""Seconds until a job that waits for its turn looks whether it has come."""


def step(shop: Shop, ticket: Ticket) -> Ticket:
    if not shop.builds.acquire(blocking=False):
        return replace(ticket, why=messages.QUEUED, until=shop.now() + AGAIN)
    try:
        if ticket.why == messages.QUEUED:
            return replace(ticket, why="", until=0.0)
        ticket = without_resolved(shop, ticket)
        if ticket.stage is not Stage.BUILDING:
            return ticket
        outcome = _built(shop, ticket)
    finally:
        shop.builds.release()
    ticket = replace(ticket, rows=(*ticket.rows, *outcome.rows), retry="")
    ticket = replace(ticket, tasks=_merged(ticket.tasks, _placed(ticket, outcome.tasks)))
    if outcome.stopped:
        return replace(_saved(shop, ticket), until=FOREVER)
    if outcome.passed:
        return ticket.to(Stage.PUBLISHING)
    told = messages.fault_of_ours if outcome.ours else messages.stopped
    return answered(shop, _saved(shop, ticket)).to(Stage.BLOCKED, told(outcome.why))


def _built(shop: Shop, ticket: Ticket) -> Outcome:
    order = shop.order(ticket, only=ticket.retry)
    progress = Progress(shop, ticket.key)
    return shop.work(ticket, Work(shop.settings_for(ticket), order), progress.tell)


class Progress:
    """Shows in the comment how tasks end meanwhile, at most every `OFTEN` seconds."""

    def __init__(self, shop: Shop, key: str) -> None:
        self._shop = shop
        self._key = key
        self._shown = shop.now()

    def tell(self, told: Told) -> None:
        text = shown(told.text, 300)  # anybody's words: no line, no escape of theirs in the log
        log.info("%s: %s %s %s", self._key, told.what, told.task, text)
        if told.what == "task" and told.task and told.good is not None:
            state = TaskState.PASSED if told.good else TaskState.BLOCKED
            self._note(Ended(told.task, state, placeless(told.text, self._shop.settings)))
        if self._shop.now() - self._shown > OFTEN:
            self._shown = self._shop.now()
            shown_now(self._shop, self._key)

    def _note(self, ended: Ended) -> None:
        """Written down, so that whoever asks meanwhile is told."""
        self._shop.desk.change(
            self._key, lambda now: replace(now, tasks=_merged(now.tasks, (ended,)))
        )


def _placed(ticket: Ticket, ended: tuple[Ended, ...]) -> tuple[Ended, ...]:
    """With their phases, which a later round's plan does not tell any more."""
    phases = {task: phase for phase, task in phases_of(ticket.round.text if ticket.round else "")}
    return tuple(replace(one, phase=phases.get(one.id, "")) for one in ended)


def _merged(before: tuple[Ended, ...], now: tuple[Ended, ...]) -> tuple[Ended, ...]:
    latest = {one.id: one for one in (*before, *now)}
    return tuple(latest.values())


def _saved(shop: Shop, ticket: Ticket) -> Ticket:
    """Push what passed, so that nothing of it is only here; never what wants a yes first."""
    remote = shop.remote(ticket)
    head = remote.repo.head(ticket.branch)
    if not head or head == ticket.head or unaccepted(remote.repo, ticket, head):
        return ticket
    try:
        if not remote.push(ticket.branch, head):
            return ticket
    except UserError as wrong:  # what stopped the build is told first; the next push tells this
        log.warning("%s: %s", ticket.key, wrong)
        return ticket
    return replace(ticket, head=head, since=shop.now())
