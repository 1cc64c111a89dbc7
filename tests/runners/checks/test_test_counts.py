import pytest
from support.processor_time import require_within

from runners.checks.passed_tests import read_passed_tests
from runners.checks.test_counts import Tally, count_tests


@pytest.mark.parametrize(
    ("output", "expected"),
    [
        ("==== 1 failed, 2 passed, 1 skipped in 0.12s ====", Tally(4, 1, 1)),
        ("1 failed, 2 passed, 3 errors in 0.12s", Tally(6, 4, 0)),
        ("==== no tests ran in 0.01s ====", Tally(0)),
        ("==== 3 deselected in 0.01s ====", Tally(0)),
        ("==== 2 passed, 1 xfailed, 1 warning in 61.20s (0:01:01) ====", Tally(3, 0, 0, 1)),
        ("Ran 3 tests in 0.001s\n\nFAILED (failures=1, errors=1)", Tally(3, 2)),
        ("Ran 3 tests in 0.001s\n\nOK (skipped=3)", Tally(3, 0, 3)),
        ("Ran 0 tests in 0.000s\n\nOK", Tally(0)),
        ("Ran 0 tests in 0.000s\n\nNO TESTS RAN", Tally(0)),
        ("Tests:       1 failed, 2 passed, 3 total", Tally(3, 1)),
        ("      Tests  1 failed | 4 passed (5)", Tally(5, 1)),
        ("No tests found, exiting with code 1", Tally(0)),
        ("test result: FAILED. 3 passed; 2 failed; 1 ignored; 0 measured", Tally(6, 2, 1)),
        ("test result: ok. 0 passed; 0 failed; 0 ignored; 0 measured;", Tally(0)),
        ("ok  \texample.com/a\t0.002s", Tally(1)),
        ("?   \texample.com/a\t[no test files]", Tally(0)),
        ("ok  \texample.com/a\t0.002s [no tests to run]", Tally(0)),
        ("--- FAIL: TestA (0.00s)\nFAIL\nFAIL\texample.com/a\t0.002s", Tally(1, 1)),
        ("FAIL\texample.com/a [build failed]", Tally(1, 1)),
        ("  5 passing (12ms)\n  2 failing\n", Tally(7, 2)),
        ("# tests 4\n# pass 3\n# fail 1\n# skipped 0\n", Tally(4, 1)),
        ("\u2139 tests 0\n\u2139 fail 0\n", Tally(0)),
        ("5 examples, 2 failures, 1 pending", Tally(5, 2, 1)),
        ("6 runs, 9 assertions, 1 failures, 1 errors, 2 skips", Tally(6, 2, 2)),
        ("No tests were found!!!", Tally(0)),
    ],
)
def test_summaries_are_read(output: str, expected: Tally) -> None:
    """Each runner's own summary gives how many tests there were, failed and were skipped."""
    assert count_tests(f"before\n{output}\nafter\n") == expected


@pytest.mark.parametrize("output", ["", "all good", "error: 3 problems", "tests: fine", "passing"])
def test_other_output_is_no_summary(output: str) -> None:
    """A linter or a script says nothing about tests, and so nothing is read into it."""
    assert count_tests(output) is None


def test_several_runs_add_up() -> None:
    """A check that starts several runners, or one twice, has run all their tests."""
    output = "1 passed in 0.1s\nRan 2 tests in 0.1s\n\nOK\n1 failed, 1 passed in 0.1s\n"
    assert count_tests(output) == Tally(5, 1, 0)


def test_a_million_blank_lines_are_read_in_no_time() -> None:
    """What a check prints is anybody's: no reader may take longer than in proportion to it."""
    assert count_tests("\n" * 1_000_000) is None


_LONG = 300_000
_HOSTILE = {
    "a number that is none": "Ran 9 tests in 1s\nOK (skipped=9)\n".replace("9", "9" * 5000),
    "of pytest": f"{'9' * 5000} passed in 0.1s\n",
    "of Mocha": f"  {'9' * 5000} passing\n",
    "of Maven": f"Tests run: {'9' * 5000}, Failures: 0, Errors: 0, Skipped: 0 -- in A\n",
    "of cargo": f"test result: ok. {'9' * 5000} passed; 0 failed; 0 ignored\n",
    "of node": f"# tests {'9' * 5000}\n",
    "digits after Jest's counts": f"Tests: 1 failed {'1' * _LONG}\n",
    "digits after Ruby's counts": f"1 examples, {'1' * _LONG}\n",
    "letters in unittest's counts": f"Ran 1 test in 1s\nOK ({'a' * _LONG})\n",
    "blanks in unittest's counts": f"Ran 1 test in 1s\nOK ({' ' * _LONG})\n",
    "classes of a billion tests": (
        "Tests run: 999999999, Failures: 0, Errors: 0, Skipped: 0 -- in A\n" * 5000
    ),
    "numbers and words": f"{'1 a' * (_LONG // 3)} in x\n",
}


@pytest.mark.parametrize("output", _HOSTILE.values(), ids=_HOSTILE)
def test_no_output_ends_the_reader_or_holds_it(output: str) -> None:
    """A test prints what it likes: a run that died of it would die of it at each new start."""
    require_within(0.5, lambda: count_tests(output))
    require_within(0.5, lambda: read_passed_tests(output))
