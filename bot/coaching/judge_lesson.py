"""Whether a lesson earns its place, by how attempts went that were shown it and that were not."""

from dataclasses import dataclass
from typing import Literal

from bot.pass_rate import PassRate, find_difference

Verdict = Literal["helps", "does nothing", "hurts", "not known yet"]
MIN_LEFT_OUT = 10
"""So many attempts without it are judged before anything is said: of fewer, chance says it."""
MATTERS = 0.15
"""What helps by less, as a share of all attempts, is taken for no help: it takes room."""


@dataclass(frozen=True, slots=True)
class Judgement:
    """`difference` is how much more often attempts with it pass, and the ends of that at 95 %."""

    shown: PassRate
    left_out: PassRate
    difference: tuple[float, float, float]
    verdict: Verdict


def judge_lesson(shown: PassRate, left_out: PassRate) -> Judgement:
    """Of attempts for which it was drawn whether they are shown it, and of no others."""
    difference = find_difference(shown, left_out)
    return Judgement(shown, left_out, difference, _find_verdict(shown, left_out, difference))


def _find_verdict(
    shown: PassRate, left_out: PassRate, difference: tuple[float, float, float]
) -> Verdict:
    _, low, high = difference
    if not shown.runs or left_out.runs < MIN_LEFT_OUT:
        return "not known yet"
    if low > 0:
        return "helps"
    if high < 0:
        return "hurts"
    return "does nothing" if high < MATTERS else "not known yet"
