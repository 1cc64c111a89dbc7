"""How one task went that was done again, by one model in one way."""

import hashlib
import json
from dataclasses import dataclass

from bot.config.tiers import DoingTier, Size, StrategyName, Thinking, TierSettings, WorkKind
from bot.evaluation.task_class import FileSize

UNTOLD = frozenset({"wait", "quota_wait", "retries", "timeout", "fallback", "threads", "slots"})
"""Settings of a tier that change how long it takes, and no answer."""
_TOLD = frozenset({"models", "size", "strategies", "candidates", "thinking", "mode"})


@dataclass(frozen=True, slots=True)
class Configuration:
    """Who did it, and how it was asked.

    `model` is a tier's first model as `bot.models.spec.name_model` names it: where a file lies is
    nobody's business. `model_size` is by which the table of `bot.prompts.strategies` is read.
    `strategies` are names of strategies in the order of attempts made one after another; none
    stands for those of the model's size. So many `candidates` were asked for side by side. With
    `in_turns` it worked by tools. `settings` is a digest of the tier's other settings that may
    change an answer or its price (`digest_settings`); empty where that was not told. `prompts` is
    the version of how models are asked (`runners.build.asked_version`), `identity` says which
    weights stood behind the model's name (`bot.models.model_identity`); empty where nobody tells.
    """

    tier: DoingTier
    model: str
    model_size: Size = "small"
    strategies: tuple[StrategyName, ...] = ()
    candidates: int = 1
    thinking: Thinking = "auto"
    in_turns: bool = False
    settings: str = ""
    prompts: str = ""
    identity: str = ""


def digest_settings(tier: TierSettings) -> str:
    """Of what may change an answer or its price and no other field of `Configuration` tells."""
    told = tier.model_dump(mode="json", exclude=set(UNTOLD | _TOLD))
    return hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class ReplayResult:
    """One run of one task by one configuration, judged by the task's checks.

    A run that a machine's fault ended, or whose checks could not run, says nothing about the model
    and is no result.

    `task` is its name within all that is replayed: the job or the set, and the task's id.
    `hidden_passed` is what tests said that it was not shown; None where it has none.
    `attempts` counts candidates one by one. `cost` is in the currency of the tier's prices.
    `run` counts runs of the same task and configuration from 0, and is their seed. `at` is when it
    ended, in seconds since 1970.
    """

    task: str
    kind: WorkKind
    size: FileSize
    language: str
    configuration: Configuration
    run: int
    passed: bool
    hidden_passed: bool | None = None
    attempts: int = 0
    tokens_in: int = 0
    tokens_out: int = 0
    seconds: float = 0.0
    cost: float = 0.0
    at: float = 0.0

    @property
    def is_good(self) -> bool:
        """It passed its checks, and the hidden ones where it has any."""
        return self.passed and self.hidden_passed is not False
