"""A definition in one line: what stands before its body."""

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_SIGNATURE_CHARS = 160
"""Characters, the three dots of a cut one included."""
MAX_HEAD_BYTES = 2_000
"""Bytes looked at: a longer head is cut anyway."""
COMMENT = re.compile(r"(?:^|\s)(?://|#\s).*$|/\*.*?\*/", re.MULTILINE)
BRACKET_SPACE = re.compile(r"(?<=[(\[]) | (?=[)\]])")


def read_signature(
    node: "Node", body_node: "Node | None", body: bytes, *, constant: bool = False
) -> str:
    """`inner` is the definition's body where the query says; else its field of that name.

    A constant is shown by its first line, value included.
    """
    body_node = body_node or (None if constant else node.child_by_field_name("body"))
    start = node.start_byte
    end = min(body_node.start_byte if body_node else node.end_byte, start + MAX_HEAD_BYTES)
    text = body[start:end].decode("utf-8", "replace")
    if constant:
        text = text.partition("\n")[0]
    elif body_node is None:
        text = text.partition("{")[0]
    return _truncate(_one_line(text))


def _one_line(text: str) -> str:
    if "\n" not in text:
        line = " ".join(text.split())
    else:
        line = BRACKET_SPACE.sub("", " ".join(COMMENT.sub("", text).split())).replace(",)", ")")
    if not line.isprintable():
        line = "".join(filter(str.isprintable, line))
    return line.removesuffix(" end").removesuffix("=>").rstrip(" :{=;,")


def _truncate(line: str) -> str:
    return line if len(line) <= MAX_SIGNATURE_CHARS else f"{line[: MAX_SIGNATURE_CHARS - 3]}..."
