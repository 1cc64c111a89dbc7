import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.prompts.failure_reports import explain_assertion, read_failures, summarize_failures

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


def test_unittest_failures_take_one_line_each(tmp_path: Path) -> None:
    """Each failure says which test, what it asked, what came, and where the code broke."""
    told = summarize_failures(output(tmp_path, UNITTEST)).splitlines()
    assert "test_even: half(4) is 4, but must be 2" in told
    assert any(line.startswith("test_many (number=8)") or "[8]" in line for line in told)
    assert any("ZeroDivisionError" in line and "(at `return n // 0" in line for line in told)
    assert len(told) == 4


def test_a_plain_script_that_asserts(tmp_path: Path) -> None:
    """A failed assert of a script is its line and its message."""
    script = "from code_under_test import half\nassert half(4) == 2, f'got {half(4)}'\n"
    assert summarize_failures(output(tmp_path, script)) == (
        "`assert half(4) == 2, f'got {half(4)}'` -> AssertionError: got 4"
    )


def test_pytest_failures(tmp_path: Path) -> None:
    """The lines that pytest marks with > and E are what matters of its report."""
    script = "from code_under_test import half\n\ndef test_four():\n    assert half(4) == 2\n"
    told = summarize_failures(
        output(tmp_path, script, "-m", "pytest", "-q", "-p", "no:cacheprovider")
    )
    assert told.splitlines()[0] == "test_four: half(4) is 4, but must be 2"


def test_a_name_that_is_missing(tmp_path: Path) -> None:
    """An import that fails is told like any other failure."""
    told = summarize_failures(output(tmp_path, "from code_under_test import third\n"))
    assert told.startswith("`from code_under_test import third` -> ImportError:")


def test_equal_failures_are_told_once_and_many_are_counted() -> None:
    """A prompt has no room for the tenth failure: it says how many more there are."""
    frame = '  File "t.py", line 1, in test\n    check({})\nValueError: no\n'
    many = "".join(f"Traceback (most recent call last):\n{frame.format(n)}" for n in range(9))
    told = summarize_failures(many + many, shown=2).splitlines()
    assert told == [
        "test: `check(0)` -> ValueError: no",
        "test: `check(1)` -> ValueError: no",
        "and 7 more",
    ]


@pytest.mark.parametrize("text", ["", "make: *** [all] Error 2", "--- FAIL: TestX (0.00s)"])
def test_what_is_no_traceback_stays_as_it_is(text: str) -> None:
    """Other tools' output is passed on whole, never lost."""
    assert summarize_failures(text) == text


LINES = [
    "Traceback",
    '  File "a", line 1, in x',
    "E   no",
    "> y",
    "    z",
    "FAIL: t (a.b) [c]",
    "ValueError: no",
    "___ t ___",
    "-----",
    "",
]


@given(st.lists(st.sampled_from(LINES)))
def test_any_mixture_of_lines_is_told(lines: list[str]) -> None:
    """Cut-off and interleaved reports never raise, and something is always said of something."""
    assert bool(summarize_failures("\n".join(lines)).strip()) == bool("\n".join(lines).strip())


@pytest.mark.parametrize(
    "header", ["____ Bank.test_one[1.5-a] ____", "FAIL: test_one (x.Bank.test_one) [n=1]"]
)
def test_the_function_of_a_failure(header: str) -> None:
    """A class before the dot, parameters in brackets: neither belongs to the function's name."""
    trace = '  File "x.py", line 3, in test_one\n    check(3)\nValueError: no\n'
    assert [one.function for one in read_failures(f"{header}\n{trace}")] == ["test_one"]


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
