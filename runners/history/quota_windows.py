"""What is used of each cap and of each provider's window, and when it is free again.

A cap of a day begins anew at midnight UTC. A provider says that its window is used up and until
when, and never how large it is: of those it is told what went through it in the last hours.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.config.machine import Settings, SpendingCaps
from bot.spending import (
    DAY_SECONDS,
    Callee,
    Cap,
    Payer,
    Scope,
    Spent,
    list_callees,
    list_caps,
    start_of_day,
)
from bot.text.invisible import make_printable
from bot.text.utc_time import format_utc

if TYPE_CHECKING:
    import sqlalchemy as sa

ALL_JOBS = "all jobs today"
SUBSCRIPTION_PREFIXES = ("cli:", "agent:")
"""Models behind a subscription, whose windows are of five hours and of a week."""
ROLLING = (("5 hours", 5 * 3600.0), ("7 days", 7 * 86_400.0))
"""As Claude's and Codex's subscriptions have them; neither tells how large they are.
https://github.com/anthropics/claude-code/issues/11418
https://github.com/openai/codex/issues/3899"""


@dataclass(frozen=True, slots=True)
class QuotaWindow:
    """`used` of `most`, in `unit`; `most` is None where nobody tells it.

    `resets_at` is when it is free again, in seconds since 1970, 0 where that is not known.
    `is_used_up`: no model is asked in it until then. `setting` is where a person raises it.
    """

    name: str
    unit: str
    used: float
    most: float | None = None
    resets_at: float = 0.0
    is_used_up: bool = False
    setting: str = ""

    @property
    def text(self) -> str:
        return describe_window(self)

    @property
    def part(self) -> float:
        """0 to 1, or more; 0 where nobody tells how much there is."""
        return self.used / self.most if self.most else float(self.most == 0)


def read_windows(engine: "sa.Engine", settings: Settings, now: float) -> tuple[QuotaWindow, ...]:
    """Caps of the day first, then single tiers and models, then what providers say."""
    from bot.storage.calls import CallStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.quotas import QuotaStore  # noqa: PLC0415
    from bot.storage.usage import UsageStore  # noqa: PLC0415

    usage, calls, caps = UsageStore(engine), CallStore(engine), settings.spending
    found = [*_list_caps(caps, Callee(), calls.sum_spent(Payer(), now, scopes=("day",)), now)]
    person, repo = usage.find_busiest(start_of_day(now))
    if person:
        found += _list_caps(caps, Callee(), {"person_day": person.spent}, now)
    if repo:
        found += _list_caps(caps, Callee(), {"repository_day": repo.spent}, now, repo.name)
    for callee in list_callees(caps):
        scopes: tuple[Scope, ...] = ("tier_day",) if callee.tier else ("model_day",)
        found += _list_caps(caps, callee, calls.sum_spent(Payer(), now, callee, scopes), now)
    used_up = {each.model: each.until for each in QuotaStore(engine).list_used_up(now)}
    sums = {
        span: usage.sum_models(now - seconds, _list_subscriptions(settings))
        for span, seconds in ROLLING
    }
    return (*found, *_list_providers(sums, used_up))


def _list_subscriptions(settings: Settings) -> list[str]:
    models = {model for tier in settings.tiers.values() for model in tier.models}
    return sorted(model for model in models if model.startswith(SUBSCRIPTION_PREFIXES))


_NAMES: Mapping[Scope, str] = {
    "day": ALL_JOBS,
    "person_day": "the person who used most today",
    "repository_day": "{repo} today, more than any other repository",
    "tier_day": "the {tier} tier today",
    "model_day": "{model} today",
}


def _list_caps(
    caps: SpendingCaps, callee: Callee, spent: Mapping[Scope, Spent], now: float, repo: str = ""
) -> Iterator[QuotaWindow]:
    for cap in list_caps(caps, callee):
        if cap.scope in spent and cap.scope in _NAMES:
            name = _NAMES[cap.scope].format(
                tier=callee.tier, model=make_printable(callee.model), repo=make_printable(repo)
            )
            yield _to_window(name, cap, spent[cap.scope], now)


def _to_window(name: str, cap: Cap, spent: Spent, now: float) -> QuotaWindow:
    used = spent.amount(cap.unit)
    return QuotaWindow(
        name,
        cap.unit,
        used,
        cap.most,
        start_of_day(now) + DAY_SECONDS,
        used >= cap.most,
        f"{cap.setting} under {cap.table}",
    )


def _list_providers(
    sums: Mapping[str, Mapping[str, Spent]], used_up: Mapping[str, float]
) -> Iterator[QuotaWindow]:
    """What providers say is used up, and what went through each subscription."""
    for model, until in used_up.items():
        name = f"{make_printable(model)}, by its provider"
        yield QuotaWindow(name, "", 0.0, None, until, is_used_up=True)
    for span, models in sums.items():
        for model, spent in sorted(models.items()):
            name = f"{make_printable(model)} in the last {span}"
            yield QuotaWindow(name, "tokens", spent.tokens)


def describe_window(window: QuotaWindow) -> str:
    """In one line."""
    until = f", free again {format_utc(window.resets_at)}" if window.resets_at else ""
    if not window.unit:
        return f"{window.name}: used up{until}"
    used = f"{_format(window, window.used)}"
    if window.most is None:
        return f"{window.name}: {used} tokens went through; its limit is not told"
    unit = " tokens" if window.unit == "tokens" else ""
    cost = "cost " if window.unit == "cost" else ""
    end = "; used up" if window.is_used_up else ""
    most = f"{cost}{used} of {_format(window, window.most)}{unit} ({window.part:.0%})"
    return f"{window.name}: {most}{end}{until}"


def list_told(windows: tuple[QuotaWindow, ...]) -> tuple[QuotaWindow, ...]:
    """Those of which anything is used."""
    return tuple(window for window in windows if window.used or window.is_used_up)


def _format(window: QuotaWindow, amount: float) -> str:
    return f"{amount:,.0f}" if window.unit == "tokens" else f"{amount:.2f}"
