"""Detecting attempts that make no progress, from their content and never from elapsed time."""

from runners.stalls.between_attempts import (
    COPIES,
    MONOLOGUE,
    STALL_SENTENCES,
    AttemptSummary,
    describe_stall,
    find_stalls,
    name_outcome,
)
from runners.stalls.between_turns import TurnSummary, find_turn_stall
from runners.stalls.while_streaming import (
    DEFAULT_LIMITS,
    RUNAWAY,
    StallLimits,
    create_watch,
    ends_in_loop,
    find_stall,
)

__all__ = [
    "COPIES",
    "DEFAULT_LIMITS",
    "MONOLOGUE",
    "RUNAWAY",
    "STALL_SENTENCES",
    "AttemptSummary",
    "StallLimits",
    "TurnSummary",
    "create_watch",
    "describe_stall",
    "ends_in_loop",
    "find_stall",
    "find_stalls",
    "find_turn_stall",
    "name_outcome",
]
