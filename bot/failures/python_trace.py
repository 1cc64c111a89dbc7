"""Python's tracebacks, and the report of unittest around them.

https://docs.python.org/3.11/library/traceback.html#traceback-examples
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.failures.blocks import Lines, find_blocks
from bot.failures.model import Failure, Found, Place
from bot.failures.places import PYTHON_FRAME, dedent, find_places, is_foreign

TRACE = re.compile(r"^ *Traceback \(most recent call last\):$")
CHAINED = re.compile(
    r"^(?:During handling of the above exception|The above exception was the direct cause)"
)
# https://docs.python.org/3.11/library/unittest.html
HEADER = re.compile(
    r"^(?:FAIL|ERROR): (?P<test>\w+)(?: \((?P<where>[\w.<>]+)\))?(?P<sub> [\[(].*)?$"
)
RULE = re.compile(r"^(?:={70}|-{70})$")
END = re.compile(r"^={70}$|^Ran \d+ tests? in ")
NOT_LOADED = "unittest.loader._FailedTest"


def read_trace(lines: Lines) -> Failure:
    """Frames with their source, innermost first, and all that is said between and after them."""
    message: list[str] = []
    places: list[Place] = []
    after_frame = False
    for line in lines:
        if PYTHON_FRAME.match(line):
            places += find_places(line)
            after_frame = True
        elif after_frame and line.startswith("    ") and not is_marker(line):
            places[-1] = replace(places[-1], source=line.strip())
            after_frame = False
        elif is_marker(line) or TRACE.match(line) or line.lstrip().startswith("[Previous line rep"):
            continue
        else:
            after_frame = False
            message.append(line)
    own = [place for place in places if not is_foreign(place)]
    return Failure((), tuple(dedent(message)), tuple(reversed(own or places[-1:])), ".")


def is_marker(line: str) -> bool:
    """The line of `^^^^` below a source line.

    https://peps.python.org/pep-0657/
    """
    text = line.strip()
    return bool(text) and not text.strip("~^") and line.startswith("    ")


def read_unittest(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, HEADER, END):
        body = lines[first + 1 : end]
        rule = next((at for at, line in enumerate(body[:8]) if RULE.match(line)), None)
        if rule is None:
            continue
        last = next((at for at in range(rule + 1, len(body)) if RULE.match(body[at])), len(body))
        failure = read_trace(body[rule + 1 : last])
        where, test = found["where"] or "", found["test"]
        if where.startswith(NOT_LOADED):
            titles: tuple[str, ...] = ()
        else:
            owner = where.removesuffix(f".{test}")
            titles = (*owner.split(".")[-1:], f"{test}{found['sub'] or ''}")
        yield Found(replace(failure, titles=tuple(filter(None, titles))), first, end)


def read_tracebacks(lines: Lines) -> Iterator[Found]:
    """Tracebacks that no test's report holds; of a chain all that belongs together."""
    at = 0
    while at < len(lines):
        if not TRACE.match(lines[at]):
            at += 1
            continue
        end = _find_end(lines, at + 1)
        failure = read_trace(lines[at:end])
        own = [place.function for place in failure.places if place.function.startswith("test")]
        yield Found(replace(failure, titles=tuple(own[-1:])), at, end)
        at = end


def _find_end(lines: Lines, start: int) -> int:
    """Behind the exception's own line and what of its message follows it."""
    at = start
    while at < len(lines) and (lines[at].startswith(" ") or PYTHON_FRAME.match(lines[at])):
        at += 1
    at += 1
    while at < len(lines) and lines[at].strip() and not TRACE.match(lines[at]):
        if re.match(r"^(?:FAIL|ERROR|={5}|-{5}|_{5}|\S+:\d+: )", lines[at]):
            return at
        at += 1
    following = lines[at + 1 : at + 4]
    if any(CHAINED.match(line) for line in following):
        start_again = next(
            (at + n for n, line in enumerate(lines[at : at + 6]) if TRACE.match(line)), None
        )
        return _find_end(lines, start_again + 1) if start_again else at
    return min(at, len(lines))
