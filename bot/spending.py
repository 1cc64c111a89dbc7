"""Caps on what models may cost: by job, person, repository and day, in tokens and in money.

A decision on sums: who asks has them from the database, where every call to a model is.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.errors import UserError

if TYPE_CHECKING:
    from bot.config.machine import SpendingCaps

DAY_SECONDS = 86_400
Scope = Literal["job", "person_day", "repository_day", "day"]
SCOPES: tuple[Scope, ...] = ("job", "person_day", "repository_day", "day")
_WORDS: dict[Scope, str] = {
    "job": "for this job",
    "person_day": "for one person's jobs today (UTC)",
    "repository_day": "for this repository's jobs today (UTC)",
    "day": "for all jobs of this machine today (UTC)",
}


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose call it is. `job` is a ticket's key, or a job's id; `repo` stays when it is renamed.

    `person` is a GitHub id, 0 on the command line.
    """

    job: str = ""
    repo: str = ""
    person: int = 0


@dataclass(frozen=True, slots=True)
class Spent:
    """`cost` is in the currency of the tiers' prices. A call under way counts with its bound."""

    tokens: int = 0
    cost: float = 0.0

    def __add__(self, other: "Spent") -> "Spent":
        return Spent(self.tokens + other.tokens, self.cost + other.cost)


class SpendingCapError(UserError):
    """The next call could pass a cap, so it is not made: the job pauses."""


def start_of_day(now: float) -> float:
    """Of the day in UTC; both in seconds since 1970."""
    return now - now % DAY_SECONDS


def require_below_caps(
    caps: "SpendingCaps", spent: Mapping[Scope, Spent], next_call: Spent
) -> None:
    """Raise SpendingCapError for the first cap that the next call could pass."""
    for scope in SCOPES:
        before, after = spent[scope], spent[scope] + next_call
        if after.tokens > (most := getattr(caps, f"{scope}_tokens")):
            raise _cap_error(
                scope, "tokens", f"{before.tokens:,}", f"{next_call.tokens:,}", f"{most:,}"
            )
        if after.cost > (most := getattr(caps, f"{scope}_cost")):
            raise _cap_error(
                scope, "cost", f"{before.cost:.4f}", f"{next_call.cost:.4f}", f"{most:.2f}"
            )


def describe_room(caps: "SpendingCaps", spent: Mapping[Scope, Spent]) -> str:
    """What is left for a job: of its own, and today, where its tightest cap counts."""
    left = {
        scope: (
            max(getattr(caps, f"{scope}_tokens") - spent[scope].tokens, 0),
            max(getattr(caps, f"{scope}_cost") - spent[scope].cost, 0.0),
        )
        for scope in SCOPES
    }
    tokens, cost = (min(left[scope][at] for scope in SCOPES[1:]) for at in (0, 1))
    job = left["job"]
    return (
        f"The caps on models leave {job[0]:,} tokens and a cost of {job[1]:.2f} for this job,"
        f" and today {tokens:,} and {cost:.2f}."
    )


def _cap_error(scope: Scope, unit: str, spent: str, more: str, most: str) -> SpendingCapError:
    setting = f"{scope}_{unit}"
    of = "tokens" if unit == "tokens" else "in the currency of the prices"
    what = (
        f"the cap of {most} {of} {_WORDS[scope]} is reached: {spent} are spent,"
        f" and the next call to a model may take {more}"
    )
    tomorrow = "" if scope == "job" else " Or wait: from midnight UTC on there is room again."
    raised = f"Raise `{setting}` under `[spending]` in this machine's settings"
    return SpendingCapError(
        what,
        hint=f"{raised}, then start the same command again.{tomorrow}",
        comment_hint=f"{raised}, then comment `/resume`.{tomorrow}",
    )
