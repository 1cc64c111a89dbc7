"""Starting a job for a labelled issue, within the limits for each person and repository."""

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
from bot.ticket.stages import Stage, is_over
from runners.tickets.services import Services, find_unknown_choices, list_models

HOUR_SECONDS = 3600.0


def start_job(services: Services, begin: StartJob, labelled: float) -> None:
    """A new ticket, or a settled one begun anew; within the limits of a storm."""
    issue, now = begin.issue, services.now()
    new = Ticket(
        begin.where,
        issue.number,
        asker=begin.asker,
        title=issue.title,
        body=issue.body,
        choices=dict(begin.choices),
        approval=Approval(
            key="" if begin.trusted else ISSUE_TEXT,
            asked_at=now,
            shown_text_hash=hash_text(issue.title, issue.body),
        ),
        labelled_at=labelled,
    )
    new = new if begin.trusted else replace(new, why=messages.text_unseen(new.approval.code))
    if wrong := find_unknown_choices(services.settings, dict(begin.choices)):
        known = {tier: model for tier, model in begin.choices if f"{tier}={model}" not in wrong}
        said = messages.unknown_model(wrong, list_models(services.settings))
        new = replace(new, choices=known, reply=said)
    if said := _explain_rate_limit(services, begin.asker, begin.where.repo):
        new = new.move_to(Stage.BLOCKED, said)
    begun = (
        new
        if services.tickets.add(new)
        else services.tickets.change(new.key, lambda old: _restart_ticket(old, new))
    )
    if begun.stage is Stage.PLANNING and not begun.remote.branch:
        services.tickets.started(begin.asker.id, begin.where.repo)


def start_late(services: Services, ticket: Ticket, retry: RunCommand) -> Action:
    """A job that never began counts as one when it does."""
    if ticket.was_handled(retry.handled_key):
        return retry
    if said := _explain_rate_limit(services, retry.by, ticket.where.repo):
        return Notify(said, retry.handled_key)
    services.tickets.started(retry.by.id, ticket.where.repo)
    return retry


def _explain_rate_limit(services: Services, by: Person, repo: str) -> str:
    """Why nothing more is begun within this hour; empty where it is."""
    limits, since = services.settings.github, services.now() - HOUR_SECONDS
    if services.tickets.starts(since, person=by.id) >= limits.per_person_an_hour:
        return messages.rate_limited(f"@{by.login}", limits.per_person_an_hour)
    if services.tickets.starts(since, repo=repo) >= limits.per_repo_an_hour:
        return messages.rate_limited("this repository", limits.per_repo_an_hour)
    return ""


def _restart_ticket(old: Ticket, new: Ticket) -> Ticket:
    """A job that is over begins again in the same comment; one that goes on is left alone."""
    if not is_over(old.stage) and old.stage is not Stage.BLOCKED:
        return old
    left = old.remote.previous_pull
    left = left if old.stage is Stage.MERGED else old.remote.pull or left
    remote = replace(new.remote, status_comment=old.remote.status_comment, previous_pull=left)
    handled = keep_conversation(old.handled)
    return replace(new, remote=remote, notes=old.notes, handled=handled)
