"""Maven Surefire, Gradle, ScalaTest and MUnit.

https://maven.apache.org/surefire/maven-surefire-plugin/ and
https://docs.gradle.org/current/userguide/java_testing.html#test_reporting
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.failures.blocks import Lines, find_blocks, make_failure
from bot.failures.model import Failure, Found, Place

SUREFIRE = re.compile(
    r"^(?:\[ERROR\] )?\s*(?!Tests run)(?P<test>[\w.$]+(?:\([^)]*\))?\S*|[^\s\[].{0,300}?)\s+"
    r"(?:-- )?Time elapsed: [\d.,]+ s(?:ec)?\s+<<< (?:FAILURE|ERROR)!"
)
SUREFIRE_END = re.compile(r"^(?:\[(?:ERROR|INFO|WARNING)\]|Tests run:|Running |Results)")
OLD_NAME = re.compile(r"^(?P<test>[^()\s]+)\((?P<owner>[\w.$]+)\)$")
# In the results: `[ERROR]   CartTest.total:12->check:30 expected: ...`
RESULT = re.compile(
    r"^(?:\[ERROR\] )? {2}(?P<owner>[A-Z][\w$]{0,200})\.(?P<test>[\w$]{1,200})(?:\S{0,60})?"
    r":(?P<line>\d{1,7})(?:->\S{1,200})? (?P<message>.+)$"
)
GRADLE = re.compile(r"^(?P<titles>\S.{0,400}? > .{1,400}) FAILED$")
GRADLE_END = re.compile(r"^\S")
GRADLE_AT = re.compile(r"^(?P<message>.*) at (?P<file>[\w$-]+\.\w+):(?P<line>\d+)$")
SCALATEST = re.compile(r"^(?:\[info\] )?\s*- (?P<title>.+) \*\*\* FAILED \*\*\*")
SCALATEST_END = re.compile(r"^(?:\[info\] )?\s*(?:- |Run completed|\[error\])|^\[error\]")
MUNIT = re.compile(r"^(?:\[error\] )?==> X (?P<title>\S.*?)\s+[\d.]+s ?(?P<rest>.*)$")
MUNIT_END = re.compile(r"^(?:\[error\] )?(?:==> |Failed: )|^\[info\]")


def read_surefire(lines: Lines) -> Iterator[Found]:
    """The blocks with stacks; where none is printed, the list of results."""
    full = [
        _make_surefire(found, lines, first, end)
        for found, first, end in find_blocks(lines, SUREFIRE, SUREFIRE_END)
    ]
    yield from full
    told = {tuple(map(_bare_name, found.failure.titles[-2:])) for found in full}
    for at, line in enumerate(lines):
        if (found := RESULT.match(line)) and (found["owner"], found["test"]) not in told:
            place = Place(f"{found['owner']}.java", int(found["line"]), found["test"])
            titles = (found["owner"], found["test"])
            yield Found(Failure(titles, (found["message"],), (place,), "."), at, at + 1)


def _make_surefire(found: re.Match[str], lines: Lines, first: int, end: int) -> Found:
    titles = _split_test(found["test"])
    return Found(make_failure(titles, lines[first + 1 : end], separator="."), first, end)


def _bare_name(title: str) -> str:
    """`com.example.CartTest` and `many(int)[1]` as the results have them."""
    stem = re.split(r"[(\[]", title)[0]
    return stem.rpartition(".")[2]


def _split_test(name: str) -> tuple[str, ...]:
    if old := OLD_NAME.match(name):
        return old["owner"], old["test"]
    owner, _, test = name.rpartition(".")
    return (owner, test) if owner else (name,)


def read_gradle(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, GRADLE, GRADLE_END):
        titles = found["titles"].split(" > ")
        failure = make_failure(titles, lines[first + 1 : end])
        if failure.message and (short := GRADLE_AT.match(failure.message[0])):
            place = Place(short["file"], int(short["line"]))
            failure = replace(failure, places=(place, *failure.places))
        yield Found(failure, first, end)


def read_scala(lines: Lines) -> Iterator[Found]:
    for header, stop in ((SCALATEST, SCALATEST_END), (MUNIT, MUNIT_END)):
        for found, first, end in find_blocks(lines, header, stop):
            body = [
                line.removeprefix("[info]").removeprefix("[error]")
                for line in (found.groupdict().get("rest") or "", *lines[first + 1 : end])
            ]
            yield Found(make_failure([found["title"]], body), first, end)
