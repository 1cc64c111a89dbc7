"""A record is one line, whatever it quotes."""

import json
import logging
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.logs.fields import log_fields
from bot.logs.formats import (
    MAX_ERROR_BYTES,
    MAX_MESSAGE_BYTES,
    OF_TRACE,
    JsonFormat,
    TextFormat,
    read_message,
)

FORGED = "seen\n2026-01-01 00:00:00,000 ERROR the database is gone\r\x1b[2J\u2028\u202eback\ud800"
ANY_TEXT = st.text(st.characters(codec=None))


def record(text: str, error: BaseException | None = None) -> logging.LogRecord:
    told = (type(error), error, error.__traceback__) if error else None
    return logging.LogRecord("bricklayer", logging.WARNING, "x.py", 1, "%s", (text,), told)


def raised(text: str) -> ValueError:
    try:
        raise ValueError(text)  # noqa: TRY301  # its trace is what is wanted
    except ValueError as exc:
        return exc


@given(ANY_TEXT)
def test_no_text_begins_a_line_of_its_own_or_acts_on_a_terminal(text: str) -> None:
    """In both forms, and every character of a line can be seen."""
    for form in (TextFormat(), TextFormat(timed=False), JsonFormat()):
        line = form.format(record(text))
        assert line.splitlines() == [line]
        assert line.isprintable()
        assert line.encode()


def test_what_is_not_seen_is_written_as_a_string_of_python() -> None:
    line = TextFormat(timed=False).format(record(FORGED))
    assert line == (
        r"WARNING seen\n2026-01-01 00:00:00,000 ERROR the database is gone\r\x1b[2J\u2028\u202eback\ud800"
    )


@given(ANY_TEXT)
def test_each_line_of_a_trace_is_marked(text: str) -> None:
    """So that an error's own words are not taken for a line of the log, however long they are."""
    first, *rest = TextFormat().format(record("it failed", raised(text))).splitlines()
    assert first.endswith("WARNING it failed")
    assert rest
    assert all(line.startswith(OF_TRACE) and line.isprintable() for line in rest)


def test_json_has_the_time_in_utc_the_fields_and_the_trace() -> None:
    """Nothing is lost of what it quotes, but half a character, which JSON may not hold raw."""
    given_record = record(FORGED, raised("why\nso"))
    given_record.created = 1_764_378_000.25
    with log_fields(delivery="d-1", ticket="o/r#1", job="abc", repository="o/r"):
        found = json.loads(JsonFormat().format(given_record))
    error = found.pop("error")
    assert error.startswith("Traceback (most recent call last):\n")
    assert error.endswith("ValueError: why\nso")
    assert found == {
        "time": "2025-11-29T01:00:00.250Z",
        "level": "WARNING",
        "logger": "bricklayer",
        "message": FORGED,
        "delivery": "d-1",
        "ticket": "o/r#1",
        "job": "abc",
        "repository": "o/r",
    }


@pytest.mark.parametrize("char", ["a", "\x01", "\u00e9", "\U0001f9f1", "\ud800"])
def test_a_line_of_json_fits_what_journald_keeps_whole(char: str) -> None:
    """48 KiB, whatever the text is of; of a trace, both its beginning and its end are kept."""
    line = JsonFormat().format(record(char * 100_000, raised(char * 100_000)))
    assert len(line) < MAX_MESSAGE_BYTES + MAX_ERROR_BYTES + 500 < 48 << 10
    found = json.loads(line)
    assert found["message"].endswith(" [cut]")
    assert found["error"].startswith("Traceback")
    assert found["error"].endswith(char * 100)


def test_what_a_line_says_is_read_back_in_both_forms() -> None:
    """The last line of a dead worker's log is told to people without its form."""
    error = raised("the card is full")
    for form in (TextFormat(), JsonFormat()):
        line = form.format(record("it failed", error)).splitlines()[-1]
        assert read_message(line) == "ValueError: the card is full"
    assert read_message(JsonFormat().format(record("asked"))) == "asked"
    assert [read_message(line) for line in ("free(): invalid size", "[1]", "null")] == [
        "free(): invalid size",
        "[1]",
        "null",
    ]


def test_without_an_error_under_way_no_trace_is_told() -> None:
    """`log.exception` outside of a handler has nothing to show."""
    empty = record("x")
    empty.exc_info = sys.exc_info()
    assert "error" not in json.loads(JsonFormat().format(empty))


def test_no_text_is_a_command_to_a_runner_of_actions() -> None:
    """The older form of a command counts wherever it stands, the newer at a line's beginning."""
    lines = TextFormat(timed=False).format(
        record("\n::stop-commands::x ##[set-output name=a]b", raised("\n::debug::x\n##[add-mask]y"))
    )
    assert "##[" not in lines
    assert not [line for line in lines.splitlines() if line.lstrip().startswith("::")]
