"""How many candidates of a task are asked for side by side."""

from dataclasses import replace

from bot.config.tiers import TierSettings
from bot.models.model_size import find_size
from bot.models.slots import count_tier_slots
from bot.prompts.strategies import SIZES
from runners.build.executors import find_executor
from runners.build.prompt_sources import works_in_turns
from runners.build.results import Attempt, TaskBase, TaskRun


def choose_candidates(run: TaskRun, base: TaskBase) -> TaskBase:
    """The base with the size of the local tier's model, and how many candidates it is asked for.

    It is recorded with it, as a setting may have changed when a killed run goes on.
    """
    tier = run.lane.settings.tiers.get("local")
    if tier is None or base.fault or base.landed_commit:
        return base
    size = find_size(tier)
    if works_in_turns(run.task, tier) or find_executor(run, Attempt(1, "local", 0)):
        # Who works on it for long looks at what came of that, and goes on from there.
        return replace(base, size=size)
    return replace(base, size=size, candidates=count_candidates(tier, SIZES[size].count))


def count_candidates(tier: TierSettings, most: int) -> int:
    """As the setting says, whatever the slots; else as many as there are slots, and `most`."""
    return tier.candidates or min(most, count_tier_slots(tier))
