"""How often something passed, with the interval in which the true rate lies."""

import math
from dataclasses import dataclass

_Z = 1.959963984540054
"""Of the normal distribution, for 95 %."""


@dataclass(frozen=True, slots=True)
class PassRate:
    """So many of `runs` passed. `low` and `high` are the ends of Wilson's interval at 95 %, 0 to 1.

    It stays within 0 and 1 and means something for few runs:
    https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm
    """

    passed: int
    runs: int

    @property
    def part(self) -> float:
        """0 to 1; of no runs, 0."""
        return self.passed / self.runs if self.runs else 0.0

    @property
    def low(self) -> float:
        return self._interval[0]

    @property
    def high(self) -> float:
        return self._interval[1]

    @property
    def _interval(self) -> tuple[float, float]:
        if not self.runs:
            return 0.0, 1.0
        part, square = self.part, _Z * _Z
        middle = part + square / (2 * self.runs)
        half = _Z * math.sqrt(part * (1 - part) / self.runs + square / (4 * self.runs * self.runs))
        whole = 1 + square / self.runs
        return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def find_difference(new: PassRate, old: PassRate) -> tuple[float, float, float]:
    """How much more often `new` passes than `old`, and the ends of that at 95 %: -1 to 1 each.

    Newcombe's interval of two Wilson intervals: https://pubmed.ncbi.nlm.nih.gov/9595617/
    """
    apart = new.part - old.part
    below = math.hypot(new.part - new.low, old.high - old.part)
    above = math.hypot(new.high - new.part, old.part - old.low)
    return apart, max(-1.0, apart - below), min(1.0, apart + above)
