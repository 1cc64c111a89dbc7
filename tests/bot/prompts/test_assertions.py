import pytest

from bot.prompts.assertions import explain_assertion


@pytest.mark.parametrize(
    ("asked", "wrong", "said"),
    [
        ("self.assertEqual(f(4), 2)", "AssertionError: 4 != 2", "f(4) is 4, but must be 2"),
        (
            "self.assertEqual(a.log, [1])",
            "AssertionError: Lists differ: [] != [1]",
            "a.log is [], but must be [1]",
        ),
        ("assert f(4) == 2", "assert 4 == 2", "f(4) is 4, but must be 2"),
        ("assert f(4) == 2", "AssertionError: assert 4 == 2", "f(4) is 4, but must be 2"),
        (
            "with self.assertRaises(ValueError):",
            "AssertionError: ValueError not raised",
            "ValueError must be raised, but is not",
        ),
        ("self.assertEqual(f(4), 2)", "KeyError: 'x'", ""),
        ("self.assertEqual(f(4),", "AssertionError: 4 != 2", ""),
        ("assert f(4) == 2, f'case {n}'", "AssertionError: case 3", ""),
        ("self.assertTrue(f())", "AssertionError: False is not true", ""),
    ],
)
def test_what_came_and_what_must_come(asked: str, wrong: str, said: str) -> None:
    """A sentence where both can be read with certainty, else nothing: the caller tells it raw."""
    assert explain_assertion(asked, wrong) == said
