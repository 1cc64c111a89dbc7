"""Decides what follows a failure of GitHub or of the models: wait, go on without, or raise."""

import logging
from collections.abc import Callable
from dataclasses import replace

from bot.errors import DiskFloorError, ModelOutageError
from bot.github.errors import (
    MAX_PAUSE_SECONDS,
    MIN_PAUSE_SECONDS,
    AccountError,
    GitHubError,
    MissingPermissionError,
    OutageError,
    RateLimitedError,
    find_retry_time,
)
from bot.machine_faults import MachineFault
from bot.models.quota import MAX_QUOTA_SECONDS
from bot.ticket.model import OutageKind, Ticket

log = logging.getLogger("bricklayer")


def wait_out(ticket: Ticket, exc: GitHubError, now: float) -> Ticket | None:
    """The ticket as it waits for the end of an outage; None where waiting alone changes nothing.

    A job is never blocked by an outage: whoever reads its page can do nothing about it.
    """
    if not isinstance(exc, OutageError | MissingPermissionError):
        return None
    since = ticket.outage_since or now
    if ticket.outage != _kind_of(exc):
        # Once for a job and outage: to its operator, who can act on it, with what to do.
        log.error("%s: it waits, and continues by itself: %s", ticket.key, exc)
    waiting = exc if isinstance(exc, OutageError) else AccountError(exc.what)
    return replace(
        ticket,
        outage=_kind_of(exc),
        outage_since=since,
        wake_at=find_retry_time(waiting, since, now),
    )


def wait_for_machine(
    ticket: Ticket, cause: ModelOutageError | DiskFloorError | MachineFault, now: float
) -> Ticket:
    """The ticket as it waits until this machine's models answer, or it has room again.

    With pauses that grow; where a provider says when its quota is free again, until then. Nobody on
    GitHub can do anything about it: the operator is told, once for a job and outage.
    """
    kind = _name_lack(cause)
    if ticket.outage != kind:
        log.error("%s: it waits, and continues by itself: %s", ticket.key, cause)
    since = ticket.outage_since or now
    pause = min(max(now - since, MIN_PAUSE_SECONDS), MAX_PAUSE_SECONDS)
    retry_at = cause.retry_at if isinstance(cause, ModelOutageError) else 0.0
    wake_at = max(now + pause, min(retry_at, now + MAX_QUOTA_SECONDS))
    return replace(ticket, outage=kind, outage_since=since, wake_at=wake_at)


def _name_lack(cause: ModelOutageError | DiskFloorError | MachineFault) -> OutageKind:
    if isinstance(cause, MachineFault):
        return "machine"
    return "disk" if isinstance(cause, DiskFloorError) else "models"


def _kind_of(exc: GitHubError) -> OutageKind:
    if isinstance(exc, RateLimitedError):
        return "limited"
    return "account" if isinstance(exc, AccountError | MissingPermissionError) else "unreachable"


def retry_later(ticket: Ticket, now: float) -> Ticket:
    """For what cannot be shown to anybody: it is tried again now and then."""
    return replace(ticket, wake_at=now + MAX_PAUSE_SECONDS)


def end_outage(ticket: Ticket) -> Ticket:
    """After a step that got its answers; `forget_outage` follows once the comment is written."""
    return replace(ticket, outage="") if ticket.outage else ticket


def forget_outage(ticket: Ticket) -> Ticket:
    """Until then it is known since when, so that pauses go on growing."""
    return ticket if ticket.outage else replace(ticket, outage_since=0.0)


def best_effort(what: str, act: Callable[[], object]) -> bool:
    """Whether it was done. For what a job can do without: a refusal is logged and no more.

    Raises RateLimitedError and AccountError: then everything waits.
    """
    try:
        act()
    except (RateLimitedError, AccountError):
        # An integration that goes on asking while it is rate limited may be banned:
        # https://docs.github.com/en/rest/using-the-rest-api/best-practices-for-using-the-rest-api
        raise
    except GitHubError as exc:
        log.warning("%s: %s", what, exc)
        return False
    return True


def try_unless_refused(what: str, act: Callable[[], object]) -> bool:
    """As `best_effort`, but raises every outage: what it does is not left out for good."""
    try:
        act()
    except OutageError:
        raise
    except GitHubError as exc:
        log.warning("%s: %s", what, exc)
        return False
    return True
