"""Which parts of a diff are shown where not all of them fit, and how the others are told."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.approval.test_paths import is_test_path
from bot.code import language_of
from bot.review.diff_parts import DiffPart, FileDiff
from bot.review.prompt import render_part


@dataclass(frozen=True, slots=True)
class ChosenParts:
    """`unread` names each file that is not shown, or not all of it, with why."""

    parts: tuple[DiffPart, ...]
    unread: tuple[str, ...]

    @classmethod
    def of(cls, files: Sequence[FileDiff], parts: Sequence[DiffPart]) -> "ChosenParts":
        return cls(tuple(parts), tuple(_list_unread(files, parts)))


def choose_parts(files: Sequence[FileDiff], room: int, count: Callable[[str], int]) -> ChosenParts:
    """Code first, then its tests, then all else: whole parts, as many as `room` tokens hold.

    A part that is too large is left out, and smaller ones after it are not.
    """
    chosen: list[DiffPart] = []
    for file in sorted(files, key=lambda each: (_rank(each.path), each.path)):
        for part in file.parts:
            tokens = count(render_part(part)) + 2
            if tokens <= room:
                room -= tokens
                chosen.append(part)
    return ChosenParts.of(files, chosen)


def _rank(path: str) -> int:
    if is_test_path(path):
        return 1
    return 0 if language_of(path) else 2


def _list_unread(files: Sequence[FileDiff], chosen: Sequence[DiffPart]) -> Iterator[str]:
    read = Counter(part.path for part in chosen)
    for file in files:
        total, seen = len(file.parts), read[file.path]
        if file.why_unread:
            yield f"{file.path}: {file.why_unread}"
        elif seen == 0:
            yield f"{file.path}: the window has no room for it"
        elif seen < total:
            yield f"{file.path}: {total - seen} of its {total} parts had no room in the window"
