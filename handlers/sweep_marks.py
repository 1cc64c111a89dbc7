"""How far the sweep has looked: what it asked for last, and each ticket as it was then."""

import hashlib
import json
from dataclasses import dataclass

from bot.github.webhooks import IssueText
from bot.ticket.keys import MarkKey
from runners.tickets.services import Services


@dataclass(frozen=True, slots=True)
class Look:
    """`of` is what was asked for, such as a label; `newest` is a time of GitHub's, empty at first.

    For a question of another kind than the last one neither `newest` nor `etag` counts.
    """

    of: str = ""
    newest: str = ""
    etag: str = ""


def read_look(services: Services, mark: MarkKey, of: str = "") -> Look:
    """As it was written down last; empty where nothing was, or by an older release."""
    try:
        look = Look(*json.loads(services.tickets.read_mark(mark)))
    except (ValueError, TypeError):
        return Look(of)
    return look if look.of == of else Look(of)


def write_look(services: Services, mark: MarkKey, look: Look) -> None:
    services.tickets.write_mark(mark, json.dumps([look.of, look.newest, look.etag]))


def fingerprint(issue: IssueText) -> str:
    """Another one for all that matters here; times are in whole seconds, so one alone may not."""
    told = [issue.updated_at, issue.state, issue.labels, issue.title, issue.body, issue.comments]
    return hashlib.sha256(json.dumps(told).encode()).hexdigest()[:16]
