"""What models cost, by every call there was, of all jobs, plans and questions."""

import datetime as dt
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from bot.storage.history import CallSum
from bot.ticket.machine_owner import mention
from bot.ticket.model import Ticket, repo_key
from runners.history.open_history import OpenHistory

By = Literal["tier", "repo", "person", "day", "job"]
DAY_SECONDS = 86_400
AT_TERMINAL = "this machine's terminal"


@dataclass(frozen=True, slots=True)
class SpendRow:
    """`name` is a tier's, a repository's, a person's, a job's, or a day as 2026-11-28.

    `unended` of the `calls` were cut off, and count with the most they can have cost.
    """

    name: str
    calls: int
    unended: int
    tokens: int
    cost: float


def sum_spending(history: OpenHistory, by: By, since: float = 0.0) -> tuple[SpendRow, ...]:
    """The dearest first, days in their order."""
    calls = history.store.sum_calls(since)
    name = _naming(by, history.store.list_tickets() if by in {"repo", "person", "job"} else ())
    groups: dict[str, list[CallSum]] = {}
    for each in calls:
        groups.setdefault(name(each), []).append(each)
    rows = [add_up(name, group) for name, group in groups.items()]
    if by == "day":
        return tuple(sorted(rows, key=lambda row: row.name))
    return tuple(sorted(rows, key=lambda row: (-row.cost, -row.tokens, row.name)))


def add_up(name: str, calls: Iterable[CallSum | SpendRow]) -> SpendRow:
    calls = list(calls)
    return SpendRow(
        name,
        sum(each.calls for each in calls),
        sum(each.unended for each in calls),
        sum(each.tokens for each in calls),
        sum(each.cost for each in calls),
    )


def _naming(by: By, tickets: Sequence[Ticket]) -> Callable[[CallSum], str]:
    repos = {repo_key(ticket.where): ticket.where.repo for ticket in tickets}
    people = {ticket.asker.id: mention(ticket.asker.login) for ticket in tickets}
    jobs = {ticket.key: ticket.name for ticket in tickets}
    names: dict[By, Callable[[CallSum], str]] = {
        "tier": lambda call: call.tier,
        "repo": lambda call: repos.get(call.repo, call.repo),
        "person": lambda call: people.get(call.person) or _name_person(call.person),
        "day": lambda call: _format_day(call.day),
        "job": lambda call: jobs.get(call.job, call.job),
    }
    return names[by]


def _name_person(person: int) -> str:
    return f"account {person}" if person else AT_TERMINAL


def _format_day(day: int) -> str:

    return dt.datetime.fromtimestamp(day * DAY_SECONDS, tz=dt.UTC).date().isoformat()
