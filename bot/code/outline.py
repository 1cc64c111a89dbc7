"""The outline of one file: its definitions, what it refers to, what it imports."""

from bot.code.definitions import found, symbols
from bot.code.headings import headings
from bot.code.imports import imported
from bot.code.languages import language_of
from bot.code.model import Outline
from bot.code.parse_limits import binary, parsable
from bot.code.tree_sitter import Match, matches

LONGEST = 200
"""Characters of what is referred to; what is longer names nothing."""


def outline(path: str, body: bytes) -> Outline:
    """Never fails: of what cannot be read only the language is told, of binary files nothing."""
    if binary(body):
        return Outline()
    language = language_of(path, body)
    if not language:
        return Outline(symbols=headings(path, body))
    if not parsable(language, body):
        return Outline(language)
    return _read(language, body)


def _read(language: str, body: bytes) -> Outline:
    definitions: list[Match] = []
    references: set[tuple[int, str]] = set()
    imports: dict[str, None] = {}
    for match in matches(language, body):
        if nodes := match.get("ref"):
            node = nodes[0]
            name = body[node.start_byte : node.end_byte]
            if len(name) <= LONGEST:
                references.add((node.start_point[0] + 1, name.decode("utf-8", "replace")))
        elif "name" in match:
            definitions.append(match)
        else:
            imports.update(dict.fromkeys(imported(language, match, body)))
    return Outline(
        language,
        tuple(symbols(found(definitions, body))),
        tuple((name, line) for line, name in sorted(references)),
        tuple(imports),
    )
