"""PHPUnit, plain and with --testdox, and Pest.

https://docs.phpunit.de/en/11.5/textui.html
"""

import re
from collections.abc import Iterator

from bot.failures.blocks import Lines, find_blocks, make_failure
from bot.failures.model import Found

PHPUNIT = re.compile(r"^\d+\) (?P<owner>[\w\\]+)::(?P<test>\S.*)$")
PHPUNIT_END = re.compile(r"^(?:--|FAILURES!|ERRORS!|WARNINGS!|Tests: .*|OK.*)$")
TESTDOX = re.compile(r"^ \u2718 (?P<title>.+?)(?: \[[\d.]+ ?m?s\])?$")
TESTDOX_END = re.compile(r"^(?! +\u2502)")
PEST = re.compile(r"^\s+FAILED\s+(?P<title>\S.*?)(?:\s{2,}\S+)?$")
PEST_END = re.compile(r"^\s+Tests:\s")


def read_phpunit(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, PHPUNIT, PHPUNIT_END):
        titles = [found["owner"], found["test"]]
        yield Found(make_failure(titles, lines[first + 1 : end], separator="::"), first, end)


def read_testdox(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, TESTDOX, TESTDOX_END):
        body = [
            line.strip().removeprefix("\u2502").removeprefix(" ") for line in lines[first + 1 : end]
        ]
        if body:
            yield Found(make_failure([found["title"]], body), first, end)


def read_pest(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, PEST, PEST_END):
        titles = found["title"].split(" > ")
        yield Found(make_failure(titles, lines[first + 1 : end]), first, end)
