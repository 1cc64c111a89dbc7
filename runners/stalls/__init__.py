"""Signs that an attempt makes no progress, read from what happened and never from the clock."""

from runners.stalls.between_attempts import (
    STALL_SENTENCES,
    AttemptSummary,
    describe_stall,
    find_stalls,
)
from runners.stalls.while_streaming import (
    DEFAULT_LIMITS,
    RUNAWAY,
    StallLimits,
    create_watch,
    ends_in_loop,
    find_stall,
)

__all__ = [
    "DEFAULT_LIMITS",
    "RUNAWAY",
    "STALL_SENTENCES",
    "AttemptSummary",
    "StallLimits",
    "create_watch",
    "describe_stall",
    "ends_in_loop",
    "find_stall",
    "find_stalls",
]
