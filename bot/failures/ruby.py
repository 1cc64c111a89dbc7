"""RSpec and Minitest, and ExUnit, which numbers its failures alike."""

import re
from collections.abc import Iterator
from dataclasses import replace

from bot.failures.blocks import Lines, find_blocks, make_failure
from bot.failures.model import Found, Place
from bot.failures.places import find_places

# https://rspec.info/features/3-13/rspec-core/formatters/
RSPEC_START = re.compile(r"^Failures:$")
NUMBERED = re.compile(r"^ {2,4}(?P<number>\d+)\) (?P<title>.+)$")
RSPEC_END = re.compile(r"^(?:Finished in |Failed examples:|Top \d+ slowest)")
RSPEC_RERUN = re.compile(
    r"^rspec '?(?P<path>\./[^\s:\[']+)(?::(?P<line>\d+)|\[[\d:]+\])'? # (?P<title>.*)$"
)


def read_rspec(lines: Lines) -> Iterator[Found]:
    start = next((at for at, line in enumerate(lines) if RSPEC_START.match(line)), len(lines))
    places = {m["title"]: _example_place(m) for line in lines if (m := RSPEC_RERUN.match(line))}
    for found, first, end in find_blocks(lines[start:], NUMBERED, RSPEC_END):
        known = places.get(found["title"])
        body = lines[start + first + 1 : start + end]
        failure = make_failure([found["title"]], body, [known] if known else [])
        yield Found(failure, start + first, start + end)


def _example_place(found: re.Match[str]) -> Place:
    return Place(found["path"].removeprefix("./"), int(found["line"] or 0))


RSPEC_LOADING = re.compile(r"^An error occurred while loading (?P<path>\./\S+?)\.?$")
RSPEC_LOADING_END = re.compile(r"^(?:No examples found|Finished in |Run options|Failures:)")


def read_rspec_loading(lines: Lines) -> Iterator[Found]:
    """A file that ends before its examples are known."""
    for found, first, end in find_blocks(lines, RSPEC_LOADING, RSPEC_LOADING_END):
        place = Place(found["path"].removeprefix("./"))
        yield Found(make_failure((), lines[first + 1 : end], [place]), first, end)


# https://docs.seattlerb.org/minitest/
MINITEST = re.compile(r"^(?:\s+\d+\) )?(?:Failure|Error):$")
MINITEST_TITLE = re.compile(r"^(?P<test>\S.*?)(?: \[(?P<place>[^\]]+:\d+)\])?:\s*$")
MINITEST_END = re.compile(r"^\d+ (?:runs|tests), |^(?:bin/)?rails test |^rake test ")


def read_minitest(lines: Lines) -> Iterator[Found]:
    for _, first, end in find_blocks(lines, MINITEST, MINITEST_END):
        titled = MINITEST_TITLE.match(lines[first + 1]) if first + 1 < end else None
        if titled:
            places = find_places(titled["place"] or "")
            titles = titled["test"].split("#", 1)
            yield Found(make_failure(titles, lines[first + 2 : end], places, "#"), first, end)


# https://hexdocs.pm/ex_unit/ExUnit.html
EXUNIT = re.compile(r"^ {2,4}\d+\) (?:test|doctest|property) (?P<title>.+) \((?P<module>[\w.]+)\)$")
EXUNIT_END = re.compile(r"^(?:Finished in |\s*\.+$)")


def read_exunit(lines: Lines) -> Iterator[Found]:
    for found, first, end in find_blocks(lines, EXUNIT, EXUNIT_END):
        failure = make_failure([found["module"], found["title"]], lines[first + 1 : end])
        message = tuple(line for line in failure.message if line != "stacktrace:")
        yield Found(replace(failure, message=message), first, end)
