"""`cargo test` and cargo-nextest.

https://doc.rust-lang.org/book/ch11-01-writing-tests.html and https://nexte.st/docs/reporting/
"""

import re
from collections.abc import Iterator

from bot.failures.blocks import Lines, find_blocks, make_failure
from bot.failures.model import Found

HEADER = re.compile(r"^---- (?P<test>\S.*?) std(?:out|err) ----$")
END = re.compile(r"^(?:failures:|test result: .*|error: .*|\s+Summary \[.*)$")
PANIC = re.compile(r"^\s*thread '(?P<test>[^'\n]{1,400})' (?:\(\d+\) )?panicked at ")
BACKTRACE = re.compile(r"^\s*(?:stack backtrace:|note: run with `RUST_BACKTRACE)")
BACKTRACE_LINE = re.compile(r"^\s*(?:\d+: |at )|^\s*note: ")


def read_cargo(lines: Lines) -> Iterator[Found]:
    taken: set[int] = set()
    for found, first, end in find_blocks(lines, HEADER, END):
        taken.update(range(first, end))
        titles = found["test"].split("::") if " - " not in found["test"] else [found["test"]]
        body = _without_backtrace(lines[first + 1 : end])
        yield Found(make_failure(titles, body, separator="::"), first, end)
    for found, first, end in find_blocks(lines, PANIC, END):
        if first not in taken:
            titles = () if found["test"] == "main" else found["test"].split("::")
            body = _without_backtrace(lines[first:end])
            yield Found(make_failure(titles, body, separator="::"), first, end)


def _without_backtrace(body: Lines) -> list[str]:
    """The numbered functions go, the files stay as places."""
    start = next((at for at, line in enumerate(body) if BACKTRACE.match(line)), len(body))
    stack = [line for line in body[start:] if line.lstrip().startswith("at ")]
    rest = [line for line in body[start:] if not BACKTRACE_LINE.match(line)]
    return [*body[:start], *(rest[1:] if start < len(body) else []), *stack]
