"""Which of the faults CI tries as well: a few seeds of the kills, and none of what waits for minutes."""

import pytest

IN_CI = pytest.mark.slow
ONLY_HERE = pytest.mark.faults


def seeds(count: int, *, in_ci: int = 0) -> list[object]:
    """From 1 on. The number stands in the test's name, and is all that it takes to repeat it."""
    return [
        pytest.param(seed, marks=IN_CI if seed <= in_ci else ONLY_HERE)
        for seed in range(1, count + 1)
    ]
