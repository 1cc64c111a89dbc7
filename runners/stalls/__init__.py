"""Signs that an attempt goes nowhere, read from what happened and never from the clock."""

from runners.stalls.between_attempts import SENTENCES, Try, read, sentence
from runners.stalls.repetition import RUNAWAY, loop
from runners.stalls.watch import watch
from runners.stalls.while_streaming import PROFILE, Profile, stuck

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
