"""The outline of one file: its definitions, what it refers to, what it imports."""

from bot.code.definitions import build_symbols, collect_definitions
from bot.code.headings import read_headings
from bot.code.imports import read_imports
from bot.code.languages import language_of
from bot.code.model import Outline
from bot.code.parse_limits import is_binary, is_parsable
from bot.code.tree_sitter import Match, find_matches

MAX_REFERENCE_BYTES = 200
"""Characters of what is referred to; what is longer names nothing."""


def outline_file(path: str, body: bytes) -> Outline:
    """Never fails: of what cannot be read only the language is told, of binary files nothing."""
    if is_binary(body):
        return Outline()
    language = language_of(path, body)
    if not language:
        return Outline(symbols=read_headings(path, body))
    if not is_parsable(language, body):
        return Outline(language)
    return _outline_code(language, body)


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
