"""Which files may bring a check its first test."""

import pytest

from bot.config.repository import CheckCommand
from bot.plan import Check
from runners.checks.test_selection import found_no_test, may_bring_tests
from runners.checks.verdict import Verdict


@pytest.mark.parametrize(
    ("path", "run", "configs"),
    [
        ("tests/test_bank.py", "pytest", ""),
        ("bank_test.py", "pytest", ""),
        ("tests/__init__.py", "python3 -m unittest", ""),
        ("conftest.py", "pytest", ""),
        ("pytest.ini", "pytest", ""),
        ("bank.py", "python3 -m unittest bank", ""),
        ("bank.py", "pytest --doctest-modules", ""),
        ("check_bank.py", "pytest", 'python_files = ["check_*.py"]'),
        ("src/lib.rs", "make test", ""),
    ],
)
def test_what_may_bring_a_test_is_left_to_be_built(path: str, run: str, configs: str) -> None:
    """By its name, by the check's own words, by the settings of pytest, or by another language."""
    assert may_bring_tests([path], CheckCommand(run=run), configs)


def test_a_plain_module_brings_none() -> None:
    assert not may_bring_tests(["bank.py", "src/sums.py"], CheckCommand(run="pytest -q"), "")


@pytest.mark.parametrize(
    ("output", "code", "expected"),
    [
        ("=== no tests ran in 0.01s ===", 5, True),
        ("Ran 0 tests in 0.000s\n\nOK", 0, True),
        ("Ran 0 tests in 0.000s\n\nFAILED (errors=1)", 1, False),
        ("1 skipped in 0.01s", 5, False),
        ("no tests ran in 0.01s\nERROR: not found: x", 4, False),
        ("Tests:       0 total", 1, False),
        ("", 5, False),
    ],
)
def test_only_a_whole_run_of_nothing_is_none(output: str, code: int, *, expected: bool) -> None:
    """A suite that cannot be loaded, or whose tests are all skipped, may be what a task mends."""
    verdict = Verdict(Check("run", "it"), False, True, "", code, output)  # noqa: FBT003
    assert found_no_test(verdict) is expected
