"""Which parts of a diff are shown where not all of them fit, and how the others are told."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from bot.approval.test_paths import is_test_path
from bot.code import language_of
from bot.review.diff_parts import DiffPart, FileDiff
from bot.review.model import UnseenParts
from bot.review.prompt import render_part


@dataclass(frozen=True, slots=True)
class ChosenParts:
    """`unread` names each file that is not shown, or not all of it, with why.

    `unseen` are the parts that there was no room for.
    """

    parts: tuple[DiffPart, ...]
    unread: tuple[str, ...]
    unseen: tuple[UnseenParts, ...] = ()

    @classmethod
    def of(cls, files: Sequence[FileDiff], parts: Sequence[DiffPart]) -> "ChosenParts":
        unseen = tuple(_list_unseen(files, parts))
        return cls(tuple(parts), tuple(_list_unread(files, unseen)), unseen)


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


def _list_unseen(files: Sequence[FileDiff], chosen: Sequence[DiffPart]) -> Iterator[UnseenParts]:
    shown = {(part.path, part.number) for part in chosen}
    for file in files:
        numbers = (part.number for part in file.parts)
        if left := tuple(each for each in numbers if (file.path, each) not in shown):
            yield UnseenParts(file.path, left, file.total)


def _list_unread(files: Sequence[FileDiff], unseen: Sequence[UnseenParts]) -> Iterator[str]:
    left = {each.path: len(each.numbers) for each in unseen}
    for file in files:
        if file.why_unread:
            yield f"{file.path}: {file.why_unread}"
        elif (count := left.get(file.path, 0)) == file.total and count:
            yield f"{file.path}: the window has no room for it"
        elif count:
            said = f"{count} of its {file.total} parts had no room in the window"
            yield f"{file.path}: read in part, {said}"
