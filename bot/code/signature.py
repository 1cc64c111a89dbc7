"""A definition in one line: what stands before its body."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

LONGEST = 160
"""Characters, the three dots of a cut one included."""
READ = 2_000
"""Bytes looked at: a longer head is cut anyway."""
COMMENT = re.compile(r"(?:^|\s)(?://|#\s).*$|/\*.*?\*/", re.MULTILINE)
OPEN = re.compile(r"(?<=[(\[]) | (?=[)\]])")


def signature(node: "Node", inner: "Node | None", body: bytes, *, constant: bool = False) -> str:
    """`inner` is the definition's body where the query says; else its field of that name.

    A constant is shown by its first line, value included.
    """
    inner = inner or (None if constant else node.child_by_field_name("body"))
    start = node.start_byte
    end = min(inner.start_byte if inner else node.end_byte, start + READ)
    text = body[start:end].decode("utf-8", "replace")
    if constant:
        text = text.partition("\n")[0]
    elif inner is None:
        text = text.partition("{")[0]
    return _cut(_one_line(text))


def _one_line(text: str) -> str:
    if "\n" not in text:
        line = " ".join(text.split())
    else:
        line = OPEN.sub("", " ".join(COMMENT.sub("", text).split())).replace(",)", ")")
    if not line.isprintable():
        line = "".join(filter(str.isprintable, line))
    return line.removesuffix(" end").removesuffix("=>").rstrip(" :{=;,")


def _cut(line: str) -> str:
    return line if len(line) <= LONGEST else f"{line[: LONGEST - 3]}..."
