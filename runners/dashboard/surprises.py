"""What of a night was not as usual: a job that took far more, a tier that never passed, a quota.

Told in sentences that figures prove; nothing here is a model's word.
"""

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from bot.ledger import AttemptOutcome
from bot.spending import DAY_SECONDS, Spent
from bot.storage.overview import EVERYTHING, Visible
from bot.storage.span import SpanAttempt
from bot.text.listed import join_first
from bot.text.utc_time import format_utc
from runners.dashboard.plain_words import show_line

if TYPE_CHECKING:
    import sqlalchemy as sa

    from bot.storage.plan_facts import PlanFact

USUAL_DAYS = 30
"""Before the night, by whose jobs it is told what is usual."""
MIN_JOBS = 5
"""With fewer of them nothing is usual."""
MANY_TIMES = 3
"""As much as usual: then a job is told."""
MIN_ATTEMPTS = 5
"""Of a tier: then it is told that none passed."""
UNDER_WAY_SECONDS = 900.0
"""A call that began so lately may still be answered."""
MAX_JOBS = 5
MAX_NAMES = 3


@dataclass(frozen=True, slots=True)
class Unusual:
    """What the calls of a night and of the days before it say.

    `jobs` and `usual` are what each job used then and before, by its ticket's key or its own id;
    `used_up` are models with until when their quota was used up, `unended` how many calls were cut
    off. `faults` are what builds found wrong with their plans.
    """

    jobs: Mapping[str, Spent]
    usual: Sequence[int]
    used_up: Sequence[tuple[str, float]] = ()
    unended: int = 0
    faults: "Sequence[PlanFact]" = ()


def read_unusual(
    engine: "sa.Engine", since: float, until: float, visible: Visible = EVERYTHING
) -> Unusual:
    from bot.storage.plan_facts import PlanFactStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.usage import UsageStore  # noqa: PLC0415

    usage = UsageStore(engine)
    before = usage.sum_jobs(since - USUAL_DAYS * DAY_SECONDS, since, visible)
    return Unusual(
        usage.sum_jobs(since, until, visible),
        [spent.tokens for spent in before.values()],
        usage.list_used_up(since) if visible.repos is None else (),
        usage.count_unended(since, until - UNDER_WAY_SECONDS, visible),
        PlanFactStore(engine).list_between(since, until, visible),
    )


def list_surprises(
    attempts: Sequence[SpanAttempt], unusual: Unusual, names: Mapping[str, str]
) -> Iterator[str]:
    """`names` are those of tickets, by key."""
    yield from _list_dear_jobs(unusual, names)
    yield from _list_failing_tiers(attempts)
    yield from _list_faults(unusual.faults)
    for model, until in unusual.used_up:
        yield f"{show_line(model)} had no quota left until {format_utc(until)}"
    if unusual.unended:
        were = "call was" if unusual.unended == 1 else "calls were"
        yield f"{unusual.unended} {were} cut off, and counted with the most it can have cost"


def _list_dear_jobs(unusual: Unusual, names: Mapping[str, str]) -> Iterator[str]:
    if len(unusual.usual) < MIN_JOBS:
        return
    usual = statistics.median(unusual.usual)
    dear = [each for each in unusual.jobs.items() if each[1].tokens >= MANY_TIMES * usual > 0]
    dear.sort(key=lambda each: -each[1].tokens)
    for key, spent in dear[:MAX_JOBS]:
        times = spent.tokens / usual
        yield (
            f"{names.get(key) or show_line(key)} used {spent.tokens:,} tokens, {times:.0f} times"
            f" what a job usually uses ({usual:,.0f}, of {len(unusual.usual)} jobs)"
        )
    if (more := len(dear) - MAX_JOBS) > 0:
        jobs = "1 more job" if more == 1 else f"{more} more jobs"
        yield f"{jobs} used at least {MANY_TIMES} times what a job usually uses"


def _list_faults(faults: "Sequence[PlanFact]") -> Iterator[str]:
    """By kind, with the files and checks; that a plan was written anew follows from the others."""
    kinds: dict[str, list[str]] = {}
    for fault in faults:
        kinds.setdefault(fault.kind, []).append(show_line(fault.subject) or "something")
    kinds.pop("planned anew", None)
    for kind, subjects in sorted(kinds.items()):
        names = list(dict.fromkeys(subjects))
        yield f"plans had a fault, {kind}: {join_first(names, MAX_NAMES)}"


def _list_failing_tiers(attempts: Sequence[SpanAttempt]) -> Iterator[str]:
    for tier in sorted({each.tier for each in attempts} - {"", "manifest", "planner"}):
        made = [each for each in attempts if each.tier == tier]
        passed = sum(each.outcome == AttemptOutcome.PASSED for each in made)
        if len(made) >= MIN_ATTEMPTS and not passed:
            yield f"none of {len(made)} attempts by the {tier} tier passed"
