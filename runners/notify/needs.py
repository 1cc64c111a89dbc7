"""What people are needed for now, read from the tickets as they are: pure."""

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType

from bot.ticket.model import OutageKind, Ticket
from bot.ticket.person_needed import find_person_needed
from bot.ticket.stages import Stage
from runners.dashboard.github_pages import link_number
from runners.dashboard.needed_words import describe_need
from runners.dashboard.plain_words import find_cause, show_line

_SERVER: Mapping[OutageKind, str] = MappingProxyType(
    {
        "account": "a token or the App's installation has to be looked at",
        "disk": "`bricklayer gc` removes what no job needs any more",
        "machine": "the log has what it lacks",
        "models": "their server may be down",
    }
)
"""What stops the whole server, and what to do about it; `bricklayer doctor` says more."""
MODELS_DOWN_SECONDS = 1800.0
"""Until it is told that models do not answer: a server that is started again takes minutes."""
_SERVER_NAME = "this server"


@dataclass(frozen=True, slots=True)
class Need:
    """Told once by its `key`. `job` and `why` are anybody's words, in printable lines."""

    key: str
    what: str
    job: str
    title: str = ""
    why: str = ""
    url: str = ""

    @property
    def says(self) -> str:
        return describe_need(self.what)


def find_needs(tickets: Iterable[Ticket], api_url: str) -> dict[str, Need]:
    """By key, in the order of the tickets."""
    return {need.key: need for ticket in tickets if (need := _find_need(ticket, api_url))}


def _find_need(ticket: Ticket, api_url: str) -> Need | None:
    if needed := find_person_needed(ticket):
        why = find_cause(ticket.why) if needed.what == "blocked" else ""
        return _make(ticket, api_url, needed.what, needed.code, why, needed.where)
    asks = ticket.question_open and ticket.stage is Stage.PLANNING and not ticket.paused
    if not asks:
        return None
    parts = (ticket.question, str(ticket.question_comment), str(int(ticket.labelled_at)))
    code = hashlib.sha256("\0".join(parts).encode(errors="replace")).hexdigest()[:12]
    return _make(ticket, api_url, "question", code, find_cause(ticket.question))


def _make(  # noqa: PLR0913, PLR0917  # the parts of one line
    ticket: Ticket, api_url: str, what: str, code: str, why: str = "", number: int = 0
) -> Need:
    key = f"needed:{ticket.key}:{code}"
    url = show_url(ticket, api_url, number or ticket.issue)
    return Need(key, what, show_line(ticket.name), show_line(ticket.title), why, url)


def show_url(ticket: Ticket, api_url: str, number: int) -> str:
    return link_number(api_url, show_line(ticket.where.repo), number)


def find_server_faults(tickets: Iterable[Ticket], now: float) -> Iterator[OutageKind]:
    """What keeps the server from its work, as far as tickets wait for it."""
    found = {kind for ticket in tickets if (kind := ticket.outage) and _is_told(ticket, now)}
    yield from (kind for kind in _SERVER if kind in found)


def _is_told(ticket: Ticket, now: float) -> bool:
    if ticket.outage != "models":
        return True
    # A used-up quota is waited for until its end: nobody has to do anything.
    waits = ticket.wake_at - now
    return now - ticket.outage_since >= MODELS_DOWN_SECONDS > waits


def make_server_need(kind: OutageKind, since: float) -> Need:
    return Need(f"server:{kind}:{since:.0f}", kind, _SERVER_NAME, why=_SERVER[kind])
