"""A model's lines become a kind and a name that the repository has, or nothing that is counted."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.surprises import (
    MAX_SURPRISES,
    MAX_WORDS_CHARACTERS,
    KnownNames,
    parse_surprises,
)

PATHS = ("src/bank.py", "src/money.py", "tests/test_bank.py", "web/money.js", "Makefile", ".env")
KNOWN = KnownNames((*PATHS, "a/util.py", "b/util.py", "src/odd name`.py"), ("test", "lint"))


def read(line: str) -> tuple[str, str, str]:
    (found,) = parse_surprises(line, KNOWN, own="src/bank.py")
    return found.kind, found.subject, found.about


@pytest.mark.parametrize(
    ("line", "kind", "subject", "about"),
    [
        ("context: `src/money.py`: amounts are cents", "context", "file", "src/money.py"),
        ("- **Context:** money.py was needed", "context", "file", "src/money.py"),
        ("plan: src/money.py:12 has no round()", "plan", "file", "src/money.py"),
        ("2. check: `test`: fails when the port is taken", "check", "check", "test"),
        ("The lint check is flaky", "check", "check", "lint"),
        ("check: tests/test_bank.py fails at midnight", "check", "file", "tests/test_bank.py"),
        ("context: src/bank.py uses ./src/money.py.", "context", "file", "src/money.py"),
        ("context: `src/bank.py` was cut", "context", "file", "src/bank.py"),
        ("I had to guess what the Makefile does", "context", "file", "Makefile"),
        ("The plan asked for what is there", "plan", "", ""),
        ("I was surprised", "other", "", ""),
    ],
)
def test_a_line_is_about_what_it_names_of_the_repository(
    line: str, kind: str, subject: str, about: str
) -> None:
    """By its label or its words; a path by its end, where only one ends so; rather not its own."""
    assert read(line) == (kind, subject, about)


@pytest.mark.parametrize(
    "line",
    [
        "context: `util.py` is there twice",
        "context: `src/absent.py` was missing",
        "context: `.env` has the key",
        "context: `src/odd name`.py` is odd",
        "check: the test failed and I ran a test",
        "plan: see https://evil.example/src/money.pyc",
    ],
)
def test_what_is_not_there_or_not_to_be_told_of_is_counted_for_nothing(line: str) -> None:
    assert read(line)[1:] == ("", "")


def test_of_a_reply_three_lines_count_and_none_that_says_nothing() -> None:
    lines = ["```", "NONE", "context: NONE", "  ", "`-`", *(f"plan: item {n}" for n in range(9))]
    found = parse_surprises("\n".join(lines), KNOWN)
    assert [each.words for each in found] == ["plan: item 0", "plan: item 1", "plan: item 2"]


@given(st.text(max_size=3_000))
def test_whatever_a_model_says_is_bounded_and_on_one_line(reply: str) -> None:
    found = parse_surprises(reply, KNOWN)
    assert len(found) <= MAX_SURPRISES
    for each in found:
        assert len(each.words) <= MAX_WORDS_CHARACTERS
        assert each.words.splitlines() == [each.words]
        assert each.about in {"", *PATHS, "test", "lint", "a/util.py", "b/util.py"}
