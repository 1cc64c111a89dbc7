"""Programs that ended with an exception no test reports: JavaScript, Java, Ruby, a panic of Go."""

import re
from collections.abc import Iterator

from bot.failures.blocks import Lines, make_failure
from bot.failures.model import Found
from bot.failures.places import STACK_LINE, find_places

MESSAGE = re.compile(
    r"^\s*(?:Uncaught |Unhandled exception[.:]? |Exception during run: |Caused by: "
    r"|Exception in thread \"[^\"]{1,99}\" )?"
    r"[\w.$]{0,200}(?:Error|Exception|Failure)\b(?: \[\w+\])?(?:: .*)?$"
)
RUBY = re.compile(r"^\S{1,400}\.rb:\d{1,7}:in [`'][^'\n]{1,200}': (?P<message>.* \([\w:]+\))$")
PANIC = re.compile(r"^(?:panic|fatal error): ")
LOCATION = re.compile(r"^(?:file://)?\S{1,400}\.\w{1,8}:\d{1,7}$")
MAX_MESSAGE_LINES = 30
MAX_STACK_LINES = 100


def read_exceptions(lines: Lines) -> Iterator[Found]:
    """A message with a stack right below it; what node prints above it comes along."""
    at = 0
    while at < len(lines):
        end = _find_stack(lines, at) if lines[at] else 0
        if end:
            above = _find_source(lines, at)
            places = find_places(lines[above]) if above < at else []
            ruby = RUBY.match(lines[at])
            body = [ruby["message"], lines[at], *lines[at + 1 : end]] if ruby else lines[at:end]
            yield Found(make_failure((), body, places), above, end)
        at = max(at + 1, end)


def _find_stack(lines: Lines, at: int) -> int:
    """The end of the exception that begins here; 0 where none does."""
    if RUBY.match(lines[at]) or PANIC.match(lines[at]):
        end = at + 1
        while end < min(len(lines), at + MAX_STACK_LINES) and lines[end].strip():
            end += 1
        return end
    if not MESSAGE.match(lines[at]):
        return 0
    start = at + 1
    while start < min(len(lines), at + MAX_MESSAGE_LINES) and not STACK_LINE.match(lines[start]):
        if MESSAGE.match(lines[start]):
            return 0
        start += 1
    end = start
    while end < min(len(lines), start + MAX_STACK_LINES) and STACK_LINE.match(lines[end]):
        end += 1
    return end if end > start else 0


def _find_source(lines: Lines, at: int) -> int:
    """Node shows the place, the source line and a caret above what was thrown."""
    return next((n for n in range(max(0, at - 6), at) if LOCATION.match(lines[n])), at)
