"""Dispatches an event: asks who sent it, has its decision made, and performs the actions."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import Any

from bot.approval.permissions import can_write, label_matches
from bot.github.auth import parse_time
from bot.github.errors import ForbiddenError, NotFoundError
from bot.github.urls import explain_foreign
from bot.github.webhooks import (
    Checked,
    Closed,
    CommentDeleted,
    Commented,
    Edited,
    Event,
    Installed,
    Labeled,
    Moved,
    Ping,
    PullClosed,
    PullLabeled,
    PullReopened,
    Pushed,
    Ready,
    Reopened,
    ReviewCommented,
    Reviewed,
    Synchronized,
    Unlabeled,
    Where,
)
from bot.logs.fields import log_fields
from bot.ticket import messages, messages_commands, messages_lost
from bot.ticket.actions import (
    AcceptNotes,
    Action,
    AddRequest,
    EndTicket,
    Notify,
    React,
    ReopenTicket,
    Rewrite,
    RunCommand,
    StartJob,
    TakeAnswer,
    Wake,
)
from bot.ticket.apply_command import stops_work
from bot.ticket.authorship import BOT_MARK
from bot.ticket.hear_words import hear_words
from bot.ticket.model import Ticket, repo_key, ticket_key
from bot.ticket.model_choices import find_unknown_choices, list_models, name_after_label
from bot.ticket.reopen import reopen_ticket
from bot.ticket.stages import MOVES, Stage, is_over
from handlers import decisions, review_decisions
from handlers.decisions import DecisionContext
from handlers.find_tickets import find_tickets, read_label, wake_waiting
from handlers.follow_renames import follow_rename
from handlers.start_job import start_job, start_late
from handlers.watched import is_watched
from runners.tickets.outbox import post_answers
from runners.tickets.restore_branch import retry_closed
from runners.tickets.services import Services
from runners.tickets.status_sync import forget_shown

log = logging.getLogger("bricklayer")
Decide = Callable[[Any, DecisionContext], tuple[Action, ...]]
NeedsPermission = Callable[[Any, DecisionContext], bool]


def _never(_event: Event, _known: DecisionContext) -> bool:
    return False


DECISIONS: dict[type[Event], tuple[NeedsPermission, Decide]] = {
    Labeled: (decisions.issue_needs_permission, decisions.decide_issue),
    Unlabeled: (decisions.issue_needs_permission, decisions.decide_issue),
    Edited: (_never, decisions.decide_issue),
    Closed: (_never, decisions.decide_issue),
    Reopened: (_never, decisions.decide_issue),
    Commented: (decisions.comment_needs_permission, decisions.decide_comment),
    CommentDeleted: (_never, decisions.decide_deleted),
    Reviewed: (review_decisions.review_needs_permission, review_decisions.decide_review),
    ReviewCommented: (review_decisions.line_needs_permission, review_decisions.decide_line_comment),
    PullClosed: (_never, decisions.decide_pull),
    PullReopened: (_never, decisions.decide_pull),
    PullLabeled: (_never, decisions.decide_pull),
    Ready: (_never, decisions.decide_pull),
    Synchronized: (_never, decisions.decide_pull),
    Checked: (_never, decisions.decide_check_or_push),
    Pushed: (_never, decisions.decide_check_or_push),
    Moved: (_never, lambda _event, _context: ()),
}


def dispatch_event(services: Services, event: Event, *, trusted: bool = True) -> None:
    """Decide and perform. Doing it again for the same event changes nothing.

    `trusted`: an issue's text in it is what stood there when the event happened.
    """
    if isinstance(event, Installed):
        services.account.forget_repos()
        for ticket in services.tickets.list_tickets():
            # A suspension may be over, or a permission be given: what waits for that goes on.
            if ticket.outage:
                services.wake(ticket.key)
    if isinstance(event, Ping | Installed) or type(event) not in DECISIONS:
        log.info("%s %s: nothing to do", event.name, event.action)
        return
    if not is_watched(services, event.where):
        log.info("%s: not among the repositories under [github] repos", event.where.repo)
        return
    if why := explain_foreign(event.where, services.settings.github.api_url):
        log.warning("%s: only the configured server is asked, though %s", event.where.repo, why)
    try:
        follow_rename(services, event.where.repo, event.where.repo_id, event.where.installation)
        _decide_and_perform(services, event, trusted=trusted)
    except NotFoundError as exc:
        log.warning("%s: it is not there, or may not be seen: %s", event.where.repo, exc)


def _decide_and_perform(services: Services, event: Event, *, trusted: bool) -> None:
    if isinstance(event, Closed | Unlabeled):
        tickets = services.tickets.list_tickets(repo_key(event.where))
        wake_waiting(services, tickets, event.issue.number)
    needs_permission, decide = DECISIONS[type(event)]
    label = read_label(services, event.where) if isinstance(event, Labeled | Unlabeled) else ""
    if isinstance(event, Labeled | Unlabeled) and not _is_about_us(event, label):
        # Issues have many labels, and for any other one GitHub is not asked anything.
        return
    if isinstance(event, PullLabeled):
        _answer_pull_label(services, event)
    if needs_permission is not _never and services.refusals.is_reached(
        event.sender.id, event.where.repo, services.now()
    ):
        log.info("%s: %s was refused often", event.where.repo, event.sender.login)
        return
    # Asked at most once, and now: since the event the permission may have been taken away.
    can_write_now = cache(lambda: _sender_can_write(services, event))
    for ticket in find_tickets(services, event, can_write_now):
        context = DecisionContext(label, services.account.own_account(), ticket=ticket)
        with log_fields(ticket=ticket.name if ticket else ""):
            if needs_permission(event, context):
                context = replace(context, sender_can_write=can_write_now())
            for action in decide(event, context):
                if isinstance(action, StartJob) and isinstance(event, Labeled):
                    start_job(services, replace(action, trusted=trusted), parse_time(event.at))
                _perform(services, event, ticket, action)


def _is_about_us(event: Labeled | Unlabeled, label: str) -> bool:
    return label_matches(event.label, label) or bool(name_after_label(event.label, label))


def _answer_pull_label(services: Services, event: PullLabeled) -> None:
    """Once, and to who may write: on a pull request the label starts nothing."""
    label, number = read_label(services, event.where), event.pull.number
    if not label_matches(event.label, label) and not name_after_label(event.label, label):
        return
    if not _sender_can_write(services, event):
        _try_react(services, event.where, React("issue", number, "confused"))
        return
    repository = services.account.open_repository(event.where.repo, event.where.installation)
    mark = f"{BOT_MARK}label on a pull request -->"
    repository.post_comment(number, f"{messages_lost.label_on_pull(event.label)}\n{mark}", mark)


def _sender_can_write(services: Services, event: Event) -> bool:
    """Whether the sender of this very event may write, asked of GitHub now, by id."""
    # By id: a login that was given up can be taken by somebody else.
    # https://docs.github.com/en/account-and-profile/setting-up-and-managing-your-personal-account-on-github/managing-personal-account-settings/changing-your-github-username
    sender = event.sender
    if not sender.id:
        return False
    if sender.bot:
        return _is_allowed_bot(services, event.where.repo, sender.id)
    allowed = not event.outsider and _may_write_now(services, event)
    if not allowed:
        services.refusals.record_denial(sender.id, event.where.repo, services.now())
    return allowed


def _may_write_now(services: Services, event: Event) -> bool:
    repository = services.account.open_repository(event.where.repo, event.where.installation)
    return can_write(repository.read_permission(event.sender))


def _is_allowed_bot(services: Services, repo: str, bot: int) -> bool:
    """Only in the repositories it is named for: GitHub knows no permission of an App's bot."""
    allowed = services.settings.github.allow_bots
    return any(bot in ids for name, ids in allowed.items() if name.lower() == repo.lower())


def _perform(services: Services, event: Event, ticket: Ticket | None, action: Action) -> None:
    if isinstance(action, React):
        _try_react(services, event.where, action)
    elif ticket and isinstance(action, Wake):
        if action.stop:
            services.stop_work(ticket.key)
        services.wake(ticket.key)
    elif ticket and isinstance(action, Rewrite):
        forget_shown(services, ticket.key)
    elif isinstance(action, Wake) and isinstance(event, Labeled):
        services.wake(ticket_key(event.where, event.issue.number))
    elif ticket:
        change_ticket(services, ticket, action)


def change_ticket(services: Services, ticket: Ticket, action: Action) -> Ticket:
    """What a person asked of a job: its ticket changes, and what runs for it may be stopped."""
    action = _refuse_impossible(services, ticket, _add_facts(services, ticket, action))
    # Stored before the work is stopped: the loop reads the ticket as soon as the work ends.
    changed = services.tickets.change_ticket(
        ticket.key, lambda current: apply_action(current, action)
    )
    if isinstance(action, EndTicket | ReopenTicket) or (
        isinstance(action, RunCommand) and action.command.name in {"retry", "cancel"}
    ):
        services.deaths.forget(ticket.key)
    if isinstance(action, EndTicket) or (isinstance(action, RunCommand) and stops_work(action)):
        services.stop_work(ticket.key)
    if isinstance(action, RunCommand | Notify) and action.place:
        # At once: the loop has this ticket for as long as something is built for it.
        post_answers(services, ticket.key)
    return changed


def _add_facts(services: Services, ticket: Ticket, action: Action) -> Action:
    """What only this machine knows, and the decision on the action needs."""
    if isinstance(action, ReopenTicket):
        return replace(action, at=services.now())
    if isinstance(action, RunCommand) and action.command.name == "status":
        return replace(action, room=services.describe_spending(ticket))
    return action


def _refuse_impossible(services: Services, ticket: Ticket, action: Action) -> Action:
    """A command that this machine cannot follow now becomes a reply that says why."""
    if not isinstance(action, RunCommand):
        return action
    if action.command.name == "retry" and ticket.stage is Stage.BLOCKED and not ticket.remote.base:
        return start_late(services, ticket, action)
    if action.command.name == "retry":
        return retry_closed(services, ticket, action)
    if action.command.name != "tier":
        return action
    unknown_models = find_unknown_choices(
        services.settings, dict(pair.split("=", 1) for pair in action.command.args)
    )
    models = list_models(services.settings)
    text = messages.address_to(action.by, messages_commands.unknown_model(unknown_models, models))
    return Notify(text, action.handled_key, action.place) if unknown_models else action


def apply_action(ticket: Ticket, action: Action) -> Ticket:
    """The ticket after one action. Pure."""
    if isinstance(action, RunCommand | Notify | AddRequest):
        return ticket if ticket.was_handled(action.handled_key) else hear_words(ticket, action)
    if isinstance(action, TakeAnswer):
        return _take_answer(ticket, action)
    if isinstance(action, AcceptNotes):
        return _accept_notes(ticket, action)
    if isinstance(action, EndTicket):
        return _end_ticket(ticket, action)
    return reopen_ticket(ticket, action.at) if isinstance(action, ReopenTicket) else ticket


def _take_answer(ticket: Ticket, action: TakeAnswer) -> Ticket:
    if not ticket.question_open:
        return ticket
    answered = replace(ticket, question_open=False, why="", wake_at=0.0)
    return answered.with_handled(action.handled_key)


def _end_ticket(ticket: Ticket, action: EndTicket) -> Ticket:
    """Also one that is over already, where the table has that move, as from closed to merged."""
    may_end = not is_over(ticket.stage) or action.stage in MOVES[ticket.stage]
    return replace(ticket, paused=False).move_to(action.stage, action.why) if may_end else ticket


def _accept_notes(ticket: Ticket, action: AcceptNotes) -> Ticket:
    notes = tuple(
        replace(note, state="accepted", by=action.by.login)
        if note.id in action.notes and note.state == "proposed"
        else note
        for note in ticket.notes
    )
    return replace(ticket, notes=notes)


def _try_react(services: Services, where: Where, action: React) -> None:
    """Best effort: the comment may be deleted by now, and nothing waits for a reaction."""
    try:
        repository = services.account.open_repository(where.repo, where.installation)
        if action.to == "review":
            repository.add_review_reaction(action.node, action.content)
        else:
            repository.add_reaction(action.to, action.id, action.content)
    except (NotFoundError, ForbiddenError) as exc:
        log.info("%s: no reaction: %s", where.repo, exc)
