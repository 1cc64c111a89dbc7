"""Where in a file a hunk belongs: exactly one place, or a refusal that says why."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import TypeAlias

from runners.edits.indent import reindent
from runners.edits.shapes import Hunk, Tagged
from runners.edits.slips import restyled, straight, without_entities, without_numbers


@dataclass(frozen=True, slots=True)
class Match:
    """`at` counts from 0; `hunk` is the reading that fits there. `slack`: what had to be forgiven."""

    at: int
    hunk: Hunk
    slack: str = ""

    @property
    def past(self) -> int:
        return self.at + len(self.hunk.old)


ENTITIES = "HTML entities"

Level: TypeAlias = Callable[[Hunk, Sequence[str]], list[Match]]


def matches(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    """All places at the first level of forgiveness that has any; the strictest comes first."""
    for reading, slack in _readings(hunk):
        for name, level in LEVELS.items():
            if found := level(reading, bodies):
                why = ", ".join(filter(None, (slack, name)))
                return [replace(match, slack=why) for match in found]
    return []


def _readings(hunk: Hunk) -> Iterator[tuple[Hunk, str]]:
    yield hunk, ""
    for other in hunk.others:
        yield other, ""
    for name, slip in SLIPS.items():
        for reading in (hunk, *hunk.others):
            if (mended := slip(reading)) is not None and mended != reading:
                yield mended, name


def places(keys: Sequence[str], wanted: Sequence[str]) -> list[int]:
    """Starts at which `wanted` stands in `keys`, found by its rarest line."""
    if not wanted or len(wanted) > len(keys):
        return []
    counts = Counter(keys)
    rarest = min(range(len(wanted)), key=lambda i: counts[wanted[i]])
    if not counts[wanted[rarest]]:
        return []
    target, size = list(wanted), len(wanted)
    starts = (at - rarest for at, key in enumerate(keys) if key == wanted[rarest])
    return [at for at in starts if at >= 0 and list(keys[at : at + size]) == target]


def _exact(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    return [Match(at, hunk) for at in places(bodies, hunk.old)]


def _trailing(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    if not _says_something(hunk):
        return []
    wanted = [text.rstrip() for text in hunk.old]
    return [Match(at, hunk) for at in places([body.rstrip() for body in bodies], wanted)]


def _context(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    """Context lines whose leading blank was forgotten, so that they lost one of their own."""
    if not hunk.diff or not _says_something(hunk):
        return []
    tagged = [(tag, text.rstrip()) for tag, text in hunk.lines if tag != "+"]
    found = []
    for at in places([body.strip() for body in bodies], [text.strip() for _, text in tagged]):
        there = [body.rstrip() for body in bodies[at : at + len(tagged)]]
        if all(_stands(tag, text, body) for (tag, text), body in zip(tagged, there, strict=True)):
            found.append(Match(at, hunk))
    return found


def _stands(tag: str, text: str, body: str) -> bool:
    return text == body or (tag == " " and body == " " + text)


def _indented(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    if not _says_something(hunk):
        return []
    wanted = [text.strip() for text in hunk.old]
    found = []
    for at in places([body.strip() for body in bodies], wanted):
        moved = reindent(hunk, bodies[at : at + len(wanted)])
        if moved is not None:
            found.append(Match(at, moved))
    return found


def _typographic(hunk: Hunk, bodies: Sequence[str]) -> list[Match]:
    if not _says_something(hunk):
        return []
    wanted = [straight(text.rstrip()) for text in hunk.old]
    found = []
    for at in places([straight(body.rstrip()) for body in bodies], wanted):
        fitted = restyled(hunk, bodies[at : at + len(wanted)], bodies)
        if fitted is not None:
            found.append(Match(at, fitted))
    return found


def _says_something(hunk: Hunk) -> bool:
    return any(character.isalnum() for text in hunk.old for character in text)


def _trimmed(hunk: Hunk) -> Hunk | None:
    """Without blank old lines at either edge: a quotation often has one too many."""
    lines = list(hunk.lines)
    while lines and lines[0][0] != "+" and not lines[0][1].strip():
        lines.pop(0)
    while (last := _last_old(lines)) is not None and not lines[last][1].strip():
        lines.pop(last)
    return replace(hunk, lines=tuple(lines)) if any(tag != "+" for tag, _ in lines) else None


def _last_old(lines: list[Tagged]) -> int | None:
    return next((i for i in range(len(lines) - 1, -1, -1) if lines[i][0] != "+"), None)


LEVELS: dict[str, Level] = {
    "": _exact,
    "trailing blanks": _trailing,
    "context without its blank": _context,
    "indentation": _indented,
    "typography": _typographic,
}

SLIPS: dict[str, Callable[[Hunk], Hunk | None]] = {
    "blank lines at an edge": _trimmed,
    "line numbers": without_numbers,
    ENTITIES: without_entities,
}
