"""Finding the parts of a file that a new version of it has lost without any sign of a reason."""

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from bot.code import Outline, Symbol, outline_file
from runners.edits.landmarks import find_landmarks
from runners.edits.removal_wish import RemovalWish

IMPORT_LINE = re.compile(
    r"^\s*(?:import|from|use|using|require|include|export\s*[{*]|#\s*include)\b"
)


MAX_LOST_CONSTANTS = 2
SIMILAR = 0.5
"""Share of a definition's words that another one has, to count as its new form."""
WORD = re.compile(r"\w+")
COMMON_WORDS = frozenset(
    [
        *("def", "class", "return", "self", "this", "if", "else", "for", "in", "not", "and", "or"),
        *("function", "const", "let", "var", "fn", "func", "pub", "public", "private", "static"),
        *("void", "int", "new", "async", "await", "assert", "true", "false", "None", "null"),
    ]
)


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
    lost, renamed = _find_lost(old, new)
    if not lost and not renamed:
        return LostParts()
    text = "\n".join(after)
    old_outline, new_outline = (
        outline_file(path, "\n".join(lines).encode("utf-8", "replace")) for lines in (before, after)
    )
    lost += [
        gone
        for gone, come in renamed
        if not _is_renamed(_Side(before, old_outline), _Side(after, new_outline), gone, come)
    ]
    imported = "\n".join(line for line in after if IMPORT_LINE.match(line))
    kept = _names_of_kept_lines(old_outline, before, after)
    lost = [name for name in lost if name not in kept and not _has_word(imported, _bare(name))]
    used = [name for name in lost if _is_used(name, text, new_outline)]
    spoken = {name for name in lost if name not in used and wish.names(name)}
    asked = wish.asks(code=bool(old_outline.language))
    excused = {
        name
        for name in lost
        if name not in used and (asked or _lost_last_use(name, old_outline, new_outline))
    }
    # What is inside of a part goes with it.
    gone = spoken | excused
    rest = [name for name in lost if name not in gone and not _is_inside(name, gone)]
    rest = _drop_few_constants(rest, used, old_outline)
    return LostParts(tuple(rest), tuple(name for name in used if name in rest))


def _find_lost(old: Sequence[str], new: Sequence[str]) -> tuple[list[str], list[tuple[str, str]]]:
    """Names of `old` that `new` lacks; apart, with the new one, those in whose place one stands."""
    moved = Counter(map(_bare, new))
    lost: list[str] = []
    renamed: list[tuple[str, str]] = []
    matcher = SequenceMatcher(None, list(old), list(new), autojunk=False)
    for op, i, j, k, m in matcher.get_opcodes():
        if op in {"equal", "insert"}:
            continue
        gone = [name for name in old[i:j] if name not in new and not moved[_bare(name)]]
        come = [name for name in new[k:m] if name not in old]
        renamed += zip(gone, come, strict=False)
        lost += gone[len(come) :]
    return lost, renamed


@dataclass(frozen=True, slots=True)
class _Side:
    """A version of the file."""

    lines: Sequence[str]
    outline: Outline

    def words_of(self, name: str) -> Counter[str]:
        """The words inside of a definition, without its own name and what any code has."""
        spans = [x for x in self.outline.symbols if _path(x) == name]
        text = [line for x in spans for line in self.lines[x.first - 1 : x.last]]
        words = Counter(word for line in text for word in WORD.findall(line))
        return Counter({w: n for w, n in words.items() if w not in {_bare(name), *COMMON_WORDS}})

    def users_of(self, name: str) -> set[str]:
        """The other definitions that refer to it."""
        lines = [line for ref, line in self.outline.references if ref == _bare(name)]
        around = [x for x in self.outline.symbols if any(x.first <= at <= x.last for at in lines)]
        return {_path(x) for x in around if _bare(_path(x)) != _bare(name)}


def _is_renamed(old: _Side, new: _Side, gone: str, come: str) -> bool:
    """Whether what stands in the place of a part is that part: much the same, or used alike."""
    if not old.outline.language or all(_path(x) != gone for x in old.outline.symbols):
        return True
    before, after = old.words_of(gone), new.words_of(come)
    alike = 2 * (before & after).total() >= SIMILAR * (before.total() + after.total())
    both = old.users_of(gone) & new.users_of(come)
    return (alike and before.total() > 0) or bool(both)


def _path(symbol: Symbol) -> str:
    return f"{symbol.owner}.{symbol.name}" if symbol.owner else symbol.name


def _names_of_kept_lines(outline: Outline, before: Sequence[str], after: Sequence[str]) -> set[str]:
    """Definitions whose first line is still there, though no parser sees them any more."""
    there = {line.strip() for line in after}
    return {
        _path(each)
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
