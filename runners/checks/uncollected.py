"""A check that found no test to run, and whether what is about to be written can bring one.

Only what pytest and unittest say is taken for that: other runners print the same where a file of
tests cannot be loaded yet. And only where nothing can bring a test is it told: a plan that is
refused wrongly costs more than an attempt.
"""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from bot.approval.test_scanner import among_tests
from bot.config.repository import CheckCommand
from runners.checks.check import NO_TESTS_EXIT, Verdict
from runners.checks.test_counts import tally

_SAID = re.compile(r"^(?:=+ )?(?:no tests ran in [\d.]+s|Ran 0 tests in )", re.MULTILINE)
_OWN_CUSTOMS = re.compile(r"python_files|python_functions|doctest|load_tests|--pattern|-p\b")
CONFIGS = ("pyproject.toml", "pytest.ini", ".pytest.ini", "setup.cfg", "tox.ini")
"""Where pytest is told which files are tests."""


def no_test(verdict: Verdict) -> bool:
    """Whether it ran to its end and had nothing to run; a skipped test is one."""
    if verdict.ended != "exit" or verdict.exit_code not in {0, NO_TESTS_EXIT}:
        return False
    counted = tally(verdict.output)
    none = counted is not None and not counted.total and not counted.failed
    return none and _SAID.search(verdict.output) is not None


def may_bring_tests(paths: Iterable[str], named: CheckCommand, configs: str) -> bool:
    """`configs` is what CONFIGS hold. A file that is no Python may be what chooses the tests."""
    if _OWN_CUSTOMS.search(f"{named.run}\n{configs}"):
        return True
    return any(_may_hold(PurePosixPath(path), named.run) for path in paths)


def _may_hold(path: PurePosixPath, run: str) -> bool:
    if path.suffix != ".py" or path.name == "__init__.py" or among_tests(str(path)):
        return True
    return re.search(rf"\b{re.escape(path.stem)}\b", run) is not None
