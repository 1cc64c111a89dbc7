"""The outline of one file: definitions, references and imports of code, headings of prose."""

import re
from itertools import pairwise

from bot.code.definitions import build_symbols, collect_definitions
from bot.code.imports import read_imports
from bot.code.languages import language_of
from bot.code.model import Outline, Symbol
from bot.code.parse_limits import is_parsable
from bot.code.tree_sitter import Match, find_matches, has_syntax_error
from bot.code.unparsed import SCRIPTED, blank_all_but_script, extension_of, read_definitions
from bot.text.plain_text import is_binary

MAX_REFERENCE_BYTES = 200
"""What is longer names nothing."""


def outline_file(path: str, body: bytes) -> Outline:
    """Never fails: what cannot be parsed gives its language alone, a binary file nothing.

    Of a component (`.vue`) it is that of its script; without a grammar, what lines seem to define.
    """
    if is_binary(body):
        return Outline()
    language = language_of(path, body)
    if not language and extension_of(path) in SCRIPTED:
        language, body = "typescript", blank_all_but_script(path, body)
    if not language:
        return Outline(symbols=read_definitions(path, body) or read_headings(path, body))
    if not is_parsable(language, body):
        return Outline(language)
    return _outline_code(language, body)


def parses_cleanly(path: str, body: bytes) -> bool | None:
    """Whether a file of code has no syntax error; None where no parser here can tell."""
    language = language_of(path, body)
    if not language or not is_parsable(language, body):
        return None
    return not has_syntax_error(language, body)


def _outline_code(language: str, body: bytes) -> Outline:
    definitions: list[Match] = []
    references: set[tuple[int, str]] = set()
    imports: dict[str, None] = {}
    for match in find_matches(language, body):
        if nodes := match.get("ref"):
            node = nodes[0]
            name = body[node.start_byte : node.end_byte]
            if len(name) <= MAX_REFERENCE_BYTES:
                references.add((node.start_point[0] + 1, name.decode("utf-8", "replace")))
        elif "name" in match:
            definitions.append(match)
        else:
            imports.update(dict.fromkeys(read_imports(language, match, body)))
    return Outline(
        language,
        tuple(build_symbols(collect_definitions(definitions, body))),
        tuple((name, line) for line, name in sorted(references)),
        tuple(imports),
    )


MARKDOWN_EXTENSIONS = (".md", ".markdown", ".mdx")
RST_EXTENSIONS = (".rst", ".txt", ".rest")
MAX_PROSE_BYTES = 256 * 1024
"""A longer text is data."""
MAX_HEADINGS = 200
MAX_HEADING_CHARS = 160
# https://spec.commonmark.org/0.31.2/#atx-headings and #fenced-code-blocks
FENCE = re.compile(r" {0,3}(?:```|~~~)")
HASHES = re.compile(r" {0,3}#{1,6}[ \t]+(?P<title>\S.*?)[ \t]*#*[ \t]*$")
# https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#sections
UNDERLINE = re.compile(r"([=\-~^\"'`#*+.:_])\1{2,}\s*$")


def read_headings(path: str, body: bytes) -> tuple[Symbol, ...]:
    """Each reaches to the next one; at most `MAX_HEADINGS` of them."""
    name = path.lower()
    if not name.endswith(MARKDOWN_EXTENSIONS + RST_EXTENSIONS) or len(body) > MAX_PROSE_BYTES:
        return ()
    lines = body.decode("utf-8", "replace").split("\n")
    titles = _markdown_titles(lines) if name.endswith(MARKDOWN_EXTENSIONS) else _rst_titles(lines)
    starts = [line for line, _ in titles] + [len(lines) + (lines[-1] != "")]
    return tuple(
        Symbol(title, "heading", line, max(line, starts[at + 1] - 1), title)
        for at, (line, title) in enumerate(titles)
    )[:MAX_HEADINGS]


def _markdown_titles(lines: list[str]) -> list[tuple[int, str]]:
    titles, fenced = [], False
    for number, line in enumerate(lines, 1):
        if FENCE.match(line):
            fenced = not fenced
        elif not fenced and len(line) <= MAX_HEADING_CHARS and (found := HASHES.match(line)):
            titles.append((number, _clean_title(found["title"])))
    return [each for each in titles if each[1]]


def _rst_titles(lines: list[str]) -> list[tuple[int, str]]:
    """A title is a line with a rule of one sign below it, at least as long as the title."""
    titles = []
    for number, (line, below) in enumerate(pairwise(lines), 1):
        title = _clean_title(line)
        if (
            0 < len(title) <= min(MAX_HEADING_CHARS, len(below.rstrip()))
            and UNDERLINE.match(below)
            and not UNDERLINE.match(line)
            and not line[:1].isspace()
        ):
            titles.append((number, title))
    return titles


def _clean_title(title: str) -> str:
    return "".join(filter(str.isprintable, title.strip()))
