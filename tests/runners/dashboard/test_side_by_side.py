"""A diff in two columns: the left one has the old lines, the right one the new, none lost."""

import difflib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.dashboard.page_room import cut, measure
from runners.dashboard.side_by_side import (
    MAX_BYTES,
    MAX_LINE_CHARACTERS,
    MAX_READ_CHARACTERS,
    Row,
    SideBySide,
    pair_lines,
)

LINE = st.text(st.characters(codec="utf-8", exclude_characters="\n\r"), max_size=12)
LINES = st.lists(LINE, max_size=12)
HEAD = "diff --git a/f b/f\n--- a/f\n+++ b/f\n"


def make_diff(old: list[str], new: list[str]) -> str:
    return "".join(
        f"{line}\n" for line in difflib.unified_diff(old, new, "a/f", "b/f", lineterm="")
    )


def rows_of(found: SideBySide | None) -> list[Row]:
    assert found
    return [row for file in found.files for hunk in file.hunks for row in hunk]


def git_diff(room: Path, old: bytes, new: bytes) -> str:
    """As git itself writes it, of two files."""
    for name, content in (("old", old), ("new", new)):
        (room / name).write_bytes(content)
    argv = ["git", "diff", "--no-index", "--no-color", "old", "new"]
    found = subprocess.run(argv, cwd=room, capture_output=True, check=False, timeout=60)
    return found.stdout.decode(errors="replace")


@pytest.mark.slow
@given(LINES, LINES)
def test_the_left_column_is_the_old_lines_and_the_right_one_the_new(
    old: list[str], new: list[str]
) -> None:
    diff = make_diff(old, new)
    if not diff:
        assert pair_lines(diff) is None
        return
    rows = rows_of(pair_lines(diff))
    left = {row.left_number: row.left for row in rows if row.left is not None}
    right = {row.right_number: row.right for row in rows if row.right is not None}
    assert all(old[int(number or 0) - 1] == text for number, text in left.items())
    assert all(new[int(number or 0) - 1] == text for number, text in right.items())
    assert [*left] == sorted(left, key=int)  # type: ignore[arg-type]  # none is None
    assert [*right] == sorted(right, key=int)  # type: ignore[arg-type]
    lines = diff.split("\n")[2:-1]
    assert [*left.values()] == [line[1:] for line in lines if line[0] in "- "]
    assert [*right.values()] == [line[1:] for line in lines if line[0] in "+ "]


def test_lines_that_took_the_place_of_others_stand_beside_them() -> None:
    rows = rows_of(pair_lines(f"{HEAD}@@ -1,3 +1,4 @@\n a\n-b\n+c\n+d\n e\n"))
    assert [(row.left, row.right, row.kind) for row in rows] == [
        ("a", "a", "same"),
        ("b", "c", "changed"),
        (None, "d", "added"),
        ("e", "e", "same"),
    ]


def test_a_line_of_64_kb_is_cut() -> None:
    long = "x" * 65_000
    (row,) = rows_of(pair_lines(make_diff([long], [f"y{long}"])))
    assert (len(row.left or ""), len(row.right or "")) == (MAX_LINE_CHARACTERS,) * 2


def test_a_file_without_a_newline_at_its_end_has_no_other_lines(tmp_path: Path) -> None:
    rows = rows_of(pair_lines(git_diff(tmp_path, b"a\nb", b"a\nc")))
    assert [(row.left, row.right) for row in rows] == [("a", "a"), ("b", "c")]


def test_a_line_that_ends_otherwise_now_is_no_longer_the_same(tmp_path: Path) -> None:
    rows = rows_of(pair_lines(git_diff(tmp_path, b"a\r\nb\r\n", b"a\nb\n")))
    assert [(row.left, row.right, row.kind) for row in rows] == [
        ("a\r", "a", "changed"),
        ("b\r", "b", "changed"),
    ]


def test_lines_that_differ_where_they_are_cut_have_changed() -> None:
    (row,) = rows_of(pair_lines(make_diff(["x" * 900 + "a"], ["x" * 900 + "b"])))
    assert row.kind == "changed"


def test_lines_of_a_file_with_carriage_returns_are_shown_without(tmp_path: Path) -> None:
    rows = rows_of(pair_lines(git_diff(tmp_path, b"a\r\nb\r\n", b"a\r\nc\r\n")))
    assert [(row.left, row.right, row.kind) for row in rows] == [
        ("a", "a", "same"),
        ("b", "c", "changed"),
    ]


def test_what_has_no_text_is_named_and_has_no_rows(tmp_path: Path) -> None:
    """Files of bytes, and those that were moved alone, are in the diff without lines."""
    renamed = "diff --git a/old b/new\nsimilarity index 100%\nrename from old\nrename to new\n"
    for diff in (git_diff(tmp_path, b"\0a", b"\0b"), renamed):
        found = pair_lines(diff)
        assert found is None or (found.files and not rows_of(found))


@pytest.mark.parametrize(
    "text",
    ["", "no diff", "@@ -1 +1 @@\n-a\n+b\n", f"{HEAD}@@ -1,9 +1,9 @@\n-a\n", "\0" * 70_000],
)
def test_what_is_no_diff_is_shown_as_it_reads(text: str) -> None:
    assert pair_lines(text) is None


def test_a_diff_of_megabytes_is_not_read() -> None:
    assert pair_lines(make_diff([], ["x" * 80] * (MAX_READ_CHARACTERS // 80))) is None


@pytest.mark.parametrize("line", ["x", "'" * 400, "\u202e" * 400, "\N{GRINNING FACE}" * 400])
def test_a_long_diff_has_as_many_rows_as_a_page_has_room_for(line: str) -> None:
    found = pair_lines(make_diff([], [f"{line}{n}" for n in range(900)]))
    rows = rows_of(found)
    assert found
    assert len(rows) + found.left_out == 900
    assert found.left_out > 0
    assert sum(measure(row.right or "") for row in rows) < MAX_BYTES


@given(st.text(max_size=200), st.integers(0, 300))
def test_what_is_cut_is_a_beginning_that_fits(text: str, most: int) -> None:
    kept = cut(text, most)
    assert text.startswith(kept)
    assert measure(kept) <= most
    assert kept == text or measure(text) > most
