"""Signs that an attempt goes nowhere, read from what happened and never from the clock."""

from runners.stalls.between_attempts import SENTENCES, Try, read, sentence
from runners.stalls.while_streaming import PROFILE, RUNAWAY, Profile, loop, stuck, watch

__all__ = [
    "PROFILE",
    "RUNAWAY",
    "SENTENCES",
    "Profile",
    "Try",
    "loop",
    "read",
    "sentence",
    "stuck",
    "watch",
]
