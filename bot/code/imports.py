"""The modules an import statement names, each written out on its own."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.code.queries import IMPORT_WORDS
from bot.code.tree_sitter import Match

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_MODULE_CHARS = 200
"""Characters of a module's name; what is longer names none."""
MAX_STATEMENT_BYTES = 4_000
"""Bytes of a statement that is read: the longest lists of names are shorter."""
KEYWORDS = re.compile(r"^(?:import|use)\s+(?:(?:function|const)\s+)?|;.*$", re.DOTALL)
QUOTES = "\"'`<> \t\r\n"


def read_imports(language: str, match: Match, body: bytes) -> Iterator[str]:
    """As the language writes them, the separators its own; `mod x;` comes as `self::x`."""
    via = match.get("via")
    if via and _node_text(via, body) not in IMPORT_WORDS.get(language, ()):
        return
    for module in _module_names(language, match, body):
        if 0 < len(module) <= MAX_MODULE_CHARS and module.isprintable():
            yield module


def _module_names(language: str, match: Match, body: bytes) -> Iterator[str]:
    if use := match.get("use"):
        text = KEYWORDS.sub("", _node_text(use, body))
        yield from expand_use(text, "::" if language == "rust" else ".")
    elif mod := match.get("mod"):
        yield f"self::{_node_text(mod, body)}"
    else:
        before = _node_text(match.get("from", []), body)
        name = _node_text(match.get("import", []), body)
        after = ".*" if "all" in match else ""
        yield before + ("." if before and name and before[-1] != "." else "") + name + after


def _node_text(nodes: list["Node"], body: bytes) -> str:
    if not nodes:
        return ""
    start, end = nodes[0].byte_range
    return (
        body[start : min(end, start + MAX_STATEMENT_BYTES)].decode("utf-8", "replace").strip(QUOTES)
    )


def expand_use(text: str, separator: str) -> Iterator[str]:
    """`a::{b, c::{d, self}}` as a::b, a::c::d, a::c. New names (`as x`, `=> x`) are left out."""
    # https://doc.rust-lang.org/reference/items/use-declarations.html, group `use` of
    # https://www.php.net/manual/en/language.namespaces.importing.php, import selectors of Scala
    before = [""]
    word = ""
    for sign in f"{text},":
        if sign == "{":
            before.append(before[-1] + word)
            word = ""
        elif sign in ",}":
            if name := _strip_alias(before[-1], word, separator):
                yield name
            word = ""
            if sign == "}" and len(before) > 1:
                before.pop()
        else:
            word += sign


def _strip_alias(before: str, word: str, separator: str) -> str:
    name = word.replace("=>", " as ").strip().split(" ")[0].strip()
    if not name:
        return ""
    if before and name == "self":
        return before.removesuffix(separator)
    return before + ("*" if name == "_" else name)
