"""What is not worth a parse, or not safe to parse: decided by size alone, so always the same.

tree-sitter has no bound of its own on time or memory, and its error recovery may take
quadratic time or never end: https://github.com/tree-sitter/tree-sitter/issues/3393
"""

import re
import time
from collections.abc import Callable
from itertools import accumulate
from types import MappingProxyType

MAX_BYTES = 1_000_000
MAX_LINE_BYTES = 10_000
"""Bytes. Longer lines are data or minified code."""
MAX_MEAN_LINE_BYTES = 300
"""Bytes a line, over the whole file, above which a file of more than one screen is minified."""
SCREEN_BYTES = 8_000
MAX_DEPTH = 200
"""Brackets open at once; what people write stays under 50."""
BRACKETS = b"([{)]}"
_NOT_BRACKETS = bytes(set(range(256)) - set(BRACKETS))
_DEPTH_CHANGE = [1 if byte in b"([{" else -1 for byte in range(256)]


def is_minified(body: bytes) -> bool:
    size = len(body)
    return size > SCREEN_BYTES and size > MAX_MEAN_LINE_BYTES * (body.count(b"\n") + 1)


def is_parsable(language: str, body: bytes) -> bool:
    """False for what is too long, minified or nested beyond what people write."""
    size = len(body)
    if is_parser_trap(language, body):
        return False
    if size > MAX_BYTES or is_minified(body):
        return False
    if size > MAX_LINE_BYTES and max(map(len, body.split(b"\n"))) > MAX_LINE_BYTES:
        return False
    return size <= MAX_DEPTH or _depth(body) <= MAX_DEPTH


def _depth(body: bytes) -> int:
    brackets = body.translate(None, _NOT_BRACKETS)
    return max(accumulate(map(_DEPTH_CHANGE.__getitem__, brackets), initial=0))


# The parser asks its callback once in OP_COUNT_PER_PARSER_CALLBACK_CHECK (100) operations and
# never inside of one: https://github.com/tree-sitter/tree-sitter/blob/master/lib/src/parser.c.
# So a single slow operation runs past any limit: what leads to those is refused before a parse.
BASE_STEPS = 100
STEPS_PER_KB = 40
"""Calls of the callback that a parse may take; real code needs at most 25 a kilobyte."""
MAX_PARSE_SECONDS = 5.0
"""Of the thread's own time. The last resort, for files that make single steps slow."""


def step_limit(size: int) -> Callable[..., bool]:
    """A progress callback that stops the parser after a number of steps.

    It counts first: the same bytes are stopped at the same place on any machine.
    """
    left = BASE_STEPS + STEPS_PER_KB * size // 1000
    until = time.thread_time() + MAX_PARSE_SECONDS

    def stop(*_: object) -> bool:
        nonlocal left
        left -= 1
        return left < 0 or time.thread_time() > until

    return stop


REPETITION_LIMITS: MappingProxyType[str, tuple[tuple[re.Pattern[bytes], int], ...]] = (
    MappingProxyType(
        {
            # an operator before a starred value
            "python": ((re.compile(rb"[%|^&/]\s*\*"), 300),),
            # an arrow without its parameters
            "java": ((re.compile(rb"=>"), 300),),
            # strings inside strings: at 1,024 the parser ends the process; annotations of nothing
            "kotlin": ((re.compile(rb"\$\{"), 1_000), (re.compile(rb"@"), 2_000)),
        }
    )
)
MAX_UNCLOSED_GENERICS = 1_000
"""`<` more than `>`: type arguments that never end. Comparisons and shifts count too."""
GENERIC_LANGUAGES = frozenset({"csharp", "java", "typescript", "tsx", "cpp"})
MAX_UNENDED_COMMENTS = 200
"""Comments begun more than ended: for each the lexer reads on to the end of the file."""
BLOCK_COMMENTS = MappingProxyType(
    {"ruby": (b"=begin", b"=end"), "python": (b"", b""), "bash": (b"", b"")}
)
C_COMMENT = (b"/*", b"*/")


def is_parser_trap(language: str, body: bytes) -> bool:
    if (
        language in GENERIC_LANGUAGES
        and body.count(b"<") - body.count(b">") > MAX_UNCLOSED_GENERICS
    ):
        return True
    begun, ended = BLOCK_COMMENTS.get(language, C_COMMENT)
    if begun and body.count(begun) - body.count(ended) > MAX_UNENDED_COMMENTS:
        return True
    return any(
        len(body) > most and sum(1 for _ in pattern.finditer(body)) > most
        for pattern, most in REPETITION_LIMITS.get(language, ())
    )
