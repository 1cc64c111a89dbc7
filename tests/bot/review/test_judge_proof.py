"""Which red check proves what a reviewer said: one whose test fails for what the code does."""

import pytest

from bot.failures import read_failures
from bot.review.judge_proof import explain_no_proof, find_proving

ASSERTED = """\
F
======================================================================
FAIL: test_negative (test_amounts.Amounts.test_negative)
----------------------------------------------------------------------
Traceback (most recent call last):
  File "/work/test_amounts.py", line 8, in test_negative
    withdraw(5, -2)
AssertionError: ValueError not raised

----------------------------------------------------------------------
Ran 1 test in 0.001s

FAILED (failures=1)
"""
RAISED_IN_CODE = ASSERTED.replace(
    "AssertionError: ValueError not raised",
    '  File "/work/bank.py", line 2, in withdraw\n    return blance\n'
    "NameError: name 'blance' is not defined",
)
OWN_NAME = ASSERTED.replace(
    "AssertionError: ValueError not raised", "NameError: name 'withdrw' is not defined"
)
UNLOADABLE = """\
E
======================================================================
ERROR: test_amounts (unittest.loader._FailedTest.test_amounts)
----------------------------------------------------------------------
ImportError: Failed to import test module: test_amounts
Traceback (most recent call last):
  File "/work/test_amounts.py", line 3, in <module>
    from bank import deposit
ImportError: cannot import name 'deposit' from 'bank'

----------------------------------------------------------------------
Ran 1 test in 0.000s

FAILED (errors=1)
"""
OF_ANOTHER = ASSERTED.replace("test_amounts", "test_bank")


@pytest.mark.parametrize(
    ("output", "proves"),
    [
        (ASSERTED, True),
        (RAISED_IN_CODE, True),
        (OWN_NAME, False),
        (UNLOADABLE, False),
        (OF_ANOTHER, False),
        ("Segmentation fault", False),
    ],
)
def test_a_test_that_is_wrong_by_itself_proves_nothing(output: str, *, proves: bool) -> None:
    names = find_proving(read_failures(output), "test_amounts.py")
    assert bool(names) is proves
    assert bool(explain_no_proof(names, names)) is not proves


def test_a_test_that_fails_now_and_then_proves_nothing() -> None:
    assert explain_no_proof(["one"], []) == "its test failed once and passed once"
