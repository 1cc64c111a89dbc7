"""How often something passed, with the interval in which the true rate lies."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

_Z = 1.959963984540054
"""Of the normal distribution, for 95 %."""


@dataclass(frozen=True, slots=True)
class PassRate:
    """So many of `runs` passed. `low` and `high` are the ends of Wilson's interval at 95 %, 0 to 1.

    It stays within 0 and 1 and means something for few runs:
    https://www.itl.nist.gov/div898/handbook/prc/section2/prc241.htm
    `worth` is how many independent runs these say as much as, None for as many as there are
    (`rate_by_task`): the interval is as wide as that of so many.
    """

    passed: int
    runs: int
    worth: float | None = None

    @property
    def independent(self) -> float:
        """As many runs as these are worth."""
        return self.runs if self.worth is None else self.worth

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
        part, square, runs = self.part, _Z * _Z, self.independent
        middle = part + square / (2 * runs)
        half = _Z * math.sqrt(part * (1 - part) / runs + square / (4 * runs * runs))
        whole = 1 + square / runs
        return max(0.0, (middle - half) / whole), min(1.0, (middle + half) / whole)


def rate_by_task(runs: Iterable[tuple[str, bool]]) -> PassRate:
    """The rate of runs, each with its task's name, of which a task may have several.

    Runs of one task are much alike, so the interval is Wilson's for fewer runs: their number by the
    design effect, which is how much more the rate scatters from task to task than that of
    independent runs would. With one run a task it is the plain interval.
    Why: https://arxiv.org/abs/2411.00640. Of such intervals Wilson's is one of those to be
    recommended: https://pmc.ncbi.nlm.nih.gov/articles/PMC6690503
    """
    tasks: dict[str, list[bool]] = {}
    for task, passed in runs:
        tasks.setdefault(task, []).append(passed)
    passes, sizes = [sum(each) for each in tasks.values()], [len(each) for each in tasks.values()]
    found = PassRate(sum(passes), sum(sizes))
    if found.runs == len(tasks):
        return found
    return replace(found, worth=_count_independent(passes, sizes))


def _count_independent(passes: Sequence[int], sizes: Sequence[int]) -> float:
    """Between what runs are worth that all say the same of their task, and all of them.

    The former is Kish's number; with as many runs of each task it is the number of tasks. A task
    that always passes and one that never does are added, as few tasks tell little of how they
    scatter, and those that all pass nothing; without them intervals were too narrow in simulations.
    """
    runs = sum(sizes)
    least = runs**2 / sum(size**2 for size in sizes)
    mean = runs / len(sizes)
    more = [(0.0, mean), (mean, mean), *zip(passes, sizes, strict=True)]
    count = runs + 2 * mean
    part = (sum(passes) + mean) / count
    squares = math.fsum((passed - part * size) ** 2 for passed, size in more)
    variance = squares * len(more) / (len(more) - 1) / count**2
    effect = variance / (part * (1 - part) / count)
    return min(runs, max(least, runs / effect))


def find_difference(new: PassRate, old: PassRate) -> tuple[float, float, float]:
    """How much more often `new` passes than `old`, and the ends of that at 95 %: -1 to 1 each.

    Newcombe's interval of two Wilson intervals: https://pubmed.ncbi.nlm.nih.gov/9595617/
    Of rates by task it is as wide as their intervals make it; that both were measured on the same
    tasks is not made use of.
    """
    apart = new.part - old.part
    below = math.hypot(new.part - new.low, old.high - old.part)
    above = math.hypot(new.high - new.part, old.part - old.low)
    return apart, max(-1.0, apart - below), min(1.0, apart + above)
