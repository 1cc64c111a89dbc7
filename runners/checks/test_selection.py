"""Whether a check has a test to run: none was found, or what is to be written may bring one."""

import re
from collections.abc import Iterable
from pathlib import PurePosixPath

from bot.approval.test_paths import is_test_path
from bot.config.repository import CheckCommand
from runners.checks.test_counts import count_tests
from runners.checks.verdict import Verdict

# Of pytest, and of unittest since Python 3.12:
# https://docs.pytest.org/en/stable/reference/exit-codes.html
# https://docs.python.org/3.11/library/unittest.html
NO_TESTS_EXIT = 5
_NO_TESTS = re.compile(r"^(?:=+ )?(?:no tests ran in [\d.]+s|Ran 0 tests in )", re.MULTILINE)
# Settings and hooks by which any file may hold tests:
# https://docs.pytest.org/en/stable/example/pythoncollection.html
# https://docs.python.org/3.11/library/unittest.html#load-tests-protocol
_CUSTOM_COLLECTION = re.compile(r"python_files|python_functions|doctest|load_tests|--pattern|-p\b")
# https://docs.pytest.org/en/stable/reference/customize.html
TEST_CONFIG_FILES = ("pyproject.toml", "pytest.ini", ".pytest.ini", "setup.cfg", "tox.ini")
"""Where pytest is told which files are tests."""


def found_no_test(verdict: Verdict) -> bool:
    """Whether it ran to its end and had nothing to run; a skipped test is one.

    Only what pytest and unittest print is taken for that: other runners print the same where a
    file of tests cannot be loaded yet.
    """
    if verdict.ended != "exit" or verdict.exit_code not in {0, NO_TESTS_EXIT}:
        return False
    tests = count_tests(verdict.output)
    none = tests is not None and not tests.total and not tests.failed
    return none and _NO_TESTS.search(verdict.output) is not None


def may_bring_tests(paths: Iterable[str], command_config: CheckCommand, configs: str) -> bool:
    """Whether writing `paths` can give the check a test. `configs` is the text of CONFIGS' files.

    A file that is no Python may be what chooses the tests. In doubt the answer is yes: a plan
    that is refused wrongly costs more than an attempt.
    """
    if _CUSTOM_COLLECTION.search(f"{command_config.run}\n{configs}"):
        return True
    return any(_may_hold(PurePosixPath(path), command_config.run) for path in paths)


def _may_hold(path: PurePosixPath, run: str) -> bool:
    if path.suffix != ".py" or path.name == "__init__.py" or is_test_path(str(path)):
        return True
    return re.search(rf"\b{re.escape(path.stem)}\b", run) is not None
