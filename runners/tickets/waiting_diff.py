"""The diff that waits for approval: read from git, and put where people can read all of it."""

import logging
from dataclasses import replace
from functools import lru_cache

from bot.errors import UserError
from bot.git.diff import count_changed_lines, diff_file, list_changes
from bot.git.repo import Repo
from bot.github.urls import web_url
from bot.ticket.keys import HandledKey, waiting_key
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from bot.ticket.waiting_diff import MAX_DIFF_CHARS, FileDiff, WaitingDiff
from runners.tickets.diff_approval import (
    diff_key,
    find_base_of,
    find_diff_start,
    find_unaccepted_risks,
)
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")
MAX_READ_FILES = 60
"""Files whose diff is read to be shown; the others are named."""


def share_waiting(services: Services, ticket: Ticket, head: str) -> Ticket:
    """Push the head where no workflow starts and anybody with access can read it; once.

    Raises UserError, as the push to the branch would, where a commit of it has a secret.
    """
    if ticket.was_handled(waiting_key(head)) or ticket.was_handled(_refused_key(head)):
        return ticket
    taken = services.open_mirror(ticket).push_waiting(ticket.issue, head)
    if not taken:
        log.warning("%s: the waiting diff could not be pushed", ticket.name)
    return ticket.with_handled(waiting_key(head) if taken else _refused_key(head))


def _refused_key(head: str) -> HandledKey:
    return HandledKey(f"unshared:{head}")


def drop_waiting(services: Services, ticket: Ticket, head: str) -> None:
    """It is on the branch now. Best effort: a reference that is left does nothing."""
    if ticket.was_handled(waiting_key(head)):
        services.open_mirror(ticket).drop_waiting(ticket.issue)


def read_waiting_diff(services: Services, ticket: Ticket) -> WaitingDiff | None:
    """What a writer is asked to approve before it is pushed; None where nothing is."""
    if ticket.stage is not Stage.PUBLISHING or not ticket.approval.key:
        return None
    remote = services.open_mirror(ticket)
    repo, head = remote.repo, remote.repo.branch_head(ticket.remote.branch)
    if not head:  # the mirror was lost: the comment is written before the ticket is looked at
        remote.fetch()
        head = remote.fetch_waiting(ticket.issue)
    if not head or diff_key(head) != ticket.approval.key:
        return None
    start = find_diff_start(repo, ticket, head)
    try:
        risks = find_unaccepted_risks(repo, ticket, head)
    except UserError as exc:  # its config cannot be read: the stage says so
        log.warning("%s: %s", ticket.name, exc)
        return None
    first = tuple(sorted({risk.path for risk in risks if risk.path}))
    diff = WaitingDiff(_read_files(repo, start, head, first))
    if not ticket.was_handled(waiting_key(head)):
        return diff
    pages = web_url(services.settings.github.api_url)
    # A commit that is on no branch can be compared, too, as the page of a forced push does:
    # https://docs.github.com/en/pull-requests/committing-changes-to-your-project/viewing-and-comparing-commits/comparing-commits
    base = find_base_of(repo, ticket, head)
    url = f"{pages}/{ticket.where.repo}/compare/{base}...{head}"
    return replace(diff, url=url, ref=remote.waiting_ref(ticket.issue))


# What lies between two commits never changes: https://git-scm.com/book/en/v2/Git-Internals-Git-Objects
@lru_cache(maxsize=16)
def _read_files(repo: Repo, start: str, head: str, first: tuple[str, ...]) -> tuple[FileDiff, ...]:
    counts = count_changed_lines(repo, start, head)
    changed = [change.path for change in list_changes(repo, start, head)]
    paths = [*(path for path in first if path in counts), *(p for p in changed if p not in first)]
    return tuple(
        FileDiff(
            path,
            diff_file(repo, start, head, path) if at < MAX_READ_FILES else _unread(),
            *counts.get(path, (0, 0)),
        )
        for at, path in enumerate(paths)
    )


def _unread() -> str:
    """Longer than any room, so that the file is named and not shown."""
    return " " * (2 * MAX_DIFF_CHARS + 1)
