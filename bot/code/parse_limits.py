"""What is not worth a parse, or not safe to: told by size alone, so always the same."""

import re
import time
from collections.abc import Callable
from itertools import accumulate
from types import MappingProxyType

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


REPEATED: MappingProxyType[str, tuple[tuple[re.Pattern[bytes], int], ...]] = MappingProxyType(
    {
        # an operator before a starred value
        "python": ((re.compile(rb"[%|^&/]\s*\*"), 300),),
        # an arrow without its parameters
        "java": ((re.compile(rb"=>"), 300),),
        # strings inside strings: at 1,024 the parser ends the process; annotations of nothing
        "kotlin": ((re.compile(rb"\$\{"), 1_000), (re.compile(rb"@"), 2_000)),
    }
)
UNCLOSED = 1_000
"""`<` more than `>`: type arguments that never end. Comparisons and shifts count too."""
GENERIC = frozenset({"csharp", "java", "typescript", "tsx", "cpp"})
UNENDED = 200
"""Comments begun more than ended: for each the lexer reads on to the end of the file."""
COMMENTS = MappingProxyType(
    {"ruby": (b"=begin", b"=end"), "python": (b"", b""), "bash": (b"", b"")}
)
STARRED = (b"/*", b"*/")


def trap(language: str, body: bytes) -> bool:
    if language in GENERIC and body.count(b"<") - body.count(b">") > UNCLOSED:
        return True
    begun, ended = COMMENTS.get(language, STARRED)
    if begun and body.count(begun) - body.count(ended) > UNENDED:
        return True
    return any(
        len(body) > most and sum(1 for _ in pattern.finditer(body)) > most
        for pattern, most in REPEATED.get(language, ())
    )
