"""Messages from a pipe: whole, in order, within bounds of size and time."""

import json
import os
import time
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.json_lines import JsonLineReader, LineTooLongError

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=5,
)
MESSAGES = st.lists(VALUES) | st.dictionaries(st.text(), VALUES)


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    """Where to read, where to write; the test closes the writing end."""
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)


@given(st.lists(MESSAGES, max_size=4), st.integers(1, 7))
def test_messages_come_whole_and_in_order_however_the_pipe_cuts_them(
    values: list[object], size: int
) -> None:
    raw = "".join(f"{json.dumps(value)}\n" for value in values).encode()
    reading, writing = os.pipe()
    reader = JsonLineReader(reading)
    found = []
    for at in range(0, len(raw), size):
        os.write(writing, raw[at : at + size])
        while b"\n" in raw[at : at + size] and len(found) < raw[: at + size].count(b"\n"):
            found.append(reader.read(time.monotonic() + 10))
    os.close(writing)
    assert reader.read() is None
    os.close(reading)
    assert found == values


def test_half_a_line_at_the_end_is_no_message(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, b'{"a": 1}\n{"b"')
    os.close(writing)
    reader = JsonLineReader(reading)
    assert reader.read() == {"a": 1}
    assert reader.read() is None


def test_a_line_longer_than_the_bound_is_not_read_on(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, b"1" * 2000)
    os.close(writing)
    with pytest.raises(LineTooLongError):
        JsonLineReader(reading, max_line_bytes=1000).read()


def test_nobody_waits_beyond_the_deadline(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    reader = JsonLineReader(reading)
    os.write(writing, b"[1,")
    with pytest.raises(TimeoutError):
        reader.read(time.monotonic() + 0.05)
    os.write(writing, b" 2]\n")
    assert reader.read(time.monotonic() + 10) == [1, 2]
    with pytest.raises(TimeoutError):
        reader.read(time.monotonic() - 1)
    os.close(writing)


def test_what_is_no_json_raises(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    os.write(writing, b"{\n")
    os.close(writing)
    with pytest.raises(ValueError, match="Expecting"):
        JsonLineReader(reading).read()
