"""The tests of a file as its language has them, the groups around them and what sets them up."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from bot.code.languages import language_of
from bot.code.parse_limits import is_parsable
from bot.code.suite_lines import read_marked_lines
from bot.code.suite_rules import (
    classify_call,
    classify_function,
    clean_title,
    is_title,
)
from bot.code.suite_spans import BlockKind, SuiteSpan
from bot.code.tree_sitter import Match, find_matches
from bot.text.plain_text import is_binary

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_MARK_LINES = 30
MAX_CALLEE_BYTES = 60
MAX_GROUPS = 20
"""Titles around a test that are kept."""
MAX_OUTER = 50
"""Functions before one that are asked whether they hold it."""
MARK_LINE = re.compile(rb"^\s*(?:#?\[[^\n]*\]\s*$|@[\w.]+(?:\([^\n]*\))?\s*$|//|/\*|\*)")


@dataclass(frozen=True, slots=True)
class SuiteBlock:
    """Lines from 1, `last` included. `title` as the file writes it, without quotes.

    A `setup` runs before or after each test of its group; a `fixture` for tests that name it.
    `groups` are the titles of the groups around it, the outermost first.
    """

    kind: BlockKind
    title: str
    first: int
    last: int
    groups: tuple[str, ...] = ()

    @property
    def titles(self) -> tuple[str, ...]:
        return (*self.groups, self.title)


def find_suite_blocks(path: str, body: bytes) -> tuple[SuiteBlock, ...]:
    """In the order of the file, the outer before the inner; none where no test is known."""
    blocks = _find_blocks(path, body)
    return blocks if any(each.kind == "test" for each in blocks) else ()


def find_fixtures(path: str, body: bytes) -> tuple[SuiteBlock, ...]:
    """Also of a file that has fixtures for others and no test."""
    return tuple(each for each in _find_blocks(path, body) if each.kind == "fixture")


# Several questions about one file follow each other while a prompt is made.
@lru_cache(maxsize=32)
def _find_blocks(path: str, body: bytes) -> tuple[SuiteBlock, ...]:
    if is_binary(body):
        return ()
    language = language_of(path, body)
    found = set(read_marked_lines(path, language, body))
    if not found and language and is_parsable(language, body):
        found = set(_read_tree(language, body))
    return tuple(_nest(sorted(found, key=lambda each: (each.start, [-n for n in each.end]))))


def _nest(spans: Sequence[SuiteSpan]) -> Iterator[SuiteBlock]:
    """Tests count as groups of the tests inside them."""
    around: list[SuiteSpan] = []
    for each in spans:
        while around and around[-1].end < each.end:
            around.pop()
        first = each.start[0] + 1
        last = max(first, each.end[0] + (each.end[1] > 0))
        groups = tuple(one.title for one in around[-MAX_GROUPS:])
        yield SuiteBlock(each.kind, each.title, first, last, groups)
        if each.kind in {"group", "test"}:
            around.append(each)


def _read_tree(language: str, body: bytes) -> Iterator[SuiteSpan]:
    lines = body.split(b"\n")
    functions: list[tuple[int, int]] = []
    for match in find_matches(language, body, "tests"):
        if nodes := match.get("function"):
            inside = any(a < nodes[0].start_byte < b for a, b in functions[-MAX_OUTER:])
            functions.append((nodes[0].start_byte, nodes[0].end_byte))
            if not inside and (found := _read_function(language, match, lines, body)):
                yield found
        elif nodes := match.get("call"):
            named = match["arguments"][0].named_children if "arguments" in match else []
            if found := _read_call(language, match["callee"][0], named, nodes[0], body):
                yield found
        else:
            kind: BlockKind = "group" if "group" in match else "test"
            node = (match.get("group") or match["phrase"])[0]
            title = clean_title(_text(match["name"][0], body))
            yield SuiteSpan(kind, title, node.start_point, node.end_point)


def _read_function(
    language: str, match: Match, lines: Sequence[bytes], body: bytes
) -> SuiteSpan | None:
    name, node = _text(match["name"][0], body), _with_decorators(match["function"][0])
    start = _first_mark(lines, node)
    head = b"\n".join(lines[start : match["name"][0].start_point[0] + 1])
    kind = classify_function(language, name, head.decode("utf-8", "replace"))
    begin = (start, 0) if start < node.start_point[0] else node.start_point
    return SuiteSpan(kind, clean_title(name), begin, node.end_point) if kind else None


def _read_call(
    language: str, callee: "Node", arguments: "Sequence[Node]", node: "Node", body: bytes
) -> SuiteSpan | None:
    kind = classify_call(language, _text(callee, body, MAX_CALLEE_BYTES))
    if not kind or not _runs_code(language, arguments):
        return None
    titled = arguments and is_title(arguments[0].type)
    title = clean_title(_text(arguments[0], body)) if titled else ""
    if not (title or kind == "setup" or language == "ruby"):
        return None
    return SuiteSpan(kind, title, node.start_point, node.end_point)


def _runs_code(language: str, arguments: "Sequence[Node]") -> bool:
    """Whether a function comes along: of `pattern.test("text")` none does."""
    if language in {"ruby", "scala", "kotlin"}:
        return True
    kinds = {each.type for each in arguments}
    if kinds & {"argument"}:
        kinds |= {inner.type for each in arguments for inner in each.named_children}
    return any("function" in each or each in {"func_literal", "call_expression"} for each in kinds)


def _with_decorators(node: "Node") -> "Node":
    """A decorator of several lines is told by the tree alone."""
    outer = node.parent
    return outer if outer is not None and outer.type == "decorated_definition" else node


def _first_mark(lines: Sequence[bytes], node: "Node") -> int:
    """The line, from 0, of the first attribute, decorator or comment right above a function."""
    first = node.start_point[0]
    at = first
    while at > max(0, first - MAX_MARK_LINES) and MARK_LINE.match(lines[at - 1]):
        at -= 1
    return at


def _text(node: "Node", body: bytes, most: int = 300) -> str:
    end = min(node.end_byte, node.start_byte + most)
    return body[node.start_byte : end].decode("utf-8", "replace")
