"""The work of a reply grows as its length and the file's do: counted, and not by the clock."""

import contextlib
import sys
from collections.abc import Callable
from types import FrameType

import pytest

from runners.edits import EditError, resolve_reply
from runners.edits.reply_limits import limit_work

SIZE = 120
MAX_GROWTH = 2.6
"""Of twice the size: twice, and something for what is done once less often."""


def lines(count: int, form: str = "    value_{0} = compute({0})") -> str:
    return "".join(form.format(n) + "\n" for n in range(count))


def block(search: str, replace: str) -> str:
    return f"<<<<<<< SEARCH\n{search}=======\n{replace}>>>>>>> REPLACE\n"


def one_block(n: int) -> tuple[str, str]:
    return lines(n), block(f"    value_{n - 2} = compute({n - 2})\n", "    value = 1\n")


def dedented_block(n: int) -> tuple[str, str]:
    search = lines(n // 2, "value_{0} = compute({0})")
    return lines(n), block(search, f"{search}x = 1\n")


def many_blocks(n: int) -> tuple[str, str]:
    edits = [block(f"    value_{i} = compute({i})\n", f"    v = {i}\n") for i in range(20)]
    return lines(n), "m.txt\n".join(["", *edits])


def near_matches(n: int) -> tuple[str, str]:
    return "    same\n" * n, block("same\n" * 40, "same\n" * 39 + "other\n")


def nowhere(n: int) -> tuple[str, str]:
    return lines(n), block(lines(30, "nothing_{0}"), "x\n")


def periodic(n: int) -> tuple[str, str]:
    return "a\nb\n" * n + "a\nc\n", block("b\na\n" * (n // 4) + "b\nc\n", "x\n")


def whole_file(n: int) -> tuple[str, str]:
    return lines(n), f"m.txt\n```\n{lines(n)}    last = 1\n```\n"


def write_diff(numbers: range) -> str:
    hunks = "".join(
        f"@@ -{i + 1},2 +{i + 1},2 @@\n     value_{i} = compute({i})\n"
        f"-    value_{i + 1} = compute({i + 1})\n+    changed_{i}\n"
        for i in numbers
    )
    return f"```diff\n--- a/m.txt\n+++ b/m.txt\n{hunks}```\n"


def diff_of_long_file(n: int) -> tuple[str, str]:
    return lines(n), write_diff(range(0, n, n // 10))


def diff_of_many_hunks(n: int) -> tuple[str, str]:
    return lines(3 * SIZE), write_diff(range(0, n, 12))


def patch(n: int) -> tuple[str, str]:
    body = (
        f"@@     value_{n - 3} = compute({n - 3})\n-    value_{n - 2} = compute({n - 2})\n+    x\n"
    )
    return lines(n), f"*** Begin Patch\n*** Update File: m.txt\n{body}*** End Patch\n"


def long_addition(n: int) -> tuple[str, str]:
    return lines(4), block("    value_2 = compute(2)\n", lines(n, "    new_{0}"))


def blank_lines(n: int) -> tuple[str, str]:
    return lines(n), block("\n" * n + "    value_3 = compute(3)\n", "    x\n")


def prose(n: int) -> tuple[str, str]:
    return lines(n), lines(n, "Some words on `m.txt`, and nothing to do.")


SHAPES: list[Callable[[int], tuple[str, str]]] = [
    one_block, dedented_block, many_blocks, near_matches, nowhere, periodic, whole_file, diff_of_long_file, diff_of_many_hunks, patch,
    long_addition, blank_lines, prose,
]  # fmt: skip


def measure(text: str, reply: str) -> tuple[int, int]:
    """Lines of Python that run, and the work that is counted against the limit."""
    ran = 0

    def trace(_frame: FrameType, event: str, _: object) -> object:
        nonlocal ran
        ran += event == "line"
        return trace

    before = sys.gettrace()
    with limit_work() as work, contextlib.suppress(EditError):
        sys.settrace(trace)
        try:
            resolve_reply(reply, {"m.txt": text.encode()}.get, default="m.txt")
        finally:
            sys.settrace(before)
    return ran, work.lines


@pytest.mark.parametrize("shape", SHAPES, ids=lambda shape: shape.__name__)
def test_twice_the_size_is_twice_the_work(shape: Callable[[int], tuple[str, str]]) -> None:
    """Whatever is many: lines, near matches, quoted lines, blank lines, additions or hunks."""
    once, twice = measure(*shape(SIZE)), measure(*shape(2 * SIZE))
    for few, many in zip(once, twice, strict=True):
        assert many <= MAX_GROWTH * few
