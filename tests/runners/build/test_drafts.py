"""An earlier answer is shown only where it came nearer, and what is told fails in what is shown."""

from dataclasses import replace

import pytest

from bot.failures import Failure, Place
from bot.ledger import LedgerRow
from bot.prompts.strategies import Strategy
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult
from runners.build.drafts import describe_last_reply, find_failure, find_shown_draft
from runners.build.task_run import TaskBase

FIX = Strategy("fix", "fix", draft="instead")
BESIDE = Strategy("beside", "edit", draft="beside")
FAILURES = (Failure(titles=("SumTest", "test_add"), message=("AssertionError: 3 != 5",)),)
BASE = TaskBase("c" * 40, digest="the base fails", failures=FAILURES, failing=3)


def record(number: int, failing: int | None) -> AttemptRecord:
    result = AttemptResult(
        "check failed", digest=f"attempt {number} fails", failure_key="k", failing=failing,
        tree="t" * 40, failures=FAILURES,
    )  # fmt: skip
    row = LedgerRow(task="t", number=number, tier="local", model="m")
    return AttemptRecord(Attempt(number, "local", number - 1), result, row, "b" * 40)


@pytest.mark.parametrize(
    ("base", "failing", "shown"),
    [
        (BASE, 2, True),
        (BASE, 3, False),
        (BASE, 5, False),
        (BASE, None, True),
        (replace(BASE, failing=None), 5, True),
        (replace(BASE, failures=(Failure(message=("ImportError",)),)), 5, True),
    ],
    ids=["nearer", "no nearer", "worse", "uncounted", "base uncounted", "base runs no test"],
)
def test_a_draft_takes_the_files_place_only_if_it_fails_fewer_tests(
    base: TaskBase, failing: int | None, shown: bool
) -> None:
    """Where nothing can be compared it is shown."""
    assert bool(find_shown_draft(FIX, [record(1, failing)], base, "sum.py")) is shown


def test_beside_the_file_the_best_draft_is_always_shown() -> None:
    """Nothing is hidden by it."""
    assert find_shown_draft(BESIDE, [record(1, 9), record(2, 8)], BASE, "sum.py") == record(2, 8)


def test_the_failure_told_is_of_the_code_shown() -> None:
    """The draft's, or the base's, never of an answer that is not in the prompt."""
    near = record(1, 2)
    assert find_failure([near], BASE, near).digest == "attempt 1 fails"
    assert find_failure([near], BASE, None).digest == "the base fails"
    assert find_failure([near], replace(BASE, digest=""), None).digest == "attempt 1 fails"


def test_an_answer_that_is_not_shown_is_told_by_the_tests_it_failed() -> None:
    """So that it is not given again."""
    (told,) = describe_last_reply([record(1, 3)], None, "sum.py")
    assert "not shown, failed: SumTest > test_add: AssertionError: 3 != 5" in told
    near = record(1, 2)
    assert not list(describe_last_reply([near], near, "sum.py"))


def stopped(number: int, *lines: int) -> AttemptRecord:
    """An answer whose tests ended at these lines of its own."""
    failures = tuple(
        Failure(
            (f"test_{at}",), ("TypeError: no",), (Place("sum.py", line, "add", f"line {line}"),)
        )
        for at, line in enumerate(lines)
    )
    failed = record(number, len(lines))
    return replace(failed, result=replace(failed.result, failures=failures))


@pytest.mark.parametrize(
    ("lines", "shown"), [((4, 4, 4), True), ((4, 4, 7), True), ((4, 5, 6), False), ((4,), False)]
)
def test_the_last_answer_is_shown_where_one_line_of_it_stops_its_tests(
    lines: tuple[int, ...], shown: bool
) -> None:
    """How many tests fail says nothing of it then; an assertion of the test's says enough."""
    base = replace(BASE, failing=1)
    answer = stopped(2, *lines)
    assert find_shown_draft(FIX, [record(1, 1), answer], base, "sum.py") == (
        answer if shown else None
    )
    assert find_shown_draft(FIX, [answer, record(3, 1)], base, "sum.py") is None
    assert find_shown_draft(FIX, [stopped(2, *lines)], base, "other.py") is None


def test_the_line_that_raised_is_quoted_once_for_all_tests_that_failed_for_it() -> None:
    """Of the answer's own file: a line of the test that called it is in view anyway."""
    places = (
        Place("sum.py", 4, "add", "    return keys[0]"),
        Place("test_sum.py", 9, "test_add", "add(1)"),
    )
    failures = [
        Failure((test,), ("TypeError: not subscriptable",), places) for test in ("test_a", "test_b")
    ]
    failed = record(1, 3)
    failed = replace(failed, result=replace(failed.result, failures=(*failures, *FAILURES)))
    (told,) = describe_last_reply([failed], None, "sum.py")
    assert told.endswith(
        "failed: test_a, test_b: TypeError: not subscriptable at `return keys[0]`;"
        " SumTest > test_add: AssertionError: 3 != 5"
    )
