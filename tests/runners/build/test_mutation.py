"""What becomes of mutants, as a person reads it."""

import pytest

from bot.code.mutants import Mutant
from bot.config.repository import Gate
from runners.build.mutation import MutantEnd, find_new_lines, tell_mutants
from runners.build.results import JobResult

ONE = Mutant("bank.py", 2, 10, 11, "<", "<=")
TWO = Mutant("bank.py", 3, 20, 21, "+", "-")
PASSED = JobResult(passed=True, why="", head="x", lost_tests=("before",))


@pytest.mark.parametrize(
    ("ends", "least", "notes", "asked"),
    [
        ([MutantEnd(ONE, "noticed"), MutantEnd(TWO, "noticed")], 100, ["mutation: 2 of 2 changes to the job's lines are noticed"], []),
        ([MutantEnd(ONE, "noticed"), MutantEnd(TWO, "unnoticed")], 50, ["mutation: 1 of 2 changes to the job's lines are noticed", "not noticed: bank.py:3: `+` as `-`"], []),
        ([MutantEnd(ONE, "noticed"), MutantEnd(TWO, "unnoticed")], 51, ["mutation: 1 of 2 changes to the job's lines are noticed", "not noticed: bank.py:3: `+` as `-`"], ["mutation: 1 of 2 changes to the job's lines are noticed, below 51 %, as bank.py:3: `+` as `-`"]),
        ([MutantEnd(ONE, "unknown", why="no room")], 100, ["mutation: 0 of 0 changes to the job's lines are noticed", "1 could not be tried: no room", "there was time for 1 of 2"], []),
    ],
)  # fmt: skip
def test_what_is_told(
    ends: list[MutantEnd], least: int, notes: list[str], asked: list[str]
) -> None:
    """A person is asked below the bound, and never for what could not be tried."""
    told = tell_mutants(PASSED, [ONE, TWO], ends, Gate(mutation=2, mutation_min=least))
    assert (told.passed, list(told.notes)) == (True, notes)
    assert list(told.lost_tests) == ["before", *asked]


def test_new_lines_are_those_that_a_diff_adds() -> None:
    """Also where a line of the code looks like a part of a diff."""
    diff = (
        "--- a/x\n+++ b/x\n@@ -1,2 +1,3 @@\n a\n-b\n+++ c\n+d\n@@ -9 +10,2 @@\n z\n+y\n"
        "\\ No newline at end of file\n"
    )
    assert find_new_lines(diff) == {2, 3, 11}
