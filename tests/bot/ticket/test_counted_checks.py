"""Names of checks are matched whole; `*` alone stands for anything."""

import pytest
from support.processor_time import require_within

from bot.config.repository import CiConfig
from bot.github.types import BranchRules, CheckRun, RequiredCheck
from bot.ticket.counted_checks import find_missing, matches, weigh
from bot.ticket.newest_checks import Check


@pytest.mark.parametrize(
    ("name", "pattern", "fits"),
    [
        ("test", "test", True),
        ("test (3.12)", "test", False),
        ("test (3.12)", "test*", True),
        ("test (3.12)", "*(3.12)", True),
        ("a/b/c", "a/*/c", True),
        ("a/c", "a/*/c", False),
        ("aa", "a*a*a", False),
        ("aba", "a*b*a", True),
        ("tests", "te[s]t*", False),
        ("", "*", True),
        ("Test", "test", False),
    ],
)
def test_a_pattern_is_the_whole_name(name: str, pattern: str, *, fits: bool) -> None:
    assert matches(name, pattern) is fits


def test_many_stars_cost_no_more_than_few() -> None:
    assert not require_within(1, lambda: matches("a" * 100_000, "a*" * 120 + "b"))


def test_a_required_check_of_one_app_is_not_another_apps() -> None:
    """A status tells no App, so its name has to do."""
    rules = BranchRules((RequiredCheck("test", 7),))
    run = CheckRun(1, "test", "completed", "success", 8, "", 0, 0)
    other, status = Check("test", "good", run=run), Check("test", "good")
    assert weigh(other, CiConfig(), rules) == "watched"
    assert weigh(status, CiConfig(), rules) == "required"
    assert find_missing([other], CiConfig(), rules) == rules.required
    assert find_missing([status], CiConfig(), rules) == ()
    assert find_missing([], CiConfig(ignore=("te*",)), rules) == ()
