"""What is said of a lesson: nothing from few attempts, and never more than its interval says."""

import pytest

from bot.coaching.judge_lesson import MATTERS, MIN_LEFT_OUT, Verdict, judge_lesson
from bot.pass_rate import PassRate


@pytest.mark.parametrize(
    ("shown", "left_out", "verdict"),
    [
        ((0, 0), (0, 0), "not known yet"),
        ((40, 40), (0, MIN_LEFT_OUT - 1), "not known yet"),
        ((36, 40), (2, MIN_LEFT_OUT), "helps"),
        ((2, 40), (9, MIN_LEFT_OUT), "hurts"),
        ((28, 40), (7, 10), "not known yet"),
        ((280, 400), (70, 100), "does nothing"),
        ((30, 30), (25, 25), "does nothing"),
    ],
)
def test_a_verdict_needs_an_interval_that_bears_it(
    shown: tuple[int, int], left_out: tuple[int, int], verdict: Verdict
) -> None:
    found = judge_lesson(PassRate(*shown), PassRate(*left_out))
    _, low, high = found.difference
    assert found.verdict == verdict
    assert verdict != "helps" or low > 0
    assert verdict != "hurts" or high < 0
    assert verdict != "does nothing" or low <= 0 <= high < MATTERS
