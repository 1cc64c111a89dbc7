import subprocess
import sys
from pathlib import Path

import pytest

from bot.failures import read_failures
from bot.prompts.failure_reports import explain_assertion, summarize_failures

CODE = "def half(n):\n    return n // 0 if n == 3 else n\n"
UNITTEST = """
import unittest
from code_under_test import half


class HalfTest(unittest.TestCase):
    def test_even(self):
        self.assertEqual(half(4), 2)

    def test_three(self):
        self.assertEqual(half(3), 1)

    def test_many(self):
        for number in (8, 10):
            with self.subTest(number):
                self.assertEqual(half(number), number / 2)

    def test_fine(self):
        self.assertEqual(half(0), 0)


unittest.main()
"""


def output(tmp_path: Path, script: str, *command: str) -> str:
    (tmp_path / "code_under_test.py").write_text(CODE)
    (tmp_path / "test_half.py").write_text(script)
    argv = [sys.executable, *(command or ("test_half.py",))]
    done = subprocess.run(
        argv, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode != 0
    return done.stdout + done.stderr


def summary(output: str, shown: int = 4) -> list[str]:
    return summarize_failures(read_failures(output), shown=shown).splitlines()


def test_a_failure_is_a_sentence_and_what_was_printed(tmp_path: Path) -> None:
    """Each says which test, what it asked, what came, and where the code broke."""
    told = summary(output(tmp_path, UNITTEST))
    assert "HalfTest.test_even: half(4) is 4, but must be 2" in told
    assert "  AssertionError: 4 != 2" in told
    assert any(line.startswith("HalfTest.test_many") and "8" in line for line in told)
    assert "  ZeroDivisionError: integer division or modulo by zero" in told
    assert any(line.endswith("in half: return n // 0 if n == 3 else n") for line in told)


def test_a_plain_script_that_asserts(tmp_path: Path) -> None:
    """A failed assert of a script is its message and its line."""
    script = "from code_under_test import half\nassert half(4) == 2, f'got {half(4)}'\n"
    told = summary(output(tmp_path, script))
    assert told[0] == "AssertionError: got 4"
    assert told[1].endswith(": assert half(4) == 2, f'got {half(4)}'")


@pytest.mark.slow
def test_pytest_failures(tmp_path: Path) -> None:
    script = "from code_under_test import half\n\ndef test_four():\n    assert half(4) == 2\n"
    told = summary(output(tmp_path, script, "-m", "pytest", "-q", "-p", "no:cacheprovider"))
    assert told[0] == "test_four: half(4) is 4, but must be 2"
    assert "  assert 4 == 2" in told


def test_a_name_that_is_missing(tmp_path: Path) -> None:
    """An import that fails is told like any other failure."""
    told = summary(output(tmp_path, "from code_under_test import third\n"))
    assert told[0].startswith("ImportError: cannot import name 'third'")


def test_equal_failures_are_told_once_and_many_are_counted() -> None:
    """A prompt has no room for the tenth failure: it says how many more there are."""
    frame = '  File "t.py", line 1, in test\n    check({})\nValueError: no\n'
    many = "".join(f"Traceback (most recent call last):\n{frame.format(n)}\n" for n in range(9))
    told = summary(many + many, shown=2)
    assert told == [
        "test",
        "  ValueError: no",
        "  at t.py:1 in test: check(0)",
        "",
        "test",
        "  ValueError: no",
        "  at t.py:1 in test: check(1)",
        "",
        "and 7 more",
    ]


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
