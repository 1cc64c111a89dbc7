"""Notes proposed from what reviewers wrote."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.tickets import HEAD, MONA, ORIGIN, ticket

from bot.coaching import notes
from bot.github.webhooks import LineComment
from bot.ticket.coaching_proposals import (
    MAX_LESSON_CHARS,
    add_proposals,
    files_like,
    first_sentence,
)

PATHS = st.lists(
    st.text(st.characters(codec="utf-8", exclude_characters="/\0\n"), min_size=1, max_size=12),
    min_size=1,
    max_size=4,
).map("/".join)
COMMENT = LineComment(345, MONA, "Use cents.", "src/bank.py", 2, "", HEAD, ORIGIN, 0, 1)


@pytest.mark.parametrize(
    ("path", "scope"),
    [
        ("src/bank.py", "src/*.py"),
        ("bank.py", "*.py"),
        ("Makefile", "Makefile"),
        ("app/[id]/page.tsx", "app/?id?/*.tsx"),
        ("a b/c,d.txt", "a?b/*.txt"),
    ],
)
def test_a_lesson_holds_for_files_like_the_one_it_is_about(path: str, scope: str) -> None:
    assert files_like(path) == scope


@given(PATHS)
def test_a_lesson_holds_for_the_very_file_it_is_about(path: str) -> None:
    note = notes.Note("Use cents.", (files_like(path),), ORIGIN, "mona", HEAD)
    assert notes.choose_notes((note,), [path], notes.dt.date(2027, 1, 1)) == (note,)


@pytest.mark.parametrize(
    ("words", "first"),
    [
        ("Use cents. A float would do harm.", "Use cents."),
        ("Why?\nBecause.", "Why?"),
        ("> quoted\n\nUse 1.5 at most", "Use 1.5 at most"),
        ("```suggestion\n", ""),
        ("", ""),
        ("x" * 5_000_000, "x" * 5_000_000),
    ],
)
def test_the_first_thing_that_was_said_is_the_lesson_where_nobody_distils_it(
    words: str, first: str
) -> None:
    assert first_sentence(words) == first


def test_a_comment_is_taught_once_with_who_said_it_where() -> None:
    once = add_proposals(ticket(), [COMMENT], ["Use  cents.\u200b"])
    (one,) = once
    assert (one.state, one.by, one.note.lesson) == ("proposed", "", "Use cents.")
    assert (one.note.author, one.note.origin, one.note.commit) == ("mona", ORIGIN, HEAD)
    assert add_proposals(replace(ticket(), notes=once), [COMMENT], ["Use pence."]) == once


def test_where_there_is_no_lesson_nothing_is_proposed() -> None:
    assert add_proposals(ticket(), [COMMENT], [""]) == ()
    assert add_proposals(ticket(), [COMMENT], ["<!-- x -->"]) == ()


@given(st.text(st.characters(codec="utf-8"), max_size=MAX_LESSON_CHARS * 2))
def test_whatever_was_said_a_proposed_note_can_be_kept_in_the_file(words: str) -> None:
    for one in add_proposals(ticket(), [COMMENT], [words]):
        book = notes.parse_notes(notes.render_notes(notes.CoachingFile(parts=(one.note,))))
        assert book.notes == (one.note,)


def test_a_long_lesson_is_cut_and_kept() -> None:
    (one,) = add_proposals(ticket(), [COMMENT], ["ab " * MAX_LESSON_CHARS])
    assert len(one.note.lesson) <= MAX_LESSON_CHARS


def test_an_account_of_an_enterprise_teaches_too() -> None:
    """Its name has an underscore: `mona_corp`."""
    by = replace(COMMENT, author=replace(MONA, login="mona_corp"))
    assert [one.note.author for one in add_proposals(ticket(), [by], ["Use cents."])] == [
        "mona_corp"
    ]
