from bot.prompts.failing_tests import find_failing_tests

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
