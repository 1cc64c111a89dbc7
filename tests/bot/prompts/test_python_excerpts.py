"""Of a long test file a prompt holds the tests that speak of the task."""

import ast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.models.token_estimate import estimate_tokens
from bot.prompts.python_excerpts import find_failing_tests, find_related_tests, make_skeleton

FILE = """\
import unittest

CASES = [1, 2]


class Bank(unittest.TestCase):
    def setUp(self):
        self.bank = object()

    def test_one(self):
        self.assertEqual(1, 2)

    def test_two(self):
        self.assertEqual(2, 3)


def test_three():
    assert 3 == 4
"""


def test_the_failing_tests_come_with_their_set_up_and_nothing_else() -> None:
    """Each once, in the file's order, as it stands there."""
    ((path, source),) = find_failing_tests([("x.py", FILE)], {"test_two", "test_one"})
    assert path == "x.py"
    assert source.count("def setUp") == 1
    assert source.index("setUp") < source.index("test_one") < source.index("test_two")
    assert "test_three" not in source
    assert source.startswith("def setUp(self):\n    self.bank")


def test_what_cannot_be_found_is_not_made_up() -> None:
    """No Python, no such function, no name at all."""
    assert find_failing_tests([("x.js", "function test_one( {")], {"test_one"}) == []
    assert find_failing_tests([("x.py", "x = 1\n")], {"test_one"}) == []
    assert find_failing_tests([("x.py", FILE)], set()) == []


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


CODE = '''\
import re

RATE = 2


class Bank:
    def __init__(self):
        self.cents = 0

    def pay(self, cents):
        """Take cents out."""
        if cents:
            self.cents -= cents
        return self.cents


def pay(x): return x


def total(values):
    result = 0
    for value in values:
        result += value
    return result
'''


def test_only_what_is_spoken_of_is_left_out() -> None:
    """Its signature and docstring stay, everything else stays whole, and it is Python still."""
    left = make_skeleton(CODE, ["pay() must refuse", "total"])
    assert "self.cents -= cents" not in left
    assert '"""Take cents out."""\n        ...\n' in left
    assert "result += value" in left
    assert "self.cents = 0" in left
    assert "def pay(x): return x" in left
    ast.parse(left)


def test_the_tests_are_asked_where_the_task_names_nothing() -> None:
    """The first text that names a function decides."""
    left = make_skeleton(CODE, ["Sums are wrong.", "self.assertEqual(total([1]), 1)"])
    assert "def total(values):\n    ...\n" in left
    assert "self.cents -= cents" in left


@pytest.mark.parametrize(("text", "said"), [(CODE, "nothing known"), ("def total(:\n", "total")])
def test_where_nothing_can_be_left_out_there_is_no_skeleton(text: str, said: str) -> None:
    """No name that is there, or no Python: the caller shows the file."""
    assert make_skeleton(text, [said]) == ""
