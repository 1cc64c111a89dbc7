"""Every failure in a check's output: one reader for each format, all asked in a fixed order."""

from collections.abc import Callable, Iterator, Mapping
from itertools import islice
from types import MappingProxyType

from bot.failures.blocks import Lines
from bot.failures.compilers import read_columns, read_compilers
from bot.failures.dotnet import read_dotnet
from bot.failures.exceptions import read_exceptions
from bot.failures.go_test import expand_events, read_go
from bot.failures.javascript import read_jest, read_mocha, read_node_spec, read_vitest
from bot.failures.javascript_other import (
    read_bun,
    read_deno,
    read_jasmine,
    read_playwright,
)
from bot.failures.junit_xml import read_junit_xml
from bot.failures.jvm import read_gradle, read_scala, read_surefire
from bot.failures.model import MAX_FAILURES, Failure, Found, Reading, bound_failure
from bot.failures.native import read_catch, read_ctest, read_gtest, read_jq, read_one_line
from bot.failures.php import read_pest, read_phpunit, read_testdox
from bot.failures.pytest_report import read_pytest
from bot.failures.python_trace import read_tracebacks, read_unittest
from bot.failures.ruby import read_exunit, read_minitest, read_rspec, read_rspec_loading
from bot.failures.rust import read_cargo
from bot.failures.tap import read_tap
from bot.failures.terminal import clean_output

Reader = Callable[[Lines], Iterator[Found]]
TEST_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "pytest": read_pytest,
        "unittest": read_unittest,
        "node": read_node_spec,
        "tap": read_tap,
        "mocha": read_mocha,
        "jest": read_jest,
        "vitest": read_vitest,
        "bun": read_bun,
        "deno": read_deno,
        "jasmine": read_jasmine,
        "playwright": read_playwright,
        "go": read_go,
        "cargo": read_cargo,
        "exunit": read_exunit,
        "rspec": read_rspec,
        "rspec loading": read_rspec_loading,
        "minitest": read_minitest,
        "phpunit": read_phpunit,
        "testdox": read_testdox,
        "pest": read_pest,
        "surefire": read_surefire,
        "gradle": read_gradle,
        "scala": read_scala,
        "dotnet": read_dotnet,
        "gtest": read_gtest,
        "catch": read_catch,
        "one line": read_one_line,
        "jq": read_jq,
        "junit xml": read_junit_xml,
    }
)
"""What reports tests. A line belongs to the first that reads it."""
OTHER_READERS: Mapping[str, Reader] = MappingProxyType(
    {
        "compilers": read_compilers,
        "columns": read_columns,
        "tracebacks": read_tracebacks,
        "exceptions": read_exceptions,
        "ctest": read_ctest,
    }
)
"""What else says where it failed. Asked one after another until one finds something."""


def read_failures(output: str) -> tuple[Failure, ...]:
    return read_output(output).failures


def read_output(output: str) -> Reading:
    """The failures in the order they are printed, each once, and the lines that are left."""
    lines = expand_events(clean_output(output))
    found = _read(TEST_READERS, lines)
    compiled = list(islice(read_compilers(lines), MAX_FAILURES))
    found += [each for each in compiled if not _overlaps(each, found)]
    for name, reader in OTHER_READERS.items():
        if not found:
            found = _read({name: reader}, lines)
    return _assemble(lines, found)


def _read(readers: Mapping[str, Reader], lines: Lines) -> list[Found]:
    found: list[Found] = []
    for reader in readers.values():
        new = list(islice(reader(lines), MAX_FAILURES))
        found += [each for each in new if not _overlaps(each, found)]
    return found


def _overlaps(new: Found, found: list[Found]) -> bool:
    return any(new.first < each.end and each.first < new.end for each in found)


def _assemble(lines: Lines, found: list[Found]) -> Reading:
    ordered = sorted(found, key=lambda each: each.first)
    failures = dict.fromkeys(
        bound_failure(each.failure)
        for each in ordered
        if each.failure.titles or any(line.strip() for line in each.failure.message)
    )
    taken: set[int] = set()
    for each in found:
        taken.update(range(each.first, each.end))
    rest = tuple(at for at in range(len(lines)) if at not in taken)
    return Reading(tuple(lines), tuple(failures)[:MAX_FAILURES], rest)
