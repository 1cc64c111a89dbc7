import math
import re
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from runners.checks.failure_digest import clean_output, digest_failure, failure_key

PIECES = st.sampled_from(
    ["E   assert 1 == 2\n", "ok\n", "\x1b[31mred\x1b[0m", "\r", "\n", "\u202e", "é" * 50, "x" * 900]
)
OUTPUT = st.lists(st.one_of(PIECES, st.text(max_size=40)), max_size=60).map("".join)


@given(output=OUTPUT, tokens=st.integers(0, 400))
def test_never_above_its_bound(output: str, tokens: int) -> None:
    """Whatever the output, the digest keeps to its tokens, and is the same every time."""
    found = digest_failure(output, tokens=tokens)
    assert math.ceil(len(found.encode()) / 3) <= tokens
    assert digest_failure(output, tokens=tokens) == found


@given(output=OUTPUT)
def test_nothing_invisible_gets_through(output: str) -> None:
    """No control, bidi, zero-width or tag character is left in a digest."""
    hidden = "[\x00-\x09\x0b-\x1f\x7f-\x9f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff]"
    assert not re.search(hidden, digest_failure(output))


@pytest.mark.parametrize(
    ("raw", "seen"),
    [
        ("\x1b[1;31mFAILED\x1b[0m test", "FAILED test"),
        ("\x1b]8;;https://example.com\x07link\x1b]8;;\x07", "link"),
        ("10%\r50%\r100% done", "100% done"),
        ("line\r\nnext", "line\nnext"),
        ("a\u202eb\u2066c\u200bd\U000e0041e\ufe0ff\x00g\x08h", "abcdefgh"),
        ("a\u3164b\u115fc\u034fd", "abcd"),
    ],
)
def test_only_what_can_be_seen_is_kept(raw: str, seen: str) -> None:
    """Colours, links, progress overwritten in place and hidden characters go; the text stays."""
    assert digest_failure(raw) == seen


def test_repeated_lines_are_counted() -> None:
    """A line said a thousand times is said once, with its count."""
    assert digest_failure("warning: old\n" * 1000 + "end") == "warning: old  [x1000]\nend"


def test_the_failing_lines_survive_from_the_middle() -> None:
    """Of a long output head and tail stay, and what tells most of what lies between."""
    noise = [f"collecting item number {n} of many" for n in range(3000)]
    noise[1500:1500] = ["    def test_it():", "E       assert 41 == 42"]
    found = digest_failure("\n".join(["first line", *noise, "1 failed in 3.2s"]), tokens=300)
    assert found.startswith("first line\n")
    assert "E       assert 41 == 42" in found
    assert found.endswith("1 failed in TIME")
    assert "\n...\n" in found


def test_a_huge_line_does_not_push_out_the_rest() -> None:
    """One line of a megabyte is cut in its middle."""
    found = digest_failure("before\n" + "x" * 1_000_000 + "\nE   assert 0\n")
    assert found.startswith("before\nxxx")
    assert " ... xxx" in found
    assert found.endswith("E   assert 0")


def test_the_same_failure_reads_the_same() -> None:
    """Temporary names, times, addresses and process ids do not make a failure another one."""
    texts = [
        f"/tmp/pytest-of-me/pytest-{n}/x: <A object at 0x7f{n:08x}> in 0.{n}s (pid {n})\n"  # noqa: S108 - a text
        f"2026-01-0{n} 10:00:0{n} E  boom\n/box/repo/src/a.py:3: AssertionError"
        for n in (1, 2)
    ]
    assert digest_failure(texts[0]) == digest_failure(texts[1])
    assert failure_key(texts[0]) == failure_key(texts[1])
    assert "src/a.py:3: AssertionError" in digest_failure(texts[0])
    assert "/box" not in digest_failure(texts[0])


def test_the_key_is_about_the_failure() -> None:
    """Other noise around the same failure: same key. Another failure: another key."""
    one = "collected 3\nE   assert 1 == 2\nFAILED a.py::x\n3 passed"
    assert failure_key(one) == failure_key("noise\n" + one.replace("collected 3", "collected 9"))
    assert failure_key(one) != failure_key(one.replace("== 2", "== 3"))
    assert failure_key("quiet") != failure_key("also quiet")


def test_line_numbers_and_values_stay() -> None:
    """What a model needs in order to mend it is not normalised away."""
    line = "src/bank.py:42: ValueError: amount 17 is more than 0x1F or 3.5"
    assert clean_output(line) == [line]


@pytest.mark.parametrize("piece", ["/tmp/a", "a.", "/tmp/tmp", "1:1:"])  # noqa: S108  # text only
def test_endless_lines_are_shortened_before_they_are_read(piece: str) -> None:
    """A line of megabytes costs little, and both its ends stay."""
    line = f"first {piece * 200_000} last"
    started = time.thread_time()
    found = digest_failure(line)
    assert time.thread_time() - started < 2
    assert found.startswith("first")
    assert found.endswith("last")
