"""Tests of C, C++ and Swift: GoogleTest, Catch2, doctest, Check, Unity, assert, XCTest, CTest."""

import re
from collections.abc import Iterator, Sequence

from bot.failures.blocks import Lines, find_blocks, make_failure
from bot.failures.model import Failure, Found, Place

# https://google.github.io/googletest/advanced.html
GTEST_RUN = re.compile(r"^\[ RUN +\] (?P<test>\S+)")
GTEST_FAILED = re.compile(r"^\[ +FAILED +\] (?P<test>[^\s,]+)")
# https://github.com/catchorg/Catch2/blob/devel/docs/command-line.md
CATCH = re.compile(r"^(?P<path>\S.{0,400}?):(?P<line>\d{1,7}): (?:FAILED:|ERROR: )")
CATCH_END = re.compile(r"^(?:-{20,}|={20,})$")
RULE = re.compile(r"^(?:-{20,}|={20,})$")
DOCTEST_TITLE = re.compile(r"^TEST CASE: +(?P<title>.+)$")
# One line each: Check, Unity, assert.h, XCTest.
# https://libcheck.github.io/check/doc/check_html/check_3.html and
# https://github.com/ThrowTheSwitch/Unity/blob/master/docs/UnityHelperScriptsGuide.md
_FILE = r"(?P<path>[^\s:]{1,400}):(?P<line>\d{1,7}):"
JQ = re.compile(r"^\*\*\* .{1,2000}? for test at line number (?P<line>\d{1,7}): (?P<test>.*)$")
ONE_LINE = (
    re.compile(rf"^{_FILE}[FE]:[^:]{{0,200}}:(?P<test>[^:]{{1,200}}):\d+: (?P<message>.*)$"),
    re.compile(rf"^{_FILE}(?P<test>\w{{1,200}}):FAIL(?:: (?P<message>.*))?$"),
    re.compile(
        rf"^[^\s:]{{1,400}}: {_FILE} (?P<test>[^:]{{1,200}}): (?P<message>Assertion [`'].*)$"
    ),
    re.compile(
        rf"^{_FILE} error: -?\[?(?:[\w.]{{1,200}}[ .])?(?P<test>\w{{1,200}})\]? : (?P<message>.*)$"
    ),
    re.compile(
        rf"^\W{{0,4}}Test (?P<test>.{{1,200}}?) recorded an issue at {_FILE}\d+: (?P<message>.*)$"
    ),
)
# https://cmake.org/cmake/help/latest/manual/ctest.1.html
CTEST = re.compile(r"^\s*\d+/\d+ Test\s+#\d+: (?P<test>\S+) \.+ *\*\*\*(?P<how>\S.*?)\s+[\d.]+ sec")
CTEST_END = re.compile(r"^\s*(?:Start +\d+: |\d+/\d+ Test +#|\d+% tests passed|Test project )")


def read_gtest(lines: Lines) -> Iterator[Found]:
    started: tuple[str, int] | None = None
    for at, line in enumerate(lines):
        if found := GTEST_RUN.match(line):
            started = found["test"], at
        elif (found := GTEST_FAILED.match(line)) and started and found["test"] == started[0]:
            titles = started[0].split(".", 1)
            yield Found(
                make_failure(titles, lines[started[1] + 1 : at], separator="."), started[1], at + 1
            )
            started = None


def read_catch(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, CATCH, CATCH_END):
        titles = [title] if (title := _catch_title(lines[max(0, first - 12) : first])) else []
        body = [line for line in lines[first + 1 : end] if line.strip()]
        place = Place(found["path"], int(found["line"]))
        rest = lines[first][found.end() :].strip()
        yield Found(make_failure(titles, [rest, *body], [place]), first, end)


def _catch_title(before: Sequence[str]) -> str:
    """What stands after the last rule: of Catch2 between two rules, of doctest after its words."""
    for at in range(len(before) - 1, -1, -1):
        if titled := DOCTEST_TITLE.match(before[at]):
            return titled["title"]
        if RULE.match(before[at]) and at >= 2:  # noqa: PLR2004 - the title's line and the rule above
            above = [line.strip() for line in before[:at]]
            rules = [n for n, line in enumerate(above) if RULE.match(line)]
            return above[rules[-1] + 1] if rules and rules[-1] + 1 < len(above) else ""
    return ""


def read_one_line(lines: Lines) -> Iterator[Found]:
    for at, line in enumerate(lines):
        for pattern in ONE_LINE if line else ():
            if found := pattern.match(line):
                place = Place(found["path"], int(found["line"]), found["test"])
                message = found["message"] or line
                yield Found(Failure((found["test"],), (message,), (place,)), at, at + 1)
                break


def read_jq(lines: Lines) -> Iterator[Found]:
    """`jq --run-tests`: https://jqlang.org/manual/#invoking-jq.

    Names no file, and the line behind the case's program.
    """
    for at, line in enumerate(lines):
        if found := JQ.match(line):
            yield Found(Failure((found["test"].strip(),), (line,)), at, at + 1)


def read_ctest(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, CTEST, CTEST_END):
        body = [f"{found['test']}: {found['how']}", *lines[first + 1 : end]]
        yield Found(make_failure([found["test"]], body), first, end)
