import math
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from support.processor_time import require_within

from bot.failures import clean_output
from runners.checks.failure_digest import digest_failure, failure_key

SAMPLES = Path(__file__).parents[2] / "data" / "failures"

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
    assert found.endswith("1 failed in 3.2s")
    assert "\n...\n" in found


def test_a_huge_line_does_not_push_out_the_rest() -> None:
    """One line of a megabyte is cut in its middle."""
    found = digest_failure("before\n" + "x" * 1_000_000 + "\nE   assert 0\n")
    assert found.startswith("before\nxxx")
    assert " ... xxx" in found
    assert found.endswith("E   assert 0")


def test_the_same_failure_has_the_same_key() -> None:
    """Temporary names, times, addresses and process ids do not make a failure another one."""
    texts = [
        f"/tmp/pytest-of-me/pytest-{n}/x: <A object at 0x7f{n:08x}> in 0.{n}s (pid {n})\n"  # noqa: S108 - a text
        f"2026-01-0{n} 10:00:0{n} E  boom\n/box/repo/src/a.py:3: AssertionError"
        for n in (1, 2)
    ]
    assert failure_key(texts[0]) == failure_key(texts[1])
    assert "src/a.py:3: AssertionError" in digest_failure(texts[0])
    assert "/box" not in digest_failure(texts[0])


DURATIONS = (
    "-1m 5s",
    "23h 58m 3 seconds",
    "0x1f00ff",
    "10:00:01",
    "2026-01-01T10:00:00Z",
    "pid 77",
)


@pytest.mark.parametrize("value", [*DURATIONS, "/tmp/x/y.txt", "/box/repo/x"])  # noqa: S108 - a text
def test_what_was_printed_is_shown_as_it_was_printed(value: str) -> None:
    """Times, addresses and paths in a message are values: a task may be about just those."""
    said = f"AssertionError: '{value}' != 'other {value}'"
    trace = 'Traceback (most recent call last):\n  File "t.py", line 3, in test_x\n    check()\n'
    for output in (said, f"FAIL: test_x (t.T.test_x)\n{'-' * 70}\n{trace}{said}\n"):
        assert said in digest_failure(output)


@pytest.mark.parametrize("name", ["node_tap", "node_spec", "mocha", "jest", "vitest", "rspec"])
def test_failures_come_first_however_much_passed(name: str) -> None:
    """Hundreds of tests that passed take no room from the one that failed."""
    output = (SAMPLES / f"{name}.txt").read_text()
    passed = "".join(
        f"# Subtest: case {n}\nok {n} - case {n}\n  ---\n  duration_ms: 0.3\n  ...\n"
        for n in range(1, 400)
    )
    found = digest_failure(
        output.replace("TAP version 13\n", f"TAP version 13\n{passed}"), tokens=600
    )
    assert "multiplies the price by the quantity" in found[:900]
    assert re.search(r"expected: 12|Expected: 12|3 !== 12|3 to be 12|\+ 3", found[:900])
    assert "ok 200" not in found


def test_of_many_failures_the_first_are_told_and_all_are_named() -> None:
    """Each has its share of the room, and none disappears without a word."""
    body = "\n".join(f"E       line {n} of a long message" for n in range(40))
    text = "".join(f"____ test_{n} ____\n{body}\n\nt.py:{n}: ValueError\n" for n in range(1, 31))
    found = digest_failure(f"==== FAILURES ====\n{text}==== end ====\n", tokens=1500)
    assert all(f"test_{n}\n  line 0" in found for n in range(1, 9))
    assert "and 22 more: test_9, " in found
    assert "test_30" in found
    assert " more lines]" in found


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
    found = require_within(2, lambda: digest_failure(line))
    assert found.startswith("first")
    assert found.endswith("last")
