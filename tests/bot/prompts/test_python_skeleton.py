"""A file is shown without the bodies that are to be written anew."""

import ast

import pytest

from bot.prompts.python_skeleton import make_skeleton

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


@pytest.mark.parametrize(
    ("body", "said", "left_out"),
    [
        ("    return a * 7.35 + 12", "fee() is wrong", False),
        ("    return a * 7.35 + 12", "fee() is 7.35 a kilo and 12 for the box", True),
        ("    return rates['kg'] * a", "fee() is wrong", False),
        ("    return rates['kg'] * a", "fee() goes by kg", True),
        ("    return a + 1 if a else 0", "fee() is wrong", True),
        ("    a += 1\n" * 15 + "    return a", "fee() is wrong", False),
        ("    a += 1\n" * 14 + "    return a", "fee() is wrong", True),
    ],
)
def test_a_body_that_nobody_could_write_anew_stays(body: str, said: str, *, left_out: bool) -> None:
    """A long one, or one with values that neither the task nor its tests have."""
    assert bool(make_skeleton(f"def fee(a):\n{body}\n", [said])) == left_out
