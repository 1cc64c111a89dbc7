"""Every format of failures that is read, in the order in which they are asked.

A format is asked only where one of its `words` stands in the output: no line that it reads is
without. So a text costs one look for each word, and not one at each line for each format.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from bot.failures.blocks import Lines
from bot.failures.compilers import read_columns, read_compilers
from bot.failures.dotnet import read_dotnet
from bot.failures.exceptions import read_exceptions
from bot.failures.go_test import read_go
from bot.failures.javascript import read_jest, read_mocha, read_node_spec, read_vitest
from bot.failures.javascript_other import (
    read_bun,
    read_deno,
    read_jasmine,
    read_playwright,
)
from bot.failures.junit_xml import read_junit_xml
from bot.failures.jvm import read_gradle, read_scala, read_surefire
from bot.failures.model import Found
from bot.failures.native import read_catch, read_ctest, read_gtest, read_jq, read_one_line
from bot.failures.php import read_pest, read_phpunit, read_testdox
from bot.failures.pytest_report import read_pytest
from bot.failures.python_trace import read_tracebacks, read_unittest
from bot.failures.ruby import read_exunit, read_minitest, read_rspec, read_rspec_loading
from bot.failures.rust import read_cargo
from bot.failures.tap import read_tap


class Format(NamedTuple):
    read: Callable[[Lines], Iterator[Found]]
    words: tuple[str, ...]

    def may_be_in(self, text: str) -> bool:
        return any(word in text for word in self.words)


COMPILERS = Format(read_compilers, ("error", "[ERROR] ", "e: ", ".go:", "--> "))
TEST_FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "pytest": Format(
            read_pytest, ("= FAILURES =", "= ERRORS =", "= short test summary info =")
        ),
        "unittest": Format(read_unittest, ("FAIL: ", "ERROR: ")),
        "node": Format(read_node_spec, ("\u2716 ",)),
        "tap": Format(read_tap, ("not ok",)),
        "mocha": Format(read_mocha, (" failing",)),
        "jest": Format(read_jest, ("  \u25cf ",)),
        "vitest": Format(read_vitest, ("FAIL ",)),
        "bun": Format(read_bun, ("\u2717 ", "(fail) ")),
        "deno": Format(read_deno, (" => ",)),
        "jasmine": Format(read_jasmine, ("Failures:",)),
        "playwright": Format(read_playwright, (" \u203a ",)),
        "go": Format(read_go, ("--- FAIL: ",)),
        "cargo": Format(read_cargo, ("---- ", " panicked at ")),
        "exunit": Format(read_exunit, (") test ", ") doctest ", ") property ")),
        "rspec": Format(read_rspec, ("Failures:",)),
        "rspec loading": Format(read_rspec_loading, ("An error occurred while loading ",)),
        "minitest": Format(read_minitest, ("Failure:", "Error:")),
        "phpunit": Format(read_phpunit, ("::",)),
        "testdox": Format(read_testdox, (" \u2718 ",)),
        "pest": Format(read_pest, ("FAILED",)),
        "surefire": Format(read_surefire, ("<<< ", "  ")),
        "gradle": Format(read_gradle, (" FAILED",)),
        "scala": Format(read_scala, (" *** FAILED ***", "==> X ")),
        "dotnet": Format(read_dotnet, ("Failed ", "X ")),
        "gtest": Format(read_gtest, ("FAILED",)),
        "catch": Format(read_catch, (": FAILED:", ": ERROR:")),
        "one line": Format(
            read_one_line,
            (":F:", ":E:", ":FAIL", ": Assertion ", ": error: ", " recorded an issue at "),
        ),
        "jq": Format(read_jq, (" for test at line number ",)),
        "junit xml": Format(read_junit_xml, ("<failure", "<error")),
    }
)
"""What reports tests. A line belongs to the first that reads it."""
OTHER_FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "compilers": COMPILERS,
        "columns": Format(read_columns, (":",)),
        "tracebacks": Format(read_tracebacks, ("Traceback (most recent call last):",)),
        "exceptions": Format(
            read_exceptions, ("Error", "Exception", "Failure", "panic: ", "fatal error: ", ".rb:")
        ),
        "ctest": Format(read_ctest, (" Test",)),
    }
)
"""What else says where it failed. Asked one after another until one finds something."""
