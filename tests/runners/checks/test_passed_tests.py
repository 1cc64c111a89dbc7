"""Which tests passed, in each runner's words, and whether they still do."""

import pytest

from runners.checks.passed_tests import PassedTests, explain_lost_tests, read_passed_tests

PYTEST = """\
..sx.
=========================== short test summary info ============================
PASSED tests/test_a.py::test_one
PASSED tests/test_a.py::TestBank::test_two[1-2]
PASSED tests/test_a.py::TestBank::test_two[a b]
3 passed, 1 skipped, 1 xfailed in 0.01s
"""
PYTEST_V = """\
tests/test_a.py::test_one PASSED                                         [ 33%]
tests/test_a.py::TestBank::test_two[1] PASSED                            [ 66%]
tests/test_a.py::test_three SKIPPED (later)                              [100%]
========================= 2 passed, 1 skipped in 0.01s =========================
"""
XDIST = "[gw0] [ 50%] PASSED a.py::test_one\n[gw1] [100%] FAILED a.py::test_two\n1 failed, 1 passed in 0.2s\n"
UNITTEST = """\
test_one (test_bank.Bank.test_one) ... ok
test_two (test_bank.Bank.test_two)
What it is for. ... ok
test_old (test_bank.Old) ... ok
test_three (test_bank.Bank.test_three) ... skipped 'later'

----------------------------------------------------------------------
Ran 4 tests in 0.001s

OK (skipped=1)
"""
GO = "=== RUN   TestA\n    --- PASS: TestA/one (0.00s)\n--- PASS: TestA (0.00s)\n--- SKIP: TestB (0.00s)\nok  \tb\t0.1s\n"
GO_JSON = (
    '{"Action":"pass","Package":"b","Test":"TestA","Elapsed":0}\n{"Action":"skip","Test":"TestB"}\n'
)
CARGO = "test tests::adds ... ok\ntest tests::panics - should panic ... ok\ntest tests::slow ... ignored\ntest result: ok. 2 passed; 0 failed; 1 ignored; 0 measured\n"
TAP = "1..3\nok 1 - adds\nok 2 - later # SKIP no network\nok 3 subtracts # time=3ms\n"
JEST = "PASS src/a.test.js\n  bank\n    \u2713 adds (2 ms)\n    \u2713 subtracts\n    \u25cb skipped later\n\nTests:       1 skipped, 2 passed, 3 total\n"
MOCHA = "  bank\n    \u2714 adds\n    - later\n\n  1 passing (4ms)\n  1 pending\n"
GTEST = "[ RUN      ] Bank.Adds\n[       OK ] Bank.Adds (0 ms)\n"
CTEST = "1/2 Test #1: adds .............   Passed    0.00 sec\n2/2 Test #2: subs .............***Failed\n"
GRADLE = "BankTest > adds() PASSED\nBankTest > later() SKIPPED\n"
SUREFIRE = "[INFO] Tests run: 3, Failures: 0, Errors: 0, Skipped: 1, Time elapsed: 0.1 s -- in bank.BankTest\n"
JUNIT = """\
<testsuite><testcase classname="bank.BankTest" name="adds[1]" time="0"/>
<testcase classname="bank.BankTest" name="later"><skipped/></testcase>
<testcase classname="bank.BankTest" name="says"><system-out>hi</system-out></testcase></testsuite>
"""


@pytest.mark.parametrize(
    ("output", "names"),
    [
        (PYTEST, {"test_one": 1, "TestBank::test_two": 2}),
        (PYTEST_V, {"test_one": 1, "TestBank::test_two": 1}),
        (XDIST, {"test_one": 1}),
        (UNITTEST, {"Bank.test_one": 1, "Bank.test_two": 1, "Old.test_old": 1}),
        (GO, {"TestA": 2}),
        (GO_JSON, {"TestA": 1}),
        (CARGO, {"adds": 1, "panics": 1}),
        (TAP, {"adds": 1, "subtracts": 1}),
        (JEST, {"adds": 1, "subtracts": 1}),
        (MOCHA, {"adds": 1}),
        (GTEST, {"Bank.Adds": 1}),
        (CTEST, {"adds": 1}),
        (GRADLE, {"adds": 1}),
        (SUREFIRE, {"bank.BankTest": 2}),
        (JUNIT, {"BankTest.adds": 1, "BankTest.says": 1}),
        ("3 passed in 0.1s\n", {}),
        (PYTEST.replace("PASSED tests/test_a.py::test_one\n", ""), {}),
        (f"... 9 bytes left out ...\n{PYTEST}", {}),
    ],
)  # fmt: skip
def test_a_runner_that_names_what_passed_is_read(output: str, names: dict[str, int]) -> None:
    """Not by some of its names: where one is missing, the number counts."""
    passed = read_passed_tests(f"before\n{output}after\n")
    assert passed is not None
    assert passed.names == names


def test_what_says_nothing_of_tests_has_passed_none() -> None:
    assert read_passed_tests("all good\n") is None


@pytest.mark.parametrize(
    ("before", "after", "removed", "why"),
    [
        (PassedTests(100), PassedTests(1), (), "100 tests passed before, 1 now"),
        (PassedTests(100), PassedTests(100), (), ""),
        (PassedTests(100), PassedTests(120), (), ""),
        (PassedTests(100), None, (), "100 tests passed before, 0 now"),
        (None, PassedTests(1), (), ""),
        (PassedTests(4, failed=1), PassedTests(4), (), "5 tests ran before, 1 of them red; 4 pass"),
        (PassedTests(1, {"a": 1}, 1), PassedTests(1, {"a": 1}), (), "2 tests ran before"),
        (PassedTests(1, {"a": 1}, 1), PassedTests(2, {"a": 1, "b": 1}), (), ""),
        (PassedTests(4, failed=1), PassedTests(4), ("a",), ""),
        (PassedTests(0, failed=1), None, (), ""),
        (PassedTests(0), PassedTests(0), (), ""),
        (PassedTests(3, {"a": 1, "b": 2}), PassedTests(3, {"a": 2, "b": 1}), (), "`b`"),
        (PassedTests(3, {"a": 1, "b": 2}), PassedTests(9, {"a": 8, "c": 1}), (), "2 of 3 tests"),
        (PassedTests(2, {"a": 1, "b": 1}), PassedTests(2, {"b": 1, "c": 1}), ("a",), ""),
        (PassedTests(2, {"T::a": 1, "b": 1}), PassedTests(1, {"b": 1}), ("a",), ""),
        (PassedTests(2, {"a": 1, "b": 1}), PassedTests(1), (), "2 tests passed before, 1 now"),
        (PassedTests(9), PassedTests(7), ("a", "b"), ""),
        (PassedTests(9), PassedTests(6), ("a", "b"), "9 tests passed before, 6 now"),
    ],
)
def test_fewer_that_pass_are_told_but_for_those_that_the_diff_removes(
    before: PassedTests | None, after: PassedTests | None, removed: tuple[str, ...], why: str
) -> None:
    told = explain_lost_tests(before, after, removed)
    assert (why in told) if why else not told


@pytest.mark.parametrize(
    "unit",
    ["ok 1 ", "a::", "PASSED a::b ", " ", "\u2713 a ", "Tests run: 1, ", "<testcase ", "a > ", "test a"],
)  # fmt: skip
def test_a_long_line_is_read_in_proportion(unit: str) -> None:
    """What a check prints is anybody's."""
    passed = read_passed_tests(unit * (400_000 // len(unit)))
    assert passed is None or passed.total <= 1
