"""A ticket that another machine took further: the newer of database and status comment counts.

A restored backup, a second state folder or an earlier Actions cache may be older than the comment.
The hidden line tells the version of the ticket from which it was written.
"""

import logging

from bot.github.errors import NotFoundError
from bot.github.repository import Repository
from bot.github.webhooks import Comment
from bot.ticket.hidden_line import VERSIONS_AHEAD, parse_version
from bot.ticket.model import Ticket
from runners.tickets.restore import restore_ticket
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
COMPARED_SECONDS = 600.0
"""Between two looks of one process at what the comment says."""


def is_comparison_due(services: Services, key: str) -> bool:
    """At the first look of a process, and at a later one only after a while."""
    return not 0 <= services.now() - services.compared.get(key, -1e12) <= COMPARED_SECONDS


def find_newer(services: Services, ticket: Ticket) -> int:
    """The version of the comment where that is newer than the ticket here; 0 where it is not.

    Only what our own account wrote last is believed: who may edit comments may not move a job.
    """
    if not ticket.remote.status_comment:
        return 0
    repository = services.repository(ticket)
    try:
        comment = repository.read_comment(ticket.remote.status_comment)
    except NotFoundError:
        return 0
    version = parse_version(comment.body)
    if version > services.tickets.find_version(ticket.key) and _is_ours(repository, comment):
        return version
    services.compared[ticket.key] = services.now()
    return 0


def _is_ours(repository: Repository, comment: Comment) -> bool:
    me = repository.own_account().id
    if comment.author.id != me:
        return False
    editor, at = repository.find_comment_editor(comment.id)
    return editor.id == me if editor else not at


def follow_newer(services: Services, ticket: Ticket) -> bool:
    """Whether the ticket stored here was replaced by what the comment and the branch tell."""
    version = find_newer(services, ticket)
    if not version:
        return False
    issue = services.repository(ticket).read_issue(ticket.issue)
    found = restore_ticket(services, ticket.where, issue)
    if found is None:
        return False
    log.warning("%s: its comment is newer than this database, and counts", ticket.name)
    services.tickets.adopt_ticket(
        found.with_handled(*ticket.handled), at_least=version + VERSIONS_AHEAD
    )
    services.compared[ticket.key] = services.now()
    return True
