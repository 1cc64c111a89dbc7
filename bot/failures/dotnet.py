"""`dotnet test` with xUnit, NUnit or MSTest.

https://learn.microsoft.com/dotnet/core/tools/dotnet-test
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.failures.blocks import Lines, find_blocks, make_failure
from bot.failures.model import Found

FAILED = re.compile(r"^\s+(?:Failed|X) (?P<test>\S.*?) \[[^\]]{1,40}\]$")
END = re.compile(
    r"^\s+(?:Passed|Skipped) \S.* \[|^(?:Failed!|Passed!|Total tests:|Test Run |\[xUnit)"
    r"|^\s*Standard Output"
)
HEADINGS = frozenset({"Error Message:", "Stack Trace:"})


def read_dotnet(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, FAILED, END):
        failure = make_failure([_short_name(found["test"])], lines[first + 1 : end])
        message = tuple(line for line in failure.message if line.strip() not in HEADINGS)
        yield Found(replace(failure, message=message), first, end)


def _short_name(test: str) -> str:
    """`Shop.Tests.CartTests.Total(a: 1)` without its name spaces, which no file shows at a test."""
    stem, bracket, rest = test.partition("(")
    return ".".join(stem.split(".")[-2:]) + bracket + rest
