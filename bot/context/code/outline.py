"""The outline of one file: its definitions, what it refers to, what it imports."""

from bot.context.code.bounds import binary, parsable
from bot.context.code.definitions import found, symbols
from bot.context.code.headings import headings
from bot.context.code.languages import language_of
from bot.context.code.parts import Outline
from bot.context.code.queries import IMPORTING
from bot.context.code.syntax import Match, matches

LONGEST = 200
"""Characters of what is referred to or imported; what is longer names nothing."""
QUOTES = "\"'`<> \t\r\n"


def outline(path: str, body: bytes) -> Outline:
    """Never fails: of what cannot be read only the language is told, of binary files nothing."""
    if binary(body):
        return Outline()
    language = language_of(path, body)
    if not language:
        return Outline(symbols=headings(path, body))
    if not parsable(body):
        return Outline(language)
    return _read(language, body)


def _read(language: str, body: bytes) -> Outline:
    definitions: list[Match] = []
    references: set[tuple[int, str]] = set()
    imports: dict[str, None] = {}
    for match in matches(language, body):
        if (node := match.get("ref")) is not None:
            name = body[node.start_byte : node.end_byte]
            if len(name) <= LONGEST:
                references.add((node.start_point[0] + 1, name.decode("utf-8", "replace")))
        elif "name" in match:
            definitions.append(match)
        elif module := _imported(language, body, match):
            imports[module] = None
    return Outline(
        language,
        tuple(symbols(found(definitions, body))),
        tuple((name, line) for line, name in sorted(references)),
        tuple(imports),
    )


def _imported(language: str, body: bytes, match: Match) -> str:
    if (via := match.get("via")) is not None:
        word = body[via.start_byte : via.end_byte]
        if word not in IMPORTING.get(language, ()):
            return ""
    parts = [
        body[node.start_byte : node.end_byte].decode("utf-8", "replace").strip(QUOTES)
        for node in (match.get("from"), match.get("import"))
        if node is not None
    ]
    module = parts[0] + parts[1] if parts[0].endswith(".") and len(parts) > 1 else ".".join(parts)
    return module if len(module) <= LONGEST and module.isprintable() else ""
