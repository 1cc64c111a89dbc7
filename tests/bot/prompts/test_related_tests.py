"""Of a long test file a prompt holds the tests that speak of the task."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models.token_estimate import estimate_tokens
from bot.prompts.related_tests import find_related_tests

PYTHON = """\
import bank

def helper():
    return bank.Account()

class Accounts:
    def test_deposit(self):
        assert helper().deposit(3) == 3

    def test_withdraw_subtracts(self):
        assert helper().withdraw(3) == -3
"""
GO = """\
package bank

func TestDeposit(t *testing.T) {
	deposit(3)
}

func TestWithdraw(t *testing.T) {
	withdraw(3)
}
"""


@pytest.mark.parametrize(
    ("path", "text", "name"),
    [("test_bank.py", PYTHON, "test_withdraw"), ("bank_test.go", GO, "TestWithdraw")],
)
def test_the_test_that_shares_a_rare_word_is_shown_whole(path: str, text: str, name: str) -> None:
    """A word of few tests tells which are meant, in any language that is parsed."""
    some = find_related_tests(path, text, "withdraw must subtract", 200)
    assert name in some
    assert "withdraw(3)" in some
    assert "eposit(3)" not in some


def test_nothing_is_shown_of_a_file_that_shares_no_word() -> None:
    assert not find_related_tests("test_bank.py", PYTHON, "another matter", 200)


@given(st.integers(0, 400))
def test_the_tests_never_take_more_than_their_room(room: int) -> None:
    """Whole tests or none: each that is shown is in the file as it stands."""
    some = find_related_tests("test_bank.py", PYTHON, "withdraw deposit helper", room)
    assert estimate_tokens(some) <= room
    assert all(line in PYTHON for line in some.splitlines())


SCRIPT = """\
const rows = { then: function () { withdraw(1) }, catch: () => withdraw(2) };
it('deposits', () => { deposit(3) });
it('withdraws', () => { withdraw(3) });
"""


def test_a_callback_is_no_test() -> None:
    """Where tests are calls, functions of any other kind are not shown as tests."""
    some = find_related_tests("bank.test.js", SCRIPT, "withdraw must subtract", 200)
    assert some == "it('withdraws', () => { withdraw(3) });\n"
