from bot.context.failing import failing_tests

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
RED = "".join(
    f"FAIL: {name} (x.Bank.{name})\n---\nTraceback (most recent call last):\n"
    f'  File "x.py", line 3, in {name}\n    self.assertEqual()\nAssertionError: no\n\n'
    for name in ("test_two", "test_one")
)
PYTEST = "____ Bank.test_one[1.5-a] ____\n\n>       assert 3 == 4\nE       assert 3 == 4\n"


def test_the_failing_tests_come_with_their_set_up_and_nothing_else() -> None:
    """Each once, in the file's order, as it stands there."""
    ((path, source),) = failing_tests([("x.py", FILE)], RED)
    assert path == "x.py"
    assert source.count("def setUp") == 1
    assert source.index("setUp") < source.index("test_one") < source.index("test_two")
    assert "test_three" not in source
    assert source.startswith("def setUp(self):\n    self.bank")


def test_one_failing_test_is_the_first_that_was_told() -> None:
    """A small model mends one thing at a time."""
    ((_, source),) = failing_tests([("x.py", FILE)], RED, most=1)
    assert "test_two" in source
    assert "test_one" not in source


def test_pytests_own_names_are_read() -> None:
    """A class before the dot, parameters in brackets: neither belongs to the function's name."""
    ((_, source),) = failing_tests([("x.py", FILE)], PYTEST)
    assert "def test_one" in source


def test_what_cannot_be_found_is_not_made_up() -> None:
    """No Python, no such function, no failure that names one."""
    assert failing_tests([("x.js", "function test_one( {")], RED) == []
    assert failing_tests([("x.py", "x = 1\n")], RED) == []
    assert failing_tests([("x.py", FILE)], "exit 1") == []
