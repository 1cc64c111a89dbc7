from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from runners.sandbox.capture import HEAD_BYTES, TAIL_BYTES, Capture


@given(
    before=st.binary(max_size=40), body=st.binary(max_size=200), cuts=st.lists(st.integers(0, 300))
)
def test_however_it_is_cut_the_output_is_whole(before: bytes, body: bytes, cuts: list[int]) -> None:
    """Reads may end anywhere: what came before the mark is apart, what follows is complete."""
    data = before + b"MARK-1 ready\n" + body
    seen = Capture(b"MARK-1")
    edges = [0, *sorted(min(c, len(data)) for c in cuts), len(data)]
    for start, end in pairwise(edges):
        seen.feed(data[start:end])
    assert seen.ready
    assert bytes(seen.preface) == before
    assert seen.finish() == (body.decode(errors="replace"), "")


def test_the_closing_word_is_taken_out() -> None:
    """The sandbox's own last line is not the command's output."""
    seen = Capture(b"MARK")
    seen.feed(b"MARK ready\nfull\n\nMARK disk\n")
    assert seen.finish() == ("full\n", "disk")


def test_head_and_tail_of_a_flood_are_kept() -> None:
    """Of more than fits, the start and the end stay and the gap says its size."""
    seen = Capture(b"MARK")
    seen.feed(b"MARK ready\nstart")
    for _ in range(40):
        seen.feed(b"x" * 100_000)
    seen.feed(b"end")
    text, _ = seen.finish()
    assert text.startswith("start")
    assert text.endswith("end")
    assert f"... {4_000_008 - HEAD_BYTES - TAIL_BYTES} bytes left out ..." in text


def test_nothing_counts_before_the_command_starts() -> None:
    """What the sandbox says while it starts is neither output nor a flood."""
    seen = Capture(b"MARK")
    seen.feed(b"bwrap: no" * 100_000)
    assert (seen.total, seen.ready) == (0, False)
    assert seen.finish() == ("", "")
