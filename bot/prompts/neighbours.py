"""What a section calls and who calls it: signatures, and bodies where there is room."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.code import Outline, Symbol
from bot.models.token_estimate import estimate_tokens
from bot.prompts.line_spans import Span, lines_of
from bot.text.escape import fence_text
from bot.text.invisible import make_printable

Place = tuple[str, Symbol]
TEST = re.compile(r"(?:^|[/_.-])(?:tests?|specs?|conftest)(?:[/_.-]|$)", re.IGNORECASE)
CALLED, CALLERS = 12, 6
"""Signatures shown of either kind."""
ALIKE = 3
"""Definitions of one name beyond which it says nothing which is meant."""
BODY = 40
"""Lines of a neighbour's body that is shown at most."""
WIDTH = 120


class Calls(Protocol):
    """Who defines and who calls a name, in the whole commit or in the files at hand."""

    def defined(self, name: str) -> Sequence[Place]: ...

    def callers(self, name: str) -> Sequence[Place]: ...


@dataclass(frozen=True, slots=True)
class FilesAtHand:
    """The calls among a few files: path -> outline."""

    outlines: dict[str, Outline] = field(default_factory=dict)

    def defined(self, name: str) -> Sequence[Place]:
        return [
            (path, each)
            for path, outline in self.outlines.items()
            for each in outline.symbols
            if each.name == name
        ]

    def callers(self, name: str) -> Sequence[Place]:
        found = {
            (path, inner): None
            for path, outline in self.outlines.items()
            for said, line in outline.references
            if said == name and (inner := _innermost(outline, line))
        }
        return list(found)


@dataclass(frozen=True, slots=True)
class Neighbours:
    called: tuple[Place, ...] = ()
    callers: tuple[Place, ...] = ()

    @property
    def text(self) -> str:
        """A line for each: where it stands, and its signature."""
        return "\n".join(
            [
                *_listed("What the code calls:", self.called),
                *_listed("Who calls it:", self.callers),
            ]
        )


def neighbours(path: str, outline: Outline, spans: Sequence[Span], calls: Calls) -> Neighbours:
    """Of the sections `spans` of the file, or of all of it, apart from what is shown anyway."""
    inside = spans or [(1, max((each.last for each in outline.symbols), default=0) or 1 << 30)]
    said = [name for name, line in outline.references if _within(line, inside)]
    names = dict.fromkeys(said)

    def strange(places: Sequence[Place]) -> list[Place]:
        return [each for each in places if not _shown(each, path, spans) and not _is_test(each)]

    meant = [places for name in names if len(places := strange(calls.defined(name))) <= ALIKE]
    called = tuple(dict.fromkeys(each for places in meant for each in places))[:CALLED]
    own = [each.name for each in outline.symbols if _within(each.first, inside)]
    calling = (each for name in dict.fromkeys(own) for each in strange(calls.callers(name)))
    callers = tuple(dict.fromkeys(calling))[:CALLERS]
    known = set(called)
    return Neighbours(called, tuple(each for each in callers if each not in known))


def bodies(found: Neighbours, read: Callable[[str], str | None], room: int) -> str:
    """The definitions of what is called, as there is room, but the first in any case."""
    kept: list[str] = []
    for path, symbol in found.called:
        lines = lines_of(read(path) or "")[symbol.first - 1 : symbol.last]
        if not 1 < len(lines) <= BODY or symbol.kind == "class":
            continue
        text = fence_text(f"{make_printable(path, WIDTH)}, only to know", "".join(lines))
        room -= estimate_tokens(text)
        if room < 0 and kept:
            break
        kept.append(text)
    return "\n\n".join(kept)


def _is_test(place: Place) -> bool:
    """Tests are told elsewhere."""
    return bool(TEST.search(place[0]))


def _shown(place: Place, path: str, spans: Sequence[Span]) -> bool:
    return place[0] == path and (not spans or _within(place[1].first, spans))


def _within(line: int, spans: Sequence[Span]) -> bool:
    return any(first <= line <= last for first, last in spans)


def _innermost(outline: Outline, line: int) -> Symbol | None:
    inside = [each for each in outline.symbols if each.first <= line <= each.last]
    return min(inside, key=lambda each: each.last - each.first, default=None)


def _listed(title: str, places: Sequence[Place]) -> Iterator[str]:
    if places:
        yield title
    for path, symbol in places:
        owner = f"{symbol.owner}: " if symbol.owner else ""
        signature = make_printable(symbol.signature, WIDTH)
        yield f"- {make_printable(path, WIDTH)}:{symbol.first} {owner}{signature}"
