"""How long something takes of the processor, told apart from what else the machine does meanwhile."""

import gc
import re
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TypeVar

from bot.errors import UserError

Result = TypeVar("Result")
TRIES = 5
_WORDS = re.compile(r"\w+(?:'\w+)?")
QUIET_SECONDS = 0.02
"""What finding the words of a text of 900 kB takes where nothing else runs."""
MAX_GROWTH = 8.0
"""Of the time, for four times as much: half-way, by ratio, from its size (4) to its square (16)."""
NOISE_SECONDS = 0.02
"""So little is told apart by chance."""


def require_within(seconds: float, call: Callable[[], Result]) -> Result:
    """What `call` gives. Fails where it takes more of the processor than `seconds` each time.

    Of some tries the least counts, for whatever else runs only adds to it; and on a machine that is
    slow by itself, for its memory and caches are shared, it may take longer by as much.
    """
    result, spent = _time(call)
    most = seconds
    if spent > most:
        spent, most = measure_least(call), seconds * measure_slowness()
    assert spent <= most, f"{spent:.2f} s of the processor; at most {most:.2f} s"
    return result


def measure(call: Callable[[], object]) -> float:
    """Seconds of this thread's processor, of one call; a refusal in words is an end too."""

    def end() -> None:
        with suppress(UserError):
            call()

    return _time(end)[1]


def measure_least(call: Callable[[], object]) -> float:
    return min(measure(call) for _ in range(TRIES))


def find_growth(one: Callable[[], object], four: Callable[[], object]) -> str:
    """Empty where `four`, with four times as much to do, takes no more than in proportion.

    Each pair is measured side by side, so that a slow moment of the machine slows both.
    """
    first = second = 0.0
    for _ in range(TRIES):
        first, second = measure(one), measure(four)
        if second <= max(NOISE_SECONDS, MAX_GROWTH * first):
            return ""
    return f"{first:.3f} s, then {second:.3f} s for four times as much"


def measure_slowness() -> float:
    """How many times slower this machine is now than a quiet one that reads at full speed; >= 1."""
    text = "some words (and more), here; " * 32_000
    spent = min(measure(lambda: _WORDS.findall(text)) for _ in range(3))
    return max(1.0, spent / QUIET_SECONDS)


def _time(call: Callable[[], Result]) -> tuple[Result, float]:
    """Without the garbage collector, which takes as long as all that other tests left behind."""
    gc.disable()
    try:
        began = time.thread_time()
        result = call()
        return result, time.thread_time() - began
    finally:
        gc.enable()
