"""What node's own runner, Mocha, Jest and Vitest print for people."""

import re
from collections.abc import Iterator

from bot.failures.blocks import Lines, find_blocks, make_failure
from bot.failures.model import Found, Place
from bot.failures.places import find_places

# https://nodejs.org/api/test.html#test-reporters: `spec`, which ends in a list of the failures
NODE_TITLE = re.compile(r"^(?P<indent> *)\u2716 (?P<title>.+?)(?: \([\d.]+ms\))?(?: # .*)?$")
NODE_GROUP = re.compile(r"^(?P<indent> *)\u25b6 (?P<title>.+?)(?: \([\d.]+ms\))?$")
NODE_SUMMARY = re.compile(r"^\u2716 failing tests:$")
NODE_AT = re.compile(r"^test at (?P<place>\S.*)$")
NODE_END = re.compile(r"^\s*[\u2714\u25b6\ufe63\u2139] ")


def read_node_spec(lines: Lines) -> Iterator[Found]:
    summary = next((at for at, line in enumerate(lines) if NODE_SUMMARY.match(line)), None)
    if summary is not None:
        for found, first, end in find_blocks(lines[: len(lines)], NODE_AT):
            if first > summary and first + 1 < end:
                titled = NODE_TITLE.match(lines[first + 1])
                body = lines[first + 2 : end]
                if titled and any(line.strip() for line in body):
                    places = find_places(found["place"])
                    failure = make_failure([titled["title"]], body, places)
                    yield Found(failure, first, end)
        return
    if any(NODE_GROUP.match(line) or line.startswith("\u2139 tests ") for line in lines):
        yield from _read_node_tree(lines)


def _read_node_tree(lines: Lines) -> Iterator[Found]:
    """Each failure in its place: the body is indented more than the title."""
    groups: list[tuple[int, str]] = []
    blocks = {first: end for _, first, end in find_blocks(lines, NODE_TITLE, NODE_END)}
    for at, line in enumerate(lines):
        found = NODE_GROUP.match(line) or NODE_TITLE.match(line)
        if not found:
            continue
        indent = len(found["indent"])
        while groups and groups[-1][0] >= indent:
            groups.pop()
        body = lines[at + 1 : blocks.get(at, at + 1)]
        if any(each.strip() for each in body):
            titles = [*(title for _, title in groups), found["title"]]
            yield Found(make_failure(titles, body), at, blocks[at])
        groups.append((indent, found["title"]))


# https://mochajs.org/#spec: after the count each failure with its titles, one deeper than the other
MOCHA_COUNT = re.compile(r"^\s+\d+ failing$")
MOCHA_TITLE = re.compile(r"^  \d+\) (?P<title>.*)$")
MAX_TITLES = 12


def read_mocha(lines: Lines) -> Iterator[Found]:
    start = next((at for at, line in enumerate(lines) if MOCHA_COUNT.match(line)), len(lines))
    for found, first, end in find_blocks(lines[start:], MOCHA_TITLE):
        titles, body = [found["title"]], start + first + 1
        while not titles[-1].endswith(":") and body < start + end and len(titles) < MAX_TITLES:
            if not lines[body].strip():
                break
            titles.append(lines[body].strip())
            body += 1
        titles[-1] = titles[-1].removesuffix(":")
        # Its own lines stand five blanks in, an error's further lines as the error has them.
        said = [line.removeprefix("     ") for line in lines[body : start + end]]
        yield Found(make_failure(titles, said), start + first, start + end)


# https://jestjs.io/docs/cli
JEST_TITLE = re.compile(r"^  \u25cf (?P<title>.+)$")
JEST_END = re.compile(r"^(?:(?:PASS|FAIL)\b|Test Suites:|Summary of all failing tests)")
JEST_FILE = re.compile(r"^FAIL\s+(?:\S+\s+)?(?P<path>[\w./\\@+-]+\.\w+)")
NOT_A_TEST = frozenset({"Console", "Test suite failed to run"})


def read_jest(lines: Lines) -> Iterator[Found]:
    files = [(at, m["path"]) for at, line in enumerate(lines) if (m := JEST_FILE.match(line))]
    if not files:
        return
    for found, first, end in find_blocks(lines, JEST_TITLE, JEST_END):
        path = next((path for at, path in reversed(files) if at < first), "")
        titles = found["title"].split(" \u203a ")
        if titles != ["Console"]:
            named = () if titles[0] in NOT_A_TEST else titles
            places = [Place(path)] if path else []
            yield Found(make_failure(named, lines[first + 1 : end], places), first, end)


# https://vitest.dev/guide/reporters
VITEST_TITLE = re.compile(
    r"^ ?FAIL  ?(?:\|[^|]{1,60}\| )?(?P<path>[^\s>\[]{1,400}\.\w{1,8})(?P<titles> > .+| \[.*\])$"
)
VITEST_END = re.compile(r"^\u23af{3,}|^ Test Files ")


def read_vitest(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, VITEST_TITLE, VITEST_END):
        named = found["titles"].startswith(" > ")
        titles = found["titles"].split(" > ")[1:] if named else []
        body = lines[first + 1 : end]
        yield Found(make_failure(titles, body, [Place(found["path"])]), first, end)
