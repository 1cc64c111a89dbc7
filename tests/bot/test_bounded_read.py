"""What a person hands in is read within a bound, and what is wrong with it is said with its place."""

import io
import sys
from pathlib import Path

import pytest

from bot.bounded_read import STDIN, decode_utf8, read_bounded
from bot.errors import UserError


def read(source: str | Path) -> bytes:
    return read_bounded(
        source, "the plan", 8 << 10, absent_hint="Name one.", large_hint="Split it."
    )


def test_as_much_as_the_bound_is_read_and_a_byte_more_is_refused(tmp_path: Path) -> None:
    """With the bound, the place and what to do about it."""
    path = tmp_path / "job.md"
    path.write_bytes(b"x" * (8 << 10))
    assert len(read(path)) == 8 << 10
    path.write_bytes(b"x" * ((8 << 10) + 1))
    with pytest.raises(UserError) as told:
        read(path)
    assert str(told.value) == f"{path}: the plan is larger than 8 KiB\n  Split it."


@pytest.mark.parametrize("name", ["none.md", ".", "a\0b"])
def test_what_is_no_file_is_named(tmp_path: Path, name: str) -> None:
    """A path that is not there, a folder, a name that none can have."""
    with pytest.raises(UserError, match="the plan cannot be read") as told:
        read(tmp_path / name)
    assert told.value.hint == "Name one."


def test_standard_input_need_not_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """One byte beyond the bound is taken from it and no more."""
    endless = io.BytesIO(b"x" * 100_000)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(endless))
    with pytest.raises(UserError, match="larger than 8 KiB") as told:
        read(STDIN)
    assert (told.value.where, endless.tell()) == ("standard input", (8 << 10) + 1)


def test_a_byte_that_is_no_utf8_is_named() -> None:
    with pytest.raises(UserError, match="not UTF-8 at byte 3"):
        decode_utf8(b"caf\xe9", "the plan", where="job.md")
