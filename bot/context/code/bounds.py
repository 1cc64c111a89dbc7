"""What is not worth a parse, or not safe to: told by size alone, so always the same."""

import time
from collections.abc import Callable
from itertools import accumulate

from bot.context.code.traps import trap

MAX_BYTES = 1_000_000
LONGEST_LINE = 10_000
"""Bytes. Longer lines are data or minified code."""
MEAN_LINE = 300
"""Bytes a line, over the whole file, above which a file of more than one screen is minified."""
SCREEN = 8_000
DEEPEST = 200
"""Brackets open at once; what people write stays under 50."""
BRACKETS = b"([{)]}"
_OTHERS = bytes(set(range(256)) - set(BRACKETS))
_STEP = [1 if byte in b"([{" else -1 for byte in range(256)]


def binary(body: bytes) -> bool:
    return b"\0" in body


def parsable(language: str, body: bytes) -> bool:
    """False for what is too long, minified or nested beyond what people write."""
    size = len(body)
    if trap(language, body):
        return False
    if size > MAX_BYTES or (size > SCREEN and size > MEAN_LINE * (body.count(b"\n") + 1)):
        return False
    if size > LONGEST_LINE and max(map(len, body.split(b"\n"))) > LONGEST_LINE:
        return False
    return size <= DEEPEST or _depth(body) <= DEEPEST


def _depth(body: bytes) -> int:
    brackets = body.translate(None, _OTHERS)
    return max(accumulate(map(_STEP.__getitem__, brackets), initial=0))


STEPS = 100
STEPS_PER_KB = 40
"""Reports of a parser, one each hundred of its steps: real code needs at most 25 a kilobyte."""
SECONDS = 5.0
"""Of the thread's own time. The last resort, for files that make single steps slow."""


def step_limit(size: int) -> Callable[..., bool]:
    """A progress callback that stops the parser after a number of steps.

    It counts first: the same bytes are stopped at the same place on any machine.
    """
    left = STEPS + STEPS_PER_KB * size // 1000
    until = time.thread_time() + SECONDS

    def stop(*_: object) -> bool:
        nonlocal left
        left -= 1
        return left < 0 or time.thread_time() > until

    return stop
