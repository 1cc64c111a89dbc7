"""The diff that waits is shown whole where it fits; what does not fit is named, nothing is hidden."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.ticket.waiting_diff import MAX_DIFF_CHARS, FileDiff, WaitingDiff, render_waiting_diff

SECRET = "a-secret-of-this-machine"  # noqa: S105
URL = "https://github.com/octocat/bank/compare/a...b"
REF = "refs/bricklayer/waiting/1"


def file(path: str, lines: int = 3, line: str = "+x") -> FileDiff:
    head = f"diff --git a/{path} b/{path}\n"
    return FileDiff(path, head + f"{line}\n" * lines, lines, 0)


def shown(*files: FileDiff, room: int = MAX_DIFF_CHARS, url: str = URL) -> str:
    return render_waiting_diff(WaitingDiff(files, url, REF if url else ""), (SECRET,), room)


def test_what_approval_is_asked_for_comes_first_and_the_rest_is_named() -> None:
    text = shown(file("risky.py", 100), file("long.py", 9000), file("other.py", 9000), room=9000)
    assert text.count("+x") > 100
    assert text.index("risky.py") < text.index("long.py")
    assert "lines of the diff of `long.py` are not shown here" in text
    assert "Not shown here, as there is no room: `other.py` (+9000 -0)" in text
    assert f"[on GitHub]({URL})" in text
    assert f"git fetch origin {REF}" in text
    assert len(text) < 9000 + 1500


def test_where_all_of_it_fits_nothing_is_said_to_be_missing() -> None:
    text = shown(file("a.py"), file("b.py"), url="")
    assert "not shown" not in text.lower()
    assert "operator" not in text
    assert "operator" in shown(file("a.py", 90000), url="")


@pytest.mark.parametrize(
    "line",
    ["+```\n+@mona</details>", " ````\n### Approved", "+~~~\n+<!-- note -->", "`````````"],
)
def test_no_line_of_it_ends_the_block(line: str) -> None:
    text = shown(file("a.md", 1, line))
    fence = text.split("diff\n")[0].splitlines()[-1]
    inside = text.split(f"{fence}diff\n")[1]
    assert inside.split(f"\n{fence}\n")[0].endswith(line.rsplit("\n", maxsplit=1)[-1])


@pytest.mark.parametrize("char", ["\u202e", "\u200b", "\u2066", "\x1b", "\r", "\u00ad", "\ufeff"])
def test_what_is_not_seen_is_shown_by_its_code(char: str) -> None:
    text = shown(file("a.py", 1, f"+if admin{char}:"))
    assert char not in text
    assert f"+if admin<U+{ord(char):04X}>:" in text
    assert "Invisible characters are shown" in text


def test_lines_that_end_with_a_carriage_return_are_lines() -> None:
    assert "<U+" not in shown(file("a.py", 3, "+x\r"))


def test_secrets_are_struck_out_and_that_is_said() -> None:
    text = shown(file("a.py", 1, f'+key = "{SECRET}"'))
    assert SECRET not in text
    assert "looks like a secret is shown as `[***]`" in text


@given(st.lists(st.tuples(st.integers(0, 4000), st.integers(1, 200)), max_size=80), st.integers(0))
def test_it_keeps_to_its_room_whatever_is_in_it(sizes: list[tuple[int, int]], room: int) -> None:
    files = [file(f"{'p' * width}{at}.py", n) for at, (n, width) in enumerate(sizes)]
    text = shown(*files, room=room)
    assert len(text) < min(room, MAX_DIFF_CHARS) + 8000
    assert text.endswith("</details>")
    assert text.count("```") % 2 == 0
