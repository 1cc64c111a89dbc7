"""Keeps the status comment, the check run and the pull request's text as the ticket is."""

import hashlib
import logging
from dataclasses import replace
from functools import partial

from bot.approval.permissions import can_write
from bot.github.errors import (
    ForbiddenError,
    GitHubError,
    MissingPermissionError,
    NotFoundError,
)
from bot.github.repository import Repository
from bot.github.urls import web_url
from bot.github.webhooks import Person
from bot.logs.fields import add_log_fields, log_fields
from bot.storage.leader import TakenOverError
from bot.ticket import messages
from bot.ticket.hidden_line import OWN_MARK, stamp_version
from bot.ticket.keys import MarkKey, check_head_mark, check_run_mark, pull_text_mark, shown_mark
from bot.ticket.merge_changes import merge_changes
from bot.ticket.model import Ticket
from bot.ticket.person_needed import find_person_needed, render_person_needed
from bot.ticket.progress import SHORT_HASH_CHARS
from bot.ticket.pull_text import find_theirs, join_parts
from bot.ticket.shown_plan import ShownPlan, list_gate
from bot.ticket.stages import Stage, is_over
from bot.ticket.status_comment import describe_next_step, format_headline, render_comment
from runners.log_failure import log_failure
from runners.tickets.github_failures import (
    best_effort,
    forget_outage,
    retry_later,
    try_unless_refused,
    wait_out,
)
from runners.tickets.newer_comment import find_newer, is_comparison_due
from runners.tickets.outbox import empty_outbox
from runners.tickets.plan_file import plan_url
from runners.tickets.pull_body import list_tasks, render_pull_body
from runners.tickets.services import Services
from runners.tickets.waiting_diff import read_waiting_diff

log = logging.getLogger("bricklayer")
CHECK_NAME = "bricklayer"
"""The name under which the bot reports on a commit."""
# A check run without a conclusion is in progress: https://docs.github.com/en/rest/checks/runs
_CONCLUSIONS = {
    Stage.REVIEW: "success",
    Stage.MERGED: "success",
    Stage.BLOCKED: "failure",
    Stage.CANCELLED: "cancelled",
    Stage.CLOSED: "cancelled",
}

_PULL_TEXT_STAYS = frozenset({Stage.PLANNING, Stage.BUILDING, Stage.MERGED, Stage.CLOSED})
"""Stages in which the pull request's text stays as it is: it is not written task by task."""


def sync_status(services: Services, key: str) -> Ticket:
    """The ticket as it is written down now, with its comment kept current; from any thread."""
    with services.comment_lock(key):
        before = services.tickets.find_ticket(key)
        assert before  # noqa: S101  # only those long over are deleted
        return services.tickets.change_ticket(
            key, partial(merge_changes, before, _sync(services, before))
        )


def sync_in_thread(services: Services, key: str) -> None:
    """`sync_status` for a thread of its own: what it raises is logged with its trace."""
    with log_fields(ticket=key):
        _sync_and_tell(services, key)


def _sync_and_tell(services: Services, key: str) -> None:
    try:
        if ticket := services.tickets.find_ticket(key):
            add_log_fields(ticket=ticket.name, repository=ticket.where.repo)
        if not services.deaths.is_aside(key):
            sync_status(services, key)
    except TakenOverError as exc:
        log.warning("%s: nothing is shown: %s", key, exc)
    except Exception as exc:  # noqa: BLE001  # a thread's boundary
        log_failure(exc, key)


def _sync(services: Services, ticket: Ticket) -> Ticket:
    """A failure of GitHub's is logged, and the ticket is woken to try again."""
    try:
        return forget_outage(tell_person(services, sync_comment(services, ticket)))
    except NotFoundError as exc:
        log.warning("%s: %s", ticket.name, exc)
        return ticket
    except GitHubError as exc:
        log.warning("%s: %s", ticket.name, exc)
        now = services.now()
        if waiting := wait_out(ticket, exc, now):
            return waiting
        return ticket if ticket.outage else retry_later(ticket, now)


def sync_comment(services: Services, ticket: Ticket) -> Ticket:
    """Have comment, check run and pull request say how it is, where they say something else."""
    try:
        ticket = _sync_own_comment(services, ticket)
    except NotFoundError as exc:
        # The issue is gone, and its comment with it: check run and pull request are here still.
        log.warning("%s: %s", ticket.name, exc)
    except MissingPermissionError:
        raise
    except ForbiddenError as exc:
        # Its conversation is locked: the job goes on, and check run and pull request tell of it.
        log.warning("%s: its comment cannot be written now: %s", ticket.name, exc)
    if ticket.remote.head and ticket.remote.pull:
        _sync_check_run(services, ticket)
    if ticket.remote.plan_commit and ticket.remote.pull and ticket.stage not in _PULL_TEXT_STAYS:
        _sync_pull_text(services, ticket)
    return ticket


def _sync_own_comment(services: Services, ticket: Ticket) -> Ticket:
    ticket = empty_outbox(services, ticket)
    if not ticket.remote.status_comment:
        ticket = _post(services, ticket)
    text = _comment_text(services, ticket)
    if _has_changed(services, shown_mark(ticket.key), f"{ticket.remote.status_comment}\0{text}"):
        if is_comparison_due(services, ticket.key) and find_newer(services, ticket):
            # What stands there is from a later stage of the job; the loop takes that up.
            services.wake(ticket.key)
            return ticket
        version = services.tickets.find_version(ticket.key)
        try:
            services.repository(ticket).edit_comment(
                ticket.remote.status_comment, stamp_version(text, version)
            )
        # Somebody deleted the comment; where the whole issue is gone, posting it raises the same.
        except NotFoundError:
            ticket = _post(services, ticket)
            text = _comment_text(services, ticket)
        _note_shown(services, shown_mark(ticket.key), f"{ticket.remote.status_comment}\0{text}")
    return ticket


def _post(services: Services, ticket: Ticket) -> Ticket:
    version = services.tickets.find_version(ticket.key)
    text = stamp_version(_comment_text(services, ticket), version)
    comment = services.repository(ticket).post_comment(ticket.issue, text, OWN_MARK)
    return replace(ticket, remote=replace(ticket.remote, status_comment=comment))


def _comment_text(services: Services, ticket: Ticket) -> str:
    """While the machine is halted, that is what everything waits for."""
    if services.halted and not is_over(ticket.stage):
        ticket = replace(ticket, why=messages.HALTED)
    diff = read_waiting_diff(services, ticket)
    secrets = services.account.known_secrets()
    return render_comment(ticket, show_plan(services, ticket), diff, secrets)


def forget_shown(services: Services, key: str) -> None:
    """Somebody else wrote in the comment: it is written anew, whatever stands there."""
    services.tickets.write_mark(shown_mark(key), "")


def _sync_check_run(services: Services, ticket: Ticket) -> None:
    _supersede_check_run(services, ticket)
    conclusion = _CONCLUSIONS.get(ticket.stage)
    content = format_headline(ticket)
    title = f"{content[0].upper()}{content[1:]}"
    summary = _summary(services, ticket)
    content = f"{ticket.remote.head}\0{title}\0{summary}\0{conclusion}"
    if _has_changed(services, check_run_mark(ticket.key), content):
        # Only an App may write check runs. A person's token is refused each time, so a refusal is
        # not tried again for the same content: https://docs.github.com/en/rest/guides/using-the-rest-api-to-interact-with-checks
        mirror = services.repository(ticket).mirror_check
        try_unless_refused(
            f"{ticket.name}: check run",
            lambda: mirror(ticket.remote.head, CHECK_NAME, title, summary, conclusion),
        )
        _note_shown(services, check_run_mark(ticket.key), content)


def _sync_pull_text(services: Services, ticket: Ticket) -> None:
    """The pull request's own text, if it would read differently."""
    body = render_pull_body(services, ticket)
    content = f"{ticket.remote.pull}\0{body}"
    if _has_changed(services, pull_text_mark(ticket.key), content):
        edit = partial(_edit_pull_text, services.repository(ticket), ticket.remote.pull, body)
        if best_effort(f"{ticket.name}: the pull request's text", edit):
            _note_shown(services, pull_text_mark(ticket.key), content)


def _edit_pull_text(repository: Repository, pull: int, ours: str) -> None:
    """What people wrote below the bot's part stays."""
    theirs = find_theirs(repository.read_pull(pull).body)
    repository.edit_pull(pull, body=join_parts(ours, theirs))


def _supersede_check_run(services: Services, ticket: Ticket) -> None:
    """End the check run of the head before: nothing else would, as a run belongs to its commit."""
    key = check_head_mark(ticket.key)
    known = services.tickets.read_mark(key)
    before = known or ticket.remote.plan_commit
    if before and before != ticket.remote.head:
        end = services.repository(ticket).supersede_check
        title = f"Superseded by {ticket.remote.head[:SHORT_HASH_CHARS]}"
        try_unless_refused(f"{ticket.name}: check run", lambda: end(before, CHECK_NAME, title))
    if known != ticket.remote.head:
        services.tickets.write_mark(key, ticket.remote.head)


def tell_person(services: Services, ticket: Ticket) -> Ticket:
    """Mention whoever set the label where a person is needed: once for each thing that waits."""
    needed = find_person_needed(ticket)
    if needed is None or services.halted or ticket.was_handled(needed.handled_key):
        return ticket
    text = render_person_needed(needed, _find_whom(services, ticket), _status_url(services, ticket))
    # Where the one conversation is locked, the other may not be.
    numbers = dict.fromkeys((needed.where, ticket.issue, ticket.remote.pull))
    for number in filter(None, numbers):
        try:
            services.repository(ticket).post_comment(number, text, needed.mark)
        except MissingPermissionError:
            raise
        except ForbiddenError as exc:
            log.warning("%s: nobody can be called on #%s: %s", ticket.name, number, exc)
        else:
            return ticket.with_handled(needed.handled_key)
    return ticket


def _find_whom(services: Services, ticket: Ticket) -> Person | None:
    """Whoever set the label, if they can still do what is asked; nobody else is called."""
    person, me = ticket.asker, services.account.own_account()
    if not person.id or person.bot or person.id == me.id:
        return None
    return person if can_write(services.repository(ticket).read_permission(person)) else None


def _status_url(services: Services, ticket: Ticket) -> str:
    pages = web_url(services.settings.github.api_url)
    comment = f"#issuecomment-{ticket.remote.status_comment}"
    return f"{pages}/{ticket.where.repo}/issues/{ticket.issue}{comment}"


def _summary(services: Services, ticket: Ticket) -> str:
    """Why the job is where it is, what comes next, and a link to the status comment."""
    more = f"The [full status]({_status_url(services, ticket)}) is on issue #{ticket.issue}."
    return "\n\n".join(filter(None, (ticket.why, describe_next_step(ticket), more)))


def _has_changed(services: Services, key: MarkKey, content: str) -> bool:
    return services.tickets.read_mark(key) != _fingerprint(content)


def _note_shown(services: Services, key: MarkKey, content: str) -> None:
    services.tickets.write_mark(key, _fingerprint(content))


def _fingerprint(content: str) -> str:
    # Half of a surrogate pair, which JSON may carry, has no UTF-8: it is replaced.
    return hashlib.sha256(content.encode(errors="replace")).hexdigest()


def show_plan(services: Services, ticket: Ticket) -> ShownPlan:
    gate = list_gate(ticket.progress.round.text) if ticket.progress.round else ()
    tasks = list_tasks(services.open_mirror(ticket).repo, ticket)
    return ShownPlan(tasks, gate, plan_url(services, ticket))
