"""Signs that an attempt goes nowhere, read from what happened and never from the clock."""

from runners.stall.runaway import RUNAWAY, loop
from runners.stall.signals import SENTENCES, Try, read, sentence
from runners.stall.stream import PROFILE, Profile, stuck
from runners.stall.watching import watch

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
