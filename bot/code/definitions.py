"""Definitions out of a query's matches: each once, in order, with its owner and signature."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from bot.code.model import Symbol, SymbolKind
from bot.code.tree_sitter import Match

if TYPE_CHECKING:
    from tree_sitter import Node

Kind = SymbolKind | Literal["scope"]
KINDS: tuple[Kind, ...] = ("function", "method", "class", "type", "constant", "module", "scope")
METHOD_HOLDERS = frozenset({"class", "type", "scope"})
MAX_NAME_CHARS = 200
"""What is longer is no name somebody gave."""
NO_OWNERS = frozenset({"exports", "module", "this", "window", "global", "globalThis"})
"""What JavaScript hangs a function on that is in no class."""
TYPE_ARGUMENTS = re.compile(r"<[^<>]*>|\s+")


@dataclass(slots=True)
class Definition:
    """A definition with its bytes; `last` is a line, `end` the byte after it."""

    name: str
    kind: Kind
    start: int
    end: int
    first: int
    last: int
    signature: str
    owner: str

    @property
    def path(self) -> str:
        return f"{self.owner}.{self.name}" if self.owner else self.name


def collect_definitions(captures: Iterable[Match], body: bytes) -> list[Definition]:
    """One for each name, the outer before the inner: several matches of a name are one."""
    known: dict[int, Definition] = {}
    wider: list[tuple[int, Node]] = []
    for match in captures:
        at = match["name"][0].start_byte
        if whole := match.get("whole"):
            wider.append((at, whole[0]))
        elif (at not in known or known[at].kind == "constant") and (
            new := _read_definition(match, body)
        ):
            known[at] = new
    for at, node in wider:
        if at in known:
            _widen(known[at], node)
    return sorted(known.values(), key=lambda each: (each.start, -each.end))


def build_symbols(definitions: Iterable[Definition]) -> Iterator[Symbol]:
    """Give each, outer before inner, the path of what is around it."""
    around: list[Definition] = []
    for each in definitions:
        while around and around[-1].end < each.end:
            around.pop()
        outer = around[-1] if around and around[-1].start <= each.start else None
        if each.kind == "function" and (each.owner or (outer and outer.kind in METHOD_HOLDERS)):
            each.kind = "method"
        each.owner = each.owner or (outer.path if outer else "")
        around.append(each)
        if each.kind != "scope":
            yield Symbol(each.name, each.kind, each.first, each.last, each.signature, each.owner)


def _read_definition(match: Match, body: bytes) -> Definition | None:
    kind = next((kind for kind in KINDS if kind in match), None)
    name = _read_name(match["name"][0], body)
    if not kind or not name or len(name) > MAX_NAME_CHARS:
        return None
    owner, _, name = name.replace("::", ".").rpartition(".")
    if named := match.get("owner"):
        owner = "" if (text := _read_name(named[0], body)[:MAX_NAME_CHARS]) in NO_OWNERS else text
    node = match[kind][0]
    new = Definition(name, kind, node.start_byte, node.end_byte, 0, 0, "", owner)
    new.first, new.last = _line_range(node)
    if kind != "scope":
        inner = match["body"][0] if "body" in match else None
        new.signature = read_signature(node, inner, body, constant=kind == "constant")
        if kind == "type" and name not in new.signature:  # a typedef has its name last
            new.signature = f"{new.signature} {name}"[:MAX_NAME_CHARS]
    return new


def _read_name(node: "Node", body: bytes) -> str:
    """As the file writes it, without type arguments and blanks."""
    text = body[node.start_byte : node.end_byte].decode("utf-8", "replace")
    return text if text.isidentifier() else TYPE_ARGUMENTS.sub("", text)


def _widen(known: Definition, node: "Node") -> None:
    if node.start_byte <= known.start and known.end <= node.end_byte:
        known.start, known.end = node.start_byte, node.end_byte
        known.first, known.last = _line_range(node)


def _line_range(node: "Node") -> tuple[int, int]:
    """From 1, the last included. A node may end with its newline: the line after is not its."""
    # Rows and columns count from 0, a column in bytes:
    # https://tree-sitter.github.io/tree-sitter/using-parsers/2-basic-parsing.html
    first, (row, column) = node.start_point[0] + 1, node.end_point
    return first, max(first, row + (column > 0))


MAX_SIGNATURE_CHARS = 160
"""The three dots of a cut one included."""
MAX_HEAD_BYTES = 2_000
"""Looked at: a longer head is cut anyway."""
COMMENT = re.compile(r"(?:^|\s)(?://|#\s).*$|/\*.*?\*/", re.MULTILINE)
BRACKET_SPACE = re.compile(r"(?<=[(\[]) | (?=[)\]])")


def read_signature(
    node: "Node", body_node: "Node | None", body: bytes, *, constant: bool = False
) -> str:
    """`body_node` is the definition's body where the query says; else its field of that name.

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
