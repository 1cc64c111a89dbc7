"""Starts a job for a labelled issue, within the limits for each person and repository."""

from dataclasses import replace

from bot.github.webhooks import (
    Person,
)
from bot.ticket import messages
from bot.ticket.actions import (
    Action,
    Notify,
    RunCommand,
    StartJob,
)
from bot.ticket.keys import keep_conversation
from bot.ticket.model import ISSUE_TEXT, Approval, Ticket, hash_text
from bot.ticket.model_choices import find_unknown_choices, list_models
from bot.ticket.stages import Stage, is_over
from runners.tickets.services import Services

HOUR_SECONDS = 3600.0


def start_job(services: Services, request: StartJob, labelled: float) -> None:
    """A new ticket, or a settled one started again, within the limits per hour."""
    issue, now = request.issue, services.now()
    new = Ticket(
        request.where,
        issue.number,
        asker=request.asker,
        title=issue.title,
        body=issue.body,
        choices=dict(request.choices),
        approval=Approval(
            key="" if request.trusted else ISSUE_TEXT,
            asked_at=now,
            shown_text_hash=hash_text(issue.title, issue.body),
        ),
        labelled_at=labelled,
    )
    new = new if request.trusted else replace(new, why=messages.text_unseen(new.approval.code))
    if unknown_models := find_unknown_choices(services.settings, dict(request.choices)):
        known_choices = {
            tier: model
            for tier, model in request.choices
            if f"{tier}={model}" not in unknown_models
        }
        text = messages.unknown_model(unknown_models, list_models(services.settings))
        new = replace(new, choices=known_choices, reply=text)
    if text := _explain_rate_limit(services, request.asker, request.where.repo):
        new = new.move_to(Stage.BLOCKED, text)
    started = (
        new
        if services.tickets.add_ticket(new)
        else services.tickets.change_ticket(new.key, lambda old: _restart_ticket(old, new))
    )
    if started.stage is Stage.PLANNING and not started.remote.branch:
        services.tickets.record_start(request.asker.id, request.where.repo)


def start_late(services: Services, ticket: Ticket, retry: RunCommand) -> Action:
    """A job that never began counts as one when it does."""
    if ticket.was_handled(retry.handled_key):
        return retry
    if text := _explain_rate_limit(services, retry.by, ticket.where.repo):
        return Notify(text, retry.handled_key)
    services.tickets.record_start(retry.by.id, ticket.where.repo)
    return retry


def _explain_rate_limit(services: Services, person: Person, repo: str) -> str:
    """Why nothing more is begun within this hour; empty where it is."""
    limits, since = services.settings.github, services.now() - HOUR_SECONDS
    if services.tickets.count_starts(since, person=person.id) >= limits.per_person_an_hour:
        return messages.rate_limited(f"@{person.login}", limits.per_person_an_hour)
    if services.tickets.count_starts(since, repo=repo) >= limits.per_repo_an_hour:
        return messages.rate_limited("this repository", limits.per_repo_an_hour)
    return ""


def _restart_ticket(old: Ticket, new: Ticket) -> Ticket:
    """A job that is over begins again in the same comment; one that goes on is left alone."""
    if not is_over(old.stage) and old.stage is not Stage.BLOCKED:
        return old
    # Of a merged pull request nothing is left to close; any other makes way for the new one.
    previous = old.remote.previous_pull
    previous = previous if old.stage is Stage.MERGED else old.remote.pull or previous
    remote = replace(new.remote, status_comment=old.remote.status_comment, previous_pull=previous)
    handled = keep_conversation(old.handled)
    return replace(new, remote=remote, notes=old.notes, handled=handled)
