"""Finding the parts of a file that a new version of it has lost without any sign of a reason."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.code import Outline, outline_file
from runners.edits.landmarks import find_landmarks
from runners.edits.removal_wish import RemovalWish

IMPORT_LINE = re.compile(
    r"^\s*(?:import|from|use|using|require|include|export\s*[{*]|#\s*include)\b"
)


MAX_LOST_CONSTANTS = 2


@dataclass(frozen=True, slots=True)
class LostParts:
    """`names` went without a reason; of those, `used` are still used in the new version."""

    names: tuple[str, ...] = ()
    used: tuple[str, ...] = ()


def find_lost_parts(
    path: str, before: Sequence[str], after: Sequence[str], wish: RemovalWish
) -> LostParts:
    """What is gone and neither renamed, moved nor asked for, nor went with its last use."""
    old, new = find_landmarks(path, before), find_landmarks(path, after)
    lost = _drop_renamed(old, new)
    if not lost:
        return LostParts()
    text = "\n".join(after)
    old_outline, new_outline = (
        outline_file(path, "\n".join(lines).encode("utf-8", "replace")) for lines in (before, after)
    )
    imported = "\n".join(line for line in after if IMPORT_LINE.match(line))
    kept = _names_of_kept_lines(old_outline, before, after)
    lost = [name for name in lost if name not in kept and not _has_word(imported, _bare(name))]
    used = [name for name in lost if _is_used(name, text, new_outline)]
    spoken = {name for name in lost if name not in used and wish.names(name)}
    excused = {
        name
        for name in lost
        if name not in used and (wish.asks() or _lost_last_use(name, old_outline, new_outline))
    }
    # What is inside of a part goes with it.
    gone = spoken | excused
    rest = [name for name in lost if name not in gone and not _is_inside(name, gone)]
    rest = _drop_few_constants(rest, used, old_outline)
    return LostParts(tuple(rest), tuple(name for name in used if name in rest))


def _drop_renamed(old: Sequence[str], new: Sequence[str]) -> list[str]:
    """Names of `old` that `new` lacks, without those in whose place as many new ones stand."""
    moved = Counter(map(_bare, new))
    lost: list[str] = []
    matcher = SequenceMatcher(None, list(old), list(new), autojunk=False)
    for op, i, j, k, m in matcher.get_opcodes():
        if op in {"equal", "insert"}:
            continue
        gone = [name for name in old[i:j] if name not in new]
        come = [name for name in new[k:m] if name not in old]
        if len(come) < len(gone):
            lost += [name for name in gone if not moved[_bare(name)]]
    return lost


def _names_of_kept_lines(outline: Outline, before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Definitions whose first line is still there, though no parser sees them any more."""
    there = {line.strip() for line in after}
    return {
        f"{each.owner}.{each.name}" if each.owner else each.name
        for each in outline.symbols
        if each.name in before[each.first - 1] and before[each.first - 1].strip() in there
    }


def _drop_few_constants(names: Sequence[str], used: Sequence[str], outline: Outline) -> list[str]:
    """One or two constants are a line like any other, unless they are still used."""
    constants = {each.name for each in outline.symbols if each.kind == "constant"}
    few = sum(name in constants for name in names) <= MAX_LOST_CONSTANTS
    return [name for name in names if name in used or not (few and name in constants)]


def _is_inside(name: str, owners: set[str]) -> bool:
    return any(name.startswith(f"{owner}.") for owner in owners)


def _bare(name: str) -> str:
    return name.rpartition(".")[2]


def _has_word(text: str, word: str) -> bool:
    return bool(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text))


def _is_used(name: str, text: str, outline: Outline) -> bool:
    """Whether code still uses it: a method by way of its own object, anything else by its name."""
    bare = re.escape(_bare(name))
    if not outline.language or bare in {re.escape(each.name) for each in outline.symbols}:
        return False
    if "." in name:
        pattern = rf"\b(?:self|this|cls|{re.escape(name.rpartition('.')[0])})(?:\.|->|::){bare}\b"
        return bool(re.search(pattern, text))
    referred = {ref for ref, _ in outline.references}
    return _bare(name) in referred and bool(re.search(rf"(?<![\w.>]){bare}\b", text))


def _lost_last_use(name: str, old: Outline, new: Outline) -> bool:
    """Whether a definition that used it is still there, and nothing uses it any more."""
    bare = _bare(name)
    lines = [line for ref, line in old.references if ref == bare]
    if not lines or any(ref == bare for ref, _ in new.references):
        return False
    kept = {(each.owner, each.name) for each in new.symbols}
    own = [each for each in old.symbols if each.name == bare]
    users = [
        each
        for each in old.symbols
        if each.kind != "class"
        and (each.owner, each.name) in kept
        and any(each.first <= line <= each.last for line in lines)
    ]
    outside = [x for x in lines if not any(each.first <= x <= each.last for each in own)]
    return bool(users) and bool(outside)
