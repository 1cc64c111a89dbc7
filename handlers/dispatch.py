"""From an event to what is done about it: who sent it, the decision, and performing that."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from bot.approval.permissions import can_write, label_matches
from bot.github.auth import epoch
from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.urls import foreign
from bot.github.webhooks import (
    Checked,
    Closed,
    Commented,
    Edited,
    Event,
    Installed,
    Labeled,
    Ping,
    PullClosed,
    PullLabeled,
    Pushed,
    Ready,
    ReviewCommented,
    Reviewed,
    Synchronized,
    Unlabeled,
    Where,
)
from bot.ticket import messages
from bot.ticket.actions import (
    AcceptNotes,
    Action,
    EndTicket,
    Notify,
    React,
    Rewrite,
    RunCommand,
    StartJob,
    Wake,
)
from bot.ticket.apply_command import apply_command, stops_work
from bot.ticket.model import Ticket, ticket_key
from bot.ticket.stages import Stage, is_over
from handlers import decisions
from handlers.decisions import DecisionContext
from handlers.find_tickets import find_tickets, read_label
from handlers.start_job import start_job, start_late
from runners.tickets.services import Services, find_unknown_choices, list_models
from runners.tickets.status_sync import forget_shown

log = logging.getLogger("bricklayer")
Decide = Callable[[Any, DecisionContext], tuple[Action, ...]]
Asks = Callable[[Any, DecisionContext], bool]


def _always(_event: Event, known: DecisionContext) -> bool:
    return known.ticket is not None


def _never(_event: Event, _known: DecisionContext) -> bool:
    return False


DECISIONS: dict[type[Event], tuple[Asks, Decide]] = {
    Labeled: (decisions.issue_needs_permission, decisions.decide_issue),
    Unlabeled: (decisions.issue_needs_permission, decisions.decide_issue),
    Edited: (_never, decisions.decide_issue),
    Closed: (_never, decisions.decide_issue),
    Commented: (decisions.comment_needs_permission, decisions.decide_comment),
    Reviewed: (_always, decisions.decide_review),
    ReviewCommented: (_never, decisions.decide_review),
    PullClosed: (_never, decisions.decide_pull),
    PullLabeled: (_never, decisions.decide_pull),
    Ready: (_never, decisions.decide_pull),
    Synchronized: (_never, decisions.decide_pull),
    Checked: (_never, decisions.decide_check_or_push),
    Pushed: (_never, decisions.decide_check_or_push),
}


def dispatch_event(services: Services, event: Event, *, trusted: bool = True) -> None:
    """Decide and perform. Doing it again for the same event changes nothing.

    `trusted`: an issue's text in it is what stood there when the event happened.
    """
    if isinstance(event, Installed):
        services.account.forget()
    if isinstance(event, Ping | Installed) or type(event) not in DECISIONS:
        log.info("%s %s: nothing to do", event.name, event.action)
        return
    if why := foreign(event.where, services.settings.github.api_url):
        log.warning("%s: only the configured server is asked, though %s", event.where.repo, why)
    try:
        _decided(services, event, trusted=trusted)
    except NotFoundError as exc:
        log.warning("%s: nothing of it is there for us: %s", event.where.repo, exc)


def _decided(services: Services, event: Event, *, trusted: bool) -> None:
    asks, decide = DECISIONS[type(event)]
    label = read_label(services, event.where) if isinstance(event, Labeled | Unlabeled) else ""
    if isinstance(event, Labeled | Unlabeled) and not label_matches(event.label, label):
        return  # of other labels there are many, and nothing is asked for them
    if asks is not _never and services.refusals.too_many(event.sender.id, services.now()):
        log.warning("%s: %s was refused too often", event.where.repo, event.sender.login)
        return
    may_ = cache(lambda: _may(services, event))
    for ticket in find_tickets(services, event, may_):
        known = DecisionContext(label, services.account.me(), ticket=ticket)
        if asks(event, known):
            known = replace(known, sender_can_write=may_())
        for action in decide(event, known):
            if isinstance(action, StartJob) and isinstance(event, Labeled):
                start_job(services, replace(action, trusted=trusted), epoch(event.at))
            _perform(services, event, ticket, action)


def _may(services: Services, event: Event) -> bool:
    """Whether the sender of this very event may write, asked of GitHub now, by id."""
    sender, allowed = event.sender, services.settings.github.allow_bots
    if not sender.id or (sender.bot and sender.id not in allowed):
        return False
    if sender.bot:
        return True
    hub = services.account.for_repo(event.where.repo, event.where.installation)
    yes = can_write(hub.permission(sender))
    if not yes:
        services.refusals.add(sender.id, services.now())
    return yes


def _perform(services: Services, event: Event, ticket: Ticket | None, action: Action) -> None:
    if isinstance(action, React):
        _react(services, event.where, action)
    elif ticket and isinstance(action, Wake):
        if action.stop:
            services.stop_work(ticket.key)
        services.wake(ticket.key)
    elif ticket and isinstance(action, Rewrite):
        forget_shown(services, ticket.key)
    elif isinstance(action, Wake) and isinstance(event, Labeled):
        services.wake(ticket_key(event.where.repo, event.issue.number))
    elif ticket:
        action = _possible(services, ticket, action)
        services.tickets.change(ticket.key, lambda now: apply_action(now, action))
        if isinstance(action, EndTicket) or (isinstance(action, RunCommand) and stops_work(action)):
            services.stop_work(ticket.key)


def _possible(services: Services, ticket: Ticket, action: Action) -> Action:
    """What this machine cannot do, or may not just now, is answered and not obeyed."""
    if not isinstance(action, RunCommand):
        return action
    if action.command.name == "retry" and ticket.stage is Stage.BLOCKED and not ticket.remote.base:
        return start_late(services, ticket, action)
    if action.command.name != "tier":
        return action
    wrong = find_unknown_choices(
        services.settings, dict(pair.split("=", 1) for pair in action.command.args)
    )
    models = list_models(services.settings)
    said = messages.address_to(action.by, messages.unknown_model(wrong, models))
    return Notify(said, action.handled_key) if wrong else action


def apply_action(ticket: Ticket, action: Action) -> Ticket:
    """The ticket after one action. Pure."""
    if isinstance(action, RunCommand):
        return apply_command(ticket, action)
    if isinstance(action, Notify):
        if ticket.was_handled(action.handled_key):
            return ticket
        return replace(ticket, reply=action.text).with_handled(action.handled_key)
    if isinstance(action, AcceptNotes):
        return _ticked(ticket, action)
    if isinstance(action, EndTicket):
        over = is_over(ticket.stage)
        ended = replace(ticket, paused=False)
        return ticket if over else ended.move_to(action.stage, action.why)
    return ticket


def _ticked(ticket: Ticket, tick: AcceptNotes) -> Ticket:
    notes = tuple(
        replace(one, state="accepted", by=tick.by.login)
        if one.id in tick.notes and one.state == "proposed"
        else one
        for one in ticket.notes
    )
    return replace(ticket, notes=notes)


def _react(services: Services, where: Where, action: React) -> None:
    """A reaction is a courtesy: what it cannot be put on is gone, and nothing waits for it."""
    try:
        hub = services.account.for_repo(where.repo, where.installation)
        hub.react(action.to, action.id, action.content)
    except (NotFoundError, ForbiddenError) as exc:
        log.info("%s: no reaction: %s", where.repo, exc)
