"""What a section calls and who calls it: signatures, and bodies where there is room."""

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from bot.code import Outline, Symbol
from bot.models.token_estimate import estimate_tokens
from bot.prompts.fenced_code import fence_code
from bot.prompts.line_spans import Span, split_lines
from bot.text.invisible import make_printable

Place = tuple[str, Symbol]
TEST_PATH = re.compile(r"(?:^|[/_.-])(?:tests?|specs?|conftest)(?:[/_.-]|$)", re.IGNORECASE)
MAX_CALLED, MAX_CALLERS = 12, 6
"""Signatures shown of either kind."""
MAX_ALIKE_NAMES = 3
"""More definitions of a name than that do not say which is meant."""
COMMON_METHODS = frozenset(
    re.findall(
        r"\w+",
        "add all any append call clear close contains copy count dup each equals extend filter"
        " find first format get get_or hash_code hashCode has include init insert is_empty"
        " isEmpty items iter join keys last len length map merge name new next open pop push"
        " put read remove run send set size slice sort split start stop then to_s to_str"
        " to_string toString trim type update value values write",
    )
)
"""Methods that many classes have, those of the language among them: called by a bare name they say
nothing about which is meant."""
MAX_BODY_LINES = 40
"""Lines of a neighbour's body that is shown at most."""
MAX_SIGNATURE_CHARS = 120


class CallGraph(Protocol):
    """Who defines and who calls a name, in a whole commit or among a few files."""

    def find_definitions(self, name: str) -> Sequence[Place]: ...

    def find_callers(self, symbol: Symbol) -> Sequence[Place]: ...


@dataclass(frozen=True, slots=True)
class NearbyCalls:
    """The calls among a few files: path -> outline.

    `linked` are those that import the task's file, are imported by it or share its package; a bare
    name in any other file means something else. None: all of them.
    """

    outlines: dict[str, Outline] = field(default_factory=dict)
    linked: frozenset[str] | None = None

    def _reachable(self) -> Iterator[tuple[str, Outline]]:
        for path, outline in self.outlines.items():
            if self.linked is None or path in self.linked:
                yield path, outline

    def find_definitions(self, name: str) -> Sequence[Place]:
        return [
            (path, each)
            for path, outline in self._reachable()
            for each in outline.symbols
            if each.name == name
        ]

    def find_callers(self, symbol: Symbol) -> Sequence[Place]:
        """Of a method only where its class is spoken of too: `get` and `run` are everybody's."""
        owner = symbol.owner.rpartition(".")[2]
        found = {
            (path, inner): None
            for path, outline in self._reachable()
            if not owner or _speaks_of(outline, owner)
            for referred_name, line in outline.references
            if referred_name == symbol.name and (inner := _innermost(outline, line))
        }
        return list(found)


def _speaks_of(outline: Outline, name: str) -> bool:
    """Whether the file defines the class, or names it as a type, a base or in a call."""
    return any(each.name == name for each in outline.symbols) or any(
        referred == name for referred, _ in outline.references
    )


@dataclass(frozen=True, slots=True)
class Neighbours:
    called: tuple[Place, ...] = ()
    callers: tuple[Place, ...] = ()

    @property
    def text(self) -> str:
        """A line for each: where it stands, and its signature."""
        return "\n".join(
            [
                *_list_places("What the code calls:", self.called),
                *_list_places("Who calls it:", self.callers),
            ]
        )


def find_neighbours(
    path: str, outline: Outline, spans: Sequence[Span], calls: CallGraph
) -> Neighbours:
    """Of the sections `spans` of the file, or of all of it, apart from what is shown anyway."""
    inside = spans or [(1, max((each.last for each in outline.symbols), default=0) or 1 << 30)]
    referred = [name for name, line in outline.references if _is_within(line, inside)]
    names = dict.fromkeys(referred)

    def elsewhere(places: Sequence[Place]) -> list[Place]:
        return [each for each in places if not _is_shown(each, path, spans) and not _is_test(each)]

    meant = [
        places
        for name in names
        if len(places := elsewhere(calls.find_definitions(name))) <= MAX_ALIKE_NAMES
        and not (name in COMMON_METHODS and all(each.kind == "method" for _, each in places))
    ]
    called = tuple(dict.fromkeys(each for places in meant for each in places))[:MAX_CALLED]
    own = {each.name: each for each in outline.symbols if _is_within(each.first, inside)}
    calling = (each for symbol in own.values() for each in elsewhere(calls.find_callers(symbol)))
    callers = tuple(dict.fromkeys(calling))[:MAX_CALLERS]
    known = set(called)
    return Neighbours(called, tuple(each for each in callers if each not in known))


def show_bodies(found: Neighbours, read: Callable[[str], str | None], max_tokens: int) -> str:
    """The definitions of what is called, as there is room, but the first in any case."""
    kept: list[str] = []
    for path, symbol in found.called:
        lines = split_lines(read(path) or "")[symbol.first - 1 : symbol.last]
        if not 1 < len(lines) <= MAX_BODY_LINES or symbol.kind == "class":
            continue
        title = f"{make_printable(path, MAX_SIGNATURE_CHARS)}, only to know"
        text = fence_code(path, "".join(lines), title)
        max_tokens -= estimate_tokens(text)
        if max_tokens < 0 and kept:
            break
        kept.append(text)
    return "\n\n".join(kept)


def _is_test(place: Place) -> bool:
    """Tests have a part of their own."""
    return bool(TEST_PATH.search(place[0]))


def _is_shown(place: Place, path: str, spans: Sequence[Span]) -> bool:
    return place[0] == path and (not spans or _is_within(place[1].first, spans))


def _is_within(line: int, spans: Sequence[Span]) -> bool:
    return any(first <= line <= last for first, last in spans)


def _innermost(outline: Outline, line: int) -> Symbol | None:
    inside = [each for each in outline.symbols if each.first <= line <= each.last]
    return min(inside, key=lambda each: each.last - each.first, default=None)


def _list_places(title: str, places: Sequence[Place]) -> Iterator[str]:
    if places:
        yield title
    for path, symbol in places:
        owner = f"{symbol.owner}: " if symbol.owner else ""
        signature = make_printable(symbol.signature, MAX_SIGNATURE_CHARS)
        yield f"- {make_printable(path, MAX_SIGNATURE_CHARS)}:{symbol.first} {owner}{signature}"
