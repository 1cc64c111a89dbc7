"""Starts a job for a labelled issue, within the limits for each person and repository."""

from dataclasses import replace

from bot.github.webhooks import (
    Person,
)
from bot.ticket import messages, messages_branch, messages_commands, messages_lost
from bot.ticket.actions import (
    Action,
    Notify,
    RunCommand,
    StartJob,
)
from bot.ticket.keys import keep_conversation
from bot.ticket.model import ISSUE_TEXT, Approval, Ticket, hash_text, ticket_key
from bot.ticket.model_choices import find_unknown_choices, list_models
from bot.ticket.reopen import find_resume_stage, has_built_pull, resume_in
from bot.ticket.stages import Stage, is_over
from runners.tickets.services import Services

HOUR_SECONDS = 3600.0


def start_job(services: Services, request: StartJob, labelled: float) -> None:
    """A new ticket, or a settled one started again, within the limits per hour.

    One whose pull request is open, with what was built in it, is taken up where it was.
    """
    known = services.tickets.find_ticket(ticket_key(request.where, request.issue.number))
    replaced = 0
    if known and _has_open_pull(services, known):
        if (request.issue.title, request.issue.body) == (known.title, known.body):
            now = services.now()
            services.tickets.change_ticket(
                known.key, lambda old: _take_up(old, request, labelled, now)
            )
            return
        replaced = known.remote.pull
    _start_new(services, request, labelled, replaced)


def _has_open_pull(services: Services, ticket: Ticket) -> bool:
    """Whether a pull request that shows more than a plan stands there still."""
    ended = ticket.stage in {Stage.CANCELLED, Stage.CLOSED}
    if not ended or not has_built_pull(ticket):
        return False
    pull = services.repository(ticket).read_pull(ticket.remote.pull)
    return not (pull.closed or pull.merged)


def _take_up(ticket: Ticket, request: StartJob, labelled: float, now: float) -> Ticket:
    if ticket.stage not in {Stage.CANCELLED, Stage.CLOSED}:
        return ticket
    why = messages_branch.label_set_again(ticket.remote.pull)
    stage = find_resume_stage(ticket)
    stage = Stage.BUILDING if stage is Stage.BLOCKED else stage
    choices = {**(ticket.choices or {}), **dict(request.choices)}
    asked = replace(ticket, where=request.where, labelled_at=labelled, choices=choices)
    return replace(resume_in(asked, stage, now, ""), asker=request.asker, reply=why)


def _start_new(services: Services, request: StartJob, labelled: float, replaced: int) -> None:
    """`replaced` is an open pull request of work that the new one is to replace; 0 for none."""
    issue = request.issue
    new = Ticket(
        request.where,
        issue.number,
        asker=request.asker,
        title=issue.title,
        body=issue.body,
        choices=dict(request.choices),
        approval=_first_question(services, request),
        labelled_at=labelled,
    )
    new = new if request.trusted else replace(new, why=messages.text_unseen(new.approval.code))
    if replaced:
        new = replace(new, reply=messages_branch.pull_to_be_replaced(replaced))
    if unknown_models := find_unknown_choices(services.settings, dict(request.choices)):
        known_choices = {
            tier: model
            for tier, model in request.choices
            if f"{tier}={model}" not in unknown_models
        }
        text = messages_commands.unknown_model(unknown_models, list_models(services.settings))
        new = replace(new, choices=known_choices, reply=text)
    for name in request.unknown_labels[:1]:
        label = name.partition(":")[0]
        new = replace(new, reply=f"{new.reply}\n{messages_lost.unknown_label(name, label)}".strip())
    if text := _explain_rate_limit(services, request.asker, request.where.repo):
        new = new.move_to(Stage.BLOCKED, text)
    started = (
        new
        if services.tickets.add_ticket(new)
        else services.tickets.change_ticket(new.key, lambda old: _restart_ticket(old, new))
    )
    if started.stage is Stage.PLANNING and not started.remote.branch:
        services.tickets.record_start(request.asker.id, request.where.repo)


def _first_question(services: Services, request: StartJob) -> Approval:
    """The issue's text, where it may have been edited since the label was set."""
    text_hash = hash_text(request.issue.title, request.issue.body)
    if request.trusted:
        return Approval(shown_text_hash=text_hash)
    asked = Approval(ISSUE_TEXT, services.github_now(), text_hash)
    return replace(asked, first_code=asked.code)


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
