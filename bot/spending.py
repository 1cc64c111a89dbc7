"""Caps on what models may cost: by job, person, repository, day, tier and model.

A decision on sums: who asks has them from the database, where every call to a model is.
"""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, cast

from bot.errors import UserError

if TYPE_CHECKING:
    from bot.config.machine import SpendingCaps
    from bot.config.tiers import Tier

DAY_SECONDS = 86_400
Scope = Literal[
    "job",
    "person_day",
    "repository_day",
    "day",
    "tier_job",
    "tier_day",
    "model_job",
    "model_day",
]
SCOPES: tuple[Scope, ...] = ("job", "person_day", "repository_day", "day")
"""Those that always have caps."""
Unit = Literal["tokens", "cost"]
_UNITS: tuple[Unit, ...] = ("tokens", "cost")
_WORDS: dict[Scope, str] = {
    "job": "for this job",
    "person_day": "for one person's jobs today (UTC)",
    "repository_day": "for this repository's jobs today (UTC)",
    "day": "for all jobs of this machine today (UTC)",
    "tier_job": "of the {tier} tier for this job",
    "tier_day": "of the {tier} tier today (UTC)",
    "model_job": "of {model} for this job",
    "model_day": "of {model} today (UTC)",
}


@dataclass(frozen=True, slots=True)
class Payer:
    """Whose call it is. `job` is a ticket's key, or a job's id; `repo` stays when it is renamed.

    `person` is a GitHub id, 0 on the command line. `asking` names the work that is not over: as
    long as it is the same, what was answered is not asked again; empty where nothing is kept.
    """

    job: str = ""
    repo: str = ""
    person: int = 0
    asking: str = ""


@dataclass(frozen=True, slots=True)
class Spent:
    """`cost` is in the currency of the tiers' prices. A call under way counts with its bound.

    `tokens_out` are those of `tokens` that were answered, as far as that is known.
    """

    tokens: int = 0
    cost: float = 0.0
    tokens_out: int = 0

    def __add__(self, other: "Spent") -> "Spent":
        tokens_out = self.tokens_out + other.tokens_out
        return Spent(self.tokens + other.tokens, self.cost + other.cost, tokens_out)

    def amount(self, unit: Unit) -> float:
        """As the unit counts it."""
        return self.tokens if unit == "tokens" else self.cost


@dataclass(frozen=True, slots=True)
class Callee:
    """Which model of which tier is called, as the settings name both, and where it runs."""

    tier: str = ""
    model: str = ""
    place: str = ""


@dataclass(frozen=True, slots=True)
class Cap:
    """One of the caps. `most` is in tokens, or in the currency of the prices."""

    scope: Scope
    unit: Unit
    most: float
    table: str = "[spending]"

    @property
    def setting(self) -> str:
        """Its name in the table."""
        ends = f"{self.scope.rpartition('_')[2]}_{self.unit}"
        return ends if self.table != "[spending]" else f"{self.scope}_{self.unit}"

    def is_passed(self, spent: Spent) -> bool:
        return spent.amount(self.unit) > self.most

    def format(self, spent: Spent) -> str:
        return f"{spent.tokens:,}" if self.unit == "tokens" else f"{spent.cost:.4f}"

    def format_most(self) -> str:
        return f"{self.most:,.0f} tokens" if self.unit == "tokens" else f"a cost of {self.most:.2f}"

    def format_left(self, spent: Spent) -> str:
        left = max(self.find_room(spent), 0.0)
        return f"{left:,.0f} tokens" if self.unit == "tokens" else f"{left:.2f}"

    def find_room(self, spent: Spent) -> float:
        """What is left; less than nothing where more was spent."""
        return self.most - spent.amount(self.unit)


class SpendingCapError(UserError):
    """The next call could pass a cap, so it is not made: the job pauses.

    `of_model`: the cap is the model's own, and another model of its tier may be asked. `reason` is
    without what all caps leave.
    """

    of_model = False
    reason = ""


def start_of_day(now: float) -> float:
    """Of the day in UTC; both in seconds since 1970."""
    return now - now % DAY_SECONDS


def list_caps(caps: "SpendingCaps", callee: Callee = Callee()) -> list[Cap]:  # frozen
    """Those that hold for a call, the model's own first: of these another model has others."""
    own = [
        ("model", caps.models.get(callee.model), f'[spending.models."{callee.model}"]'),
        ("tier", caps.tiers.get(cast("Tier", callee.tier)), f"[spending.tiers.{callee.tier}]"),
    ]
    found = [
        Cap(cast("Scope", f"{of}_{span}"), unit, most, table)
        for of, one, table in own
        for span in ("job", "day")
        for unit in _UNITS
        if one is not None and (most := getattr(one, f"{span}_{unit}")) is not None
    ]
    general = [
        Cap(scope, unit, getattr(caps, f"{scope}_{unit}")) for scope in SCOPES for unit in _UNITS
    ]
    return [*found, *general]


def require_below_caps(
    caps: "SpendingCaps",
    spent: Mapping[Scope, Spent],
    next_call: Spent,
    callee: Callee = Callee(),  # frozen
) -> None:
    """Raise SpendingCapError for the first cap that the next call could pass."""
    for cap in list_caps(caps, callee):
        if cap.is_passed(spent[cap.scope] + next_call):
            raise _cap_error(cap, callee, spent, next_call, describe_room(caps, spent, callee))


def describe_room(
    caps: "SpendingCaps",
    spent: Mapping[Scope, Spent],
    callee: Callee = Callee(),  # frozen
) -> str:
    """What is left for a job: of its own, and today, where its tightest cap counts."""
    known = [cap for cap in list_caps(caps, callee) if cap.scope in spent]

    def left(unit: str, scopes: Collection[str]) -> str:
        tightest = (cap for cap in known if cap.unit == unit and cap.scope in scopes)
        rooms = (
            (cap.find_room(spent[cap.scope]), cap.format_left(spent[cap.scope])) for cap in tightest
        )
        return min(rooms)[1]

    today = SCOPES[1:]
    own = list_own_rooms(caps, spent, callee)
    also = f" Of caps of one tier or model: {'; '.join(own)}." if own else ""
    return (
        f"The caps on models leave {left('tokens', ('job',))} and a cost of"
        f" {left('cost', ('job',))} for this job, and today {left('tokens', today)} and"
        f" {left('cost', today)}.{also}"
    )


def list_own_rooms(caps: "SpendingCaps", spent: Mapping[Scope, Spent], callee: Callee) -> list[str]:
    """What is left of the caps of one tier and one model, a text for each cap."""
    return [
        f"{_WORDS[cap.scope].format(tier=callee.tier, model=callee.model)}"
        f" {cap.format_left(spent[cap.scope])} of {cap.format_most()}"
        for cap in list_caps(caps, callee)
        if cap.scope in spent and cap.scope not in SCOPES
    ]


def list_callees(caps: "SpendingCaps") -> list[Callee]:
    """Each tier and each model that has caps of its own."""
    tiers = [Callee(tier=name) for name in caps.tiers]
    return [*tiers, *(Callee(model=name) for name in caps.models)]


def _cap_error(
    cap: Cap, callee: Callee, spent: Mapping[Scope, Spent], next_call: Spent, room: str
) -> SpendingCapError:
    words = _WORDS[cap.scope].format(tier=callee.tier, model=callee.model)
    of = "" if cap.unit == "tokens" else " in the currency of the prices"
    what = (
        f"the cap of {cap.format_most()}{of} {words} is reached: {cap.format(spent[cap.scope])} are"
        f" spent, and the next call to a model may take {cap.format(next_call)}"
    )
    is_daily = cap.scope.endswith("day")
    tomorrow = " Or wait: from midnight UTC on there is room again." if is_daily else ""
    raised = f"Raise `{cap.setting}` under `{cap.table}` in this machine's settings"
    error = SpendingCapError(
        f"{what}. {room}",
        hint=f"{raised}, then start the same command again.{tomorrow}",
        comment_hint=f"{raised}, then comment `/resume`.{tomorrow}",
    )
    error.reason = what
    error.of_model = cap.scope.startswith("model")
    return error
