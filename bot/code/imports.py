"""The modules an import statement names, each written out on its own."""

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from bot.code.queries import IMPORT_WORDS
from bot.code.tree_sitter import Match

if TYPE_CHECKING:
    from tree_sitter import Node

LONGEST = 200
"""Characters of a module's name; what is longer names none."""
READ = 4_000
"""Bytes of a statement that is read: the longest lists of names are shorter."""
KEYWORDS = re.compile(r"^(?:import|use)\s+(?:(?:function|const)\s+)?|;.*$", re.DOTALL)
QUOTES = "\"'`<> \t\r\n"


def imported(language: str, match: Match, body: bytes) -> Iterator[str]:
    """As the language writes them, the separators its own; `mod x;` is told as `self::x`."""
    via = match.get("via")
    if via and _text(via, body) not in IMPORT_WORDS.get(language, ()):
        return
    for module in _named(language, match, body):
        if 0 < len(module) <= LONGEST and module.isprintable():
            yield module


def _named(language: str, match: Match, body: bytes) -> Iterator[str]:
    if use := match.get("use"):
        text = KEYWORDS.sub("", _text(use, body))
        yield from expanded(text, "::" if language == "rust" else ".")
    elif mod := match.get("mod"):
        yield f"self::{_text(mod, body)}"
    else:
        before = _text(match.get("from", []), body)
        name = _text(match.get("import", []), body)
        after = ".*" if "all" in match else ""
        yield before + ("." if before and name and before[-1] != "." else "") + name + after


def _text(nodes: list["Node"], body: bytes) -> str:
    if not nodes:
        return ""
    start, end = nodes[0].byte_range
    return body[start : min(end, start + READ)].decode("utf-8", "replace").strip(QUOTES)


def expanded(text: str, separator: str) -> Iterator[str]:
    """`a::{b, c::{d, self}}` as a::b, a::c::d, a::c. New names (`as x`, `=> x`) are left out."""
    before = [""]
    word = ""
    for sign in f"{text},":
        if sign == "{":
            before.append(before[-1] + word)
            word = ""
        elif sign in ",}":
            if name := _plain(before[-1], word, separator):
                yield name
            word = ""
            if sign == "}" and len(before) > 1:
                before.pop()
        else:
            word += sign


def _plain(before: str, word: str, separator: str) -> str:
    name = word.replace("=>", " as ").strip().split(" ")[0].strip()
    if not name:
        return ""
    if before and name == "self":
        return before.removesuffix(separator)
    return before + ("*" if name == "_" else name)
