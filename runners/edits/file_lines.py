"""A file's lines, and where a run of lines stands among them under several ways of comparing."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from runners.edits.reply_limits import count_work

Key = Callable[[str], str]
"""What of a line is compared."""
SCANNED_PER_UNIT = 16
"""Lines that one search passes over at the cost of looking at one line."""
LINES_PER_START = 8
"""What each place found costs later, in lines looked at: it is weighed against the others."""


@dataclass(frozen=True, slots=True)
class _Index:
    """Each different line has a character of its own, and `text` is the file in these."""

    characters: dict[str, str]
    text: str


@dataclass(slots=True)
class FileLines:
    bodies: Sequence[str]
    regions: dict[tuple[str, ...], list[tuple[int, int]]] = field(default_factory=dict)
    """Those found so far, by their anchors: each place of a hunk is held against the same ones."""
    _indexes: dict[Key, _Index] = field(default_factory=dict)

    def find(self, wanted: Sequence[str], key: Key = str) -> list[int]:
        """Starts, from 0, at which `wanted` stands in the file, both seen through `key`."""
        index = self._index_by(key)
        count_work(len(wanted) + len(self.bodies) // SCANNED_PER_UNIT)
        if not wanted or any(key(text) not in index.characters for text in wanted):
            return []
        target = "".join(index.characters[key(text)] for text in wanted)
        starts = []
        # Linear in both lengths, whatever the text:
        # https://github.com/python/cpython/blob/3.11/Objects/stringlib/stringlib_find_two_way_notes.txt
        at = index.text.find(target)
        while at >= 0:
            starts.append(at)
            count_work(len(wanted) + LINES_PER_START)
            at = index.text.find(target, at + 1)
        return starts

    def _index_by(self, key: Key) -> _Index:
        if (index := self._indexes.get(key)) is not None:
            return index
        count_work(len(self.bodies))
        characters: dict[str, str] = {}
        keys = [key(body) for body in self.bodies]
        for text in keys:
            # A file has fewer lines than there are characters: 1,114,112.
            characters.setdefault(text, chr(len(characters)))
        index = _Index(characters, "".join([characters[text] for text in keys]))
        self._indexes[key] = index
        return index
