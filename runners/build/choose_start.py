"""Which tier begins a task, and how the local one is asked: in what ways, how many side by side."""

from dataclasses import replace

from bot.config.machine import Settings
from bot.config.repository import JobLimits
from bot.config.tiers import DoingTier, TierSettings
from bot.evaluation.choose_start import Start, TierOffer, choose_start, offer_tier
from bot.evaluation.task_class import find_task_class
from bot.models.measured_models import measure_tier
from bot.models.model_identity import find_identity
from bot.models.model_size import find_size
from bot.prompts.strategies import SIZES
from runners.build.asked_version import digest_asking
from runners.build.attempt_records import Attempt
from runners.build.attempt_strategy import works_in_turns
from runners.build.candidate_count import count_candidates
from runners.build.executors import find_executor
from runners.build.task_run import TaskBase, TaskRun

DOING_TIERS: tuple[DoingTier, ...] = ("local", "senior")


def decide_start(run: TaskRun, base: TaskBase) -> TaskBase:
    """The base with who begins, the size of the local tier's model, and how that is asked.

    It is recorded with it, as settings and what was measured may have changed when a killed run
    goes on.
    """
    if base.fault or base.landed_commit:
        return base
    rule, chosen = run.context.settings.tier, _choose_start(run, base)
    if chosen:
        base = replace(base, first_tier=chosen.tier, start_why=chosen.why)
    elif rule != "auto":
        base = replace(base, first_tier=rule)
    tier = run.lane.settings.tiers.get("local")
    return _choose_ways(run, base, tier, chosen) if tier else base


def _choose_start(run: TaskRun, base: TaskBase) -> Start | None:
    """None where nothing was measured for it, or nothing is to be chosen."""
    table, task = run.context.start_table, run.task
    if table is None or not table.offers or task.kind == "query":
        return None
    body = run.context.repo.read_file(base.commit, task.file) if task.file else None
    return choose_start(find_task_class(task, body), table)


def _choose_ways(
    run: TaskRun, base: TaskBase, tier: TierSettings, chosen: Start | None
) -> TaskBase:
    base = replace(base, size=find_size(tier))
    if works_in_turns(run.task, tier) or find_executor(run, Attempt(1, "local", 0)):
        # Who works on it for long looks at what came of that, and goes on from there.
        return base
    count = count_candidates(tier, SIZES[base.size].count)
    measured = chosen.candidates if chosen and chosen.candidates else count
    ways = tier.strategies or (chosen.strategies if chosen else ())
    return replace(base, candidates=measured, strategies=ways)


def list_offers(settings: Settings, limits: JobLimits) -> tuple[TierOffer, ...]:
    """The tiers that may be asked for a task; none where there is nothing to choose between."""
    attempts = {"local": limits.local_attempts, "senior": limits.senior_attempts}
    tiers = [name for name in DOING_TIERS if name in settings.tiers and attempts[name]]
    return tuple(_offer(settings, name, settings.tiers[name]) for name in tiers)


def _offer(settings: Settings, name: DoingTier, tier: TierSettings) -> TierOffer:
    identity = find_identity(settings, tier)
    return offer_tier(name, measure_tier(settings, name, tier), identity, digest_asking())
