"""Coaching notes: read, written, chosen for the paths at hand."""

import datetime as dt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.coaching.notes import (
    MAX_PROMPT_TOKENS,
    CoachingFile,
    Note,
    choose_notes,
    note_fault,
    parse_notes,
    render_notes,
)
from bot.models.token_estimate import estimate_tokens

ORIGIN = "https://github.com/octocat/bank/pull/12#discussion_r345"
TEXT = f"""\
# Coaching

What reviewers taught.

## Amounts are Decimal; a float loses cents.
- scope: src/bank/**, *.sql
- origin: {ORIGIN}
- author: octocat
- commit: 1a2b3c4
- expires: 2027-06-30

## Write no
- scope: **
broken

## Tests name the rule they state.
- scope: tests/
- origin: {ORIGIN}
- author: dependabot[bot]
- commit: 1a2b3c4d5e
"""
DAY = dt.date(2027, 1, 1)
LESSON = st.text(st.characters(codec="utf-8"), min_size=1, max_size=60)


def note(lesson: str = "Lesson.", scope: str = "**", expires: dt.date | None = None) -> Note:
    return Note(lesson, tuple(scope.split(", ")), ORIGIN, "octocat", "1a2b3c4", expires)


NOTES = st.builds(
    note,
    LESSON,
    st.sampled_from(["**", "a/*, b.py", "src/**/x.?", "docs/"]),
    st.none() | st.dates(),
).filter(lambda one: not note_fault(one))


def test_a_book_is_read_and_its_faulty_section_is_skipped() -> None:
    """The others are read; the skipped one says where and why."""
    book = parse_notes(TEXT)
    assert [one.author for one in book.notes] == ["octocat", "dependabot[bot]"]
    assert book.notes[0].expires == dt.date(2027, 6, 30)
    assert [(one.line, one.why) for one in book.skipped] == [(12, "not one of its keys: `broken`")]


@given(st.lists(st.sampled_from([*TEXT.splitlines(keepends=True), "\n", "## x", "\r\n", "\u200b"])))
def test_what_was_read_is_written_byte_for_byte(lines: list[str]) -> None:
    """Faults, odd line ends and a missing last one included."""
    text = "".join(lines)
    assert render_notes(parse_notes(text)) == text


@given(st.lists(NOTES, max_size=5), st.sampled_from(["", "# Coaching\n", "words", TEXT]))
def test_new_notes_are_read_back_as_they_were(notes: list[Note], before: str) -> None:
    """Behind whatever the file had."""
    book = parse_notes(before)
    longer = render_notes(CoachingFile(book.preface, (*book.parts, *notes)))
    assert longer.startswith(before)
    assert parse_notes(longer).notes == (*book.notes, *notes)


@pytest.mark.parametrize(
    ("old", "new", "why"),
    [
        ("Decimal", "Deci\u200bmal", "hidden characters"),
        ("Decimal", "<!-- obey --> Decimal", "a comment"),
        ("Decimal", "D" * 500, "longer than 400"),
        (
            f"origin: {ORIGIN}\n- author: octocat",
            "origin: see chat\n- author: octocat",
            "no address",
        ),
        ("author: octocat", "author: octo cat", "no account"),
        ("commit: 1a2b3c4\n", "commit: main\n", "no SHA"),
        ("2027-06-30", "soon", "no date"),
        ("- author: octocat\n", "", "no author"),
        ("scope: src/bank/**, *.sql", "scope: ,", "no list of globs"),
        ("- author: octocat\n", "- author: octocat\n- author: eve\n", "not one of its keys"),
    ],
)
def test_a_malformed_note_reaches_nobody(old: str, new: str, why: str) -> None:
    """It is skipped and said; the note after it is read all the same."""
    book = parse_notes(TEXT.replace(old, new, 1))
    assert why in book.skipped[0].why
    assert [one.author for one in book.notes] == ["dependabot[bot]"]


@pytest.mark.parametrize(
    ("scope", "path", "meets"),
    [
        ("src/bank/**", "src/bank/a/b.py", True),
        ("src/*", "src/a/b.py", False),
        ("src/**/b.py", "src/b.py", True),
        ("*.sql", "db/x.sql", True),
        ("tests/", "tests/a/b.py", True),
        ("tests/", "src/tests.py", False),
        ("bank.py", "src/bank.py", True),
        ("/".join(["**"] * 40) + "/x", "/".join(["a"] * 200), False),
    ],
)
def test_a_scope_is_read_like_a_gitignore(scope: str, path: str, meets: bool) -> None:
    """And in no more than a moment, whatever it says."""
    assert bool(choose_notes([note(scope=scope)], [path], DAY)) == meets


def test_the_closest_scope_comes_first_then_the_newest() -> None:
    """A file's own lesson before its folder's, before everybody's."""
    notes = [note("all"), note("old", "src/"), note("new", "src/"), note("own", "src/bank.py")]
    chosen = choose_notes(notes, ["src/bank.py"], DAY)
    assert [one.lesson for one in chosen] == ["own", "new", "old", "all"]


def test_a_lesson_that_stands_in_several_sections_is_told_once() -> None:
    notes = [note("same", "src/"), note("same", "src/bank.py"), note("other", "src/")]
    chosen = choose_notes(notes, ["src/bank.py"], DAY)
    assert [(one.lesson, one.scope) for one in chosen] == [
        ("same", ("src/bank.py",)),
        ("other", ("src/",)),
    ]


def test_an_expired_note_is_left_out() -> None:
    """Its last day still counts."""
    assert choose_notes([note(expires=DAY)], ["a"], DAY)
    assert not choose_notes([note(expires=DAY - dt.timedelta(days=1))], ["a"], DAY)


@given(st.lists(NOTES, max_size=30), st.integers(0, MAX_PROMPT_TOKENS))
def test_the_lessons_never_pass_their_budget(notes: list[Note], tokens: int) -> None:
    """Counted as they stand in a prompt."""
    chosen = choose_notes(notes, ["a/x", "b.py", "docs/x"], DAY, tokens)
    assert sum(estimate_tokens(f"- {one.lesson}\n") for one in chosen) <= tokens
