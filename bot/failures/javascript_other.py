"""What Bun, Deno, Jasmine and Playwright print for people."""

import re
from collections.abc import Iterator

from bot.failures.blocks import Lines, find_blocks, make_failure
from bot.failures.model import Found, Place
from bot.failures.places import find_places

# https://bun.com/docs/test: the error, then the test
BUN = re.compile(
    r"^(?P<mark>\u2713|\u2717|\(pass\)|\(fail\)|\(skip\)|\(todo\)) (?P<title>.+?)"
    r"(?: \[[\d.]+m?s\])?$"
)
BUN_FILE = re.compile(r"^(?P<path>[\w./@+-]{1,400}\.\w{1,8}):$")
BUN_FAILED = frozenset({"\u2717", "(fail)"})
# https://docs.deno.com/runtime/fundamentals/testing/
DENO = re.compile(r"^(?P<title>\S.{0,400}?) => (?P<place>\S{1,400}:\d+:\d+)$")
# https://jasmine.github.io/
JASMINE_START = re.compile(r"^Failures:$")
JASMINE = re.compile(r"^\d+\) (?P<title>.+)$")
JASMINE_END = re.compile(r"^(?:\d+ specs?, |Pending:|Finished in )")
JASMINE_WORDS = frozenset({"Message:", "Stack:"})
# https://playwright.dev/docs/test-reporters
PLAYWRIGHT = re.compile(
    r"^ {2,4}\d+\) (?:\[[^\]\n]{1,60}\] \u203a )?"
    r"(?P<path>[\w./\\@+-]{1,400}\.\w{1,8}):(?P<line>\d{1,7}):\d+ \u203a (?P<titles>.+?)[ \u2500]*$"
)
PLAYWRIGHT_END = re.compile(r"^ {2}\d+ (?:failed|passed|flaky|skipped)")


def read_bun(lines: Lines) -> Iterator[Found]:
    start = 0
    path = ""
    for at, line in enumerate(lines):
        if named := BUN_FILE.match(line):
            path, start = named["path"], at + 1
        elif path and (found := BUN.match(line)):
            if found["mark"] in BUN_FAILED:
                titles = found["title"].split(" > ")
                failure = make_failure(titles, lines[start:at], [Place(path)])
                yield Found(failure, start, at + 1)
            start = at + 1


def read_deno(lines: Lines) -> Iterator[Found]:
    """What stands between its two headings: the second only lists the names again."""
    words = [line.strip() for line in lines]
    start = words.index("ERRORS") if "ERRORS" in words else len(lines)
    stop = words.index("FAILURES", start) if "FAILURES" in words[start:] else len(lines)
    for found, first, end in find_blocks(lines[start:stop], DENO):
        titles = found["title"].split(" ... ")
        body, places = lines[start + first + 1 : start + end], find_places(found["place"])
        yield Found(make_failure(titles, body, places), start + first, start + end)


def read_jasmine(lines: Lines) -> Iterator[Found]:
    start = next((at for at, line in enumerate(lines) if JASMINE_START.match(line)), len(lines))
    for found, first, end in find_blocks(lines[start:], JASMINE, JASMINE_END):
        body = [x for x in lines[start + first + 1 : start + end] if x.strip() not in JASMINE_WORDS]
        yield Found(make_failure([found["title"]], body), start + first, start + end)


def read_playwright(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, PLAYWRIGHT, PLAYWRIGHT_END):
        place = Place(found["path"], int(found["line"]))
        titles = found["titles"].split(" \u203a ")
        yield Found(make_failure(titles, lines[first + 1 : end], [place]), first, end)
