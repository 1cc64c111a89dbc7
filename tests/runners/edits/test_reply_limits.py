"""No reply may hold a run up: what costs too much is refused in time."""

import contextlib

import pytest

from runners.edits import EditError, reply_limits, resolve_reply
from runners.edits.reply_limits import MAX_WORK_LINES, limit_work

BRACES = "}\n" * 300 + "a\nb\n"
PATCH = "*** Begin Patch\n*** Update File: m.js\n{}*** End Patch\n"
BLOCK = "<<<<<<< SEARCH\n{}=======\n{}>>>>>>> REPLACE\n"
SAME, OTHER = "x\n" * 499, "".join(f"x\ny{n}\n" for n in range(249))


@pytest.mark.parametrize(
    "reply",
    [
        PATCH.format("@@ }\n" * 5 + " a\n-b\n+c\n"),
        PATCH.format("@@ }\n" * 300 + " a\n-b\n+c\n"),
        f"a{' ' * 90_000}b\n```js\nx = 1\n```\n",
        PATCH.replace("m.js", f"a{' ' * 90_000}b").format("@@\n-b\n+c\n"),
        f"--- a{' ' * 90_000}b\n+++ b/m.js\n@@ -1 +1 @@\n-a\n+b\n",
        f"<<<<<<< SEARCH{' ' * 90_000}a b\n",
        BLOCK.format(SAME, OTHER) * 100,
        "```diff\n" * 1_000 + "\n" * 100_000,
        "```js m.js\nx\n```\n" * 100 + "\n" * 40_000,
        "```js\n" + "  ...\n" * 100_000 + "```\n",
        f"```js\n# {'-' * 90_000}\nb\n```\n",
    ],
)
@pytest.mark.slow
def test_a_costly_reply_ends_in_time(reply: str) -> None:
    """Many places, long blank runs, long equal blocks and endless fences stay within the limit."""
    with limit_work() as work, contextlib.suppress(EditError):
        resolve_reply(reply, {"m.js": BRACES.encode()}.get, default="m.js")
    assert work.lines < MAX_WORK_LINES / 10


def test_many_anchored_chunks_are_little_work() -> None:
    """Lines that stand in a thousand functions, each named by its chunk's anchor."""
    text = "".join(f"int f{n}() {{\n  return 1;\n}}\n\n" for n in range(1_000))
    chunks = "".join(f"@@ int f{n}() {{\n-  return 1;\n+  return 2;\n" for n in range(0, 1_000, 50))
    with limit_work() as work:
        edits = resolve_reply(PATCH.format(chunks), {"m.js": text.encode()}.get)
    assert (edits.files["m.js"] or b"").count(b"return 2;") == 20
    assert work.lines < MAX_WORK_LINES / 10


def test_what_takes_too_much_work_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The bound counts lines and no seconds, so that a busy machine refuses nothing more."""
    monkeypatch.setattr(reply_limits, "MAX_WORK_LINES", 0)
    with pytest.raises(EditError, match="too much work"):
        resolve_reply("m.js\n```\nx\n```\n", {}.get)


def test_half_a_character_is_refused() -> None:
    """What cannot be written as UTF-8 is no edit."""
    with pytest.raises(EditError, match="no text"):
        resolve_reply("m.js\n```\n\ud800\n```\n", {}.get)
