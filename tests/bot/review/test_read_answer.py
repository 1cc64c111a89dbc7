"""What is read of a reviewer's answer, however a model writes it, and whatever is hidden in it."""

import time

import pytest

from bot.review.model import MAX_PROOF_CHARACTERS, MAX_SAID_CHARACTERS, MAX_TEST_CHARACTERS
from bot.review.read_answer import MAX_NAMED, read_answer


@pytest.mark.parametrize(
    "line",
    [
        "src/a.py:12: it is off by one",
        "- `src/a.py:12`: it is off by one",
        "1. **src/a.py:12** - it is off by one",
        "FINDING src/a.py:12-14: it is off by one",
        "* ./src/a.py:L12: it is off by one",
    ],
)
def test_a_place_is_read_in_every_dress_that_models_give_it(line: str) -> None:
    (fault,) = read_answer(f"Here is what I see:\n\n{line}\nPROOF: f(1) gives 2\n").faults
    assert (fault.path, fault.line) == ("src/a.py", 12)
    assert (fault.said, fault.proof) == ("it is off by one", "f(1) gives 2")


def test_a_test_belongs_to_the_finding_above_it_and_quoted_code_is_none() -> None:
    answer = (
        "a.py:1: one\nmore of it\n**PROOF:** p\n```python\nquoted()\n```\n"
        "```python file=tests/test_a.py\nb.py:2: no place\n```\n"
        "b.py:3: two\n"
    )
    first, second = read_answer(answer).faults
    assert first.said == "one more of it"
    assert first.test
    assert (first.test.path, first.test.text) == ("tests/test_a.py", "b.py:2: no place\n")
    assert (second.path, second.line, second.test) == ("b.py", 3, None)


def test_a_test_may_begin_on_the_line_of_its_proof_and_an_answer_end_with_none() -> None:
    said = "a.py:1: wrong\nPROOF: ```python file=test_a.py\nassert f()\n```\n\n**NONE**\n"
    [fault] = read_answer(said).faults
    assert fault.test is not None
    assert (fault.said, fault.proof) == ("wrong", "")
    assert (fault.test.path, fault.test.text) == ("test_a.py", "assert f()\n")


@pytest.mark.parametrize(
    ("answer", "none", "rest"),
    [
        ("NONE", True, ""),
        ("**NONE.**\n", True, ""),
        ("It is wrong.", False, "It is wrong."),
        ("", False, ""),
    ],
)
def test_only_the_word_asked_for_says_that_nothing_is_wrong(
    answer: str, none: bool, rest: str
) -> None:
    read = read_answer(answer)
    assert (read.says_none, read.rest, read.faults) == (none, rest, ())


def test_an_answer_of_any_length_is_bounded_and_read_in_linear_time() -> None:
    """Words, tests and places alike; a test that is too long to be one is none."""
    long = "x" * (MAX_TEST_CHARACTERS + 1)
    many = f"a.py:1: {'w' * 5000}\nPROOF: {'p' * 5000}\n```py file=t.py\n{long}\n```\n" * 100
    began = time.perf_counter()
    faults = read_answer(f"{many}{'- ' * 200_000}{'`' * 100_000}").faults
    assert time.perf_counter() - began < 2
    assert 1 <= len(faults) <= MAX_NAMED
    assert len(faults[0].said) <= MAX_SAID_CHARACTERS
    assert len(faults[0].proof) <= MAX_PROOF_CHARACTERS
    assert faults[0].test is None
