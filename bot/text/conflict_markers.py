"""Reads the places of a file that two sides changed, as git marks them in it.

https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
"""

from dataclasses import dataclass

_OPENS, _BEFORE, _PARTS, _CLOSES = "<<<<<<< ", "||||||| ", "=======", ">>>>>>> "


@dataclass(frozen=True, slots=True)
class Place:
    """One place of a file that both sides changed. `line` counts from 1 in our version."""

    line: int
    ours: str
    base: str
    theirs: str


def read_places(text: str, ours: str, theirs: str) -> tuple[str, tuple[Place, ...]]:
    """Our version of a file that git merged with markers, and the places in it that conflict.

    Markers are told by the commits' names behind them, which no line of the file itself has.
    """
    kept: list[str] = []
    places: list[Place] = []
    parts: list[list[str]] = []
    for line in text.splitlines(keepends=True):
        bare = line.rstrip("\r\n")
        if not parts and bare == _OPENS + ours:
            parts = [[]]
        elif _is_border(bare, len(parts)):
            parts.append([])
        elif parts and bare == _CLOSES + theirs:
            mine, before, other = ("".join(part) for part in (*parts, [], [])[:3])
            places.append(Place(len(kept) + 1, mine, before, other))
            kept += parts[0]
            parts = []
        else:
            (parts[-1] if parts else kept).append(line)
    return "".join(kept), tuple(places)


def _is_border(line: str, parts_read: int) -> bool:
    """Whether a line ends one side of a place: ours, or what both came from."""
    return line.startswith(_BEFORE) if parts_read == 1 else line == _PARTS and bool(parts_read)


def find_markers(text: str) -> int:
    """The first line, from 1, that git would write at a conflict's end or beginning; 0 for none."""
    for number, line in enumerate(text.splitlines(), 1):
        if line.startswith((_OPENS, _CLOSES)):
            return number
    return 0
