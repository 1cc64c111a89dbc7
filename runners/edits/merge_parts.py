"""Merging a reply's definitions into a file by name and place, in any language with an outline."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from bot.code import language_of, parses_cleanly
from runners.edits.definition_parts import (
    FUNCTION_KINDS,
    HOLDER_KINDS,
    LineSplice,
    Part,
    apply_line_splices,
    import_lines,
    list_parts,
    move_margin,
)
from runners.edits.elision import find_elisions
from runners.edits.foreign_parts import choose_own_parts
from runners.edits.indent_depths import leading_whitespace
from runners.edits.model import Span

WRAPPER = "BricklayerOwner"
# Methods stand in a class: alone their text is none, or something else.
CLASS_OPENERS = {
    **dict.fromkeys(["java", "csharp", "typescript", "tsx", "javascript", "kotlin", "scala"],
                    f"class {WRAPPER} {{"),
    "php": f"<?php class {WRAPPER} {{",
    "swift": f"class {WRAPPER} {{",
    "rust": f"impl {WRAPPER} {{",
}  # fmt: skip
FRAME = re.compile(
    r"^\s*(?:package\b.*|<\?php|\?>|namespace\b.*;|['\"]use strict['\"];?|#pragma once)?\s*$"
)
COMMENT = re.compile(r"^\s*(?://|/\*|\*|#|--)")
WORD = re.compile(r"\w+")
ANNOTATION = re.compile(r"^\s*(?:@\w|#\[|\[\w)")


class UnclearError(Exception):
    """The reply does not say clearly what the file should become."""


@dataclass(slots=True)
class _Merge:
    """`old` are the file's parts, `new` the reply's; `shown` the lines that its author saw."""

    path: str
    before: list[str]
    code: list[str]
    shown: Sequence[Span]
    old: list[Part]
    new: list[Part]
    splices: list[LineSplice] = field(default_factory=list)
    placed: dict[str, tuple[int, str]] = field(default_factory=dict)


def merge_parts(
    path: str,
    before: Sequence[str],
    code: Sequence[str],
    shown: Sequence[Span] = (),
    task_text: str = "",
) -> list[str] | None:
    """The file with the definitions of `code` for its own, new ones beside their neighbours.

    New imports come along; examples and tests of it do not. None where a name is ambiguous, a body
    is elided, something stands there that is no definition, or the result would not parse though
    the file did.
    """
    read = _read_code(path, code)
    if read is None:
        return None
    lines, new = read
    merge = _Merge(path, list(before), lines, shown, list_parts(path, before), new)
    chosen = choose_own_parts(path, merge.old, list(_outermost(new)), lines, task_text)
    try:
        _check_nothing_else(merge)
        for part in chosen:
            _merge_part(merge, part, part.owner)
        merge.splices += _add_imports(merge, chosen)
    except UnclearError:
        return None
    result = apply_line_splices(before, merge.splices)
    if not chosen or result is None or result == list(before):
        return None
    clean = [parses_cleanly(path, _join(text)) for text in (before, result)]
    return None if clean[0] and not clean[1] else result


def _join(lines: Sequence[str]) -> bytes:
    return ("\n".join(lines) + "\n").encode("utf-8", "replace")


def _read_code(path: str, code: Sequence[str]) -> tuple[list[str], list[Part]] | None:
    """The reply's lines and definitions; those of bare methods as if their class stood around."""
    parts = list_parts(path, code)
    if parts and parses_cleanly(path, _join(code)):
        return list(code), parts
    opener = CLASS_OPENERS.get(language_of(path))
    if opener is None:
        return None
    inner = [at for at, line in enumerate(code) if line.strip() and at not in import_lines(code)]
    if not inner:
        return None
    wrapped = [*code[: inner[0]], opener, *code[inner[0] :], "}"]
    if not parses_cleanly(path, _join(wrapped)):
        return None
    bare = [
        Part(
            part.path.removeprefix(f"{WRAPPER}."), "", part.kind,
            part.head - 1, part.first - 1, part.past - 1,
        )
        for part in list_parts(path, wrapped)
        if part.owner == WRAPPER
    ]  # fmt: skip
    return (list(code), bare) if bare else None


def _outermost(parts: Sequence[Part]) -> Iterator[Part]:
    paths = {part.path for part in parts}
    yield from (part for part in parts if part.owner not in paths)


def _check_nothing_else(merge: _Merge) -> None:
    """Every line is a definition's, an import, a comment or a file's frame, or stands there."""
    inside = {at for part in _outermost(merge.new) for at in range(part.head, part.past)}
    imports = set(import_lines(merge.code))
    there = {line.strip() for line in merge.before}
    for at, line in enumerate(merge.code):
        known = at in inside or at in imports or line.strip() in there
        if not known and not FRAME.match(line) and not COMMENT.match(line):
            raise UnclearError(f"line {at + 1} is no part of a definition")


def _merge_part(merge: _Merge, part: Part, owner: str) -> None:
    target = _find_target(merge, part, owner)
    members = [each for each in merge.new if each.owner == part.path]
    if target is None:
        _add_part(merge, part, owner)
    elif part.kind in HOLDER_KINDS and _lacks_members(merge, target, members):
        for member in members:
            _merge_part(merge, member, target.path)
    else:
        _replace_part(merge, target, part)


def _find_target(merge: _Merge, part: Part, owner: str) -> Part | None:
    """The file's definition of that name; one of several only where its first line tells it."""
    name = f"{owner}.{part.name}" if owner else part.name
    found = [each for each in merge.old if each.path == name]
    if not found and not owner:
        found = [each for each in merge.old if each.name == part.name]
    shown = [each for each in found if _was_shown(merge, each)]
    found = shown or found
    if len(found) > 1:
        head = merge.code[part.first].strip()
        found = [each for each in found if merge.before[each.first].strip() == head]
        if len(found) != 1:
            raise UnclearError(f"several definitions of {part.name}")
    if not found:
        return None
    if (found[0].kind in HOLDER_KINDS) != (part.kind in HOLDER_KINDS):
        raise UnclearError(f"{part.name} is of another kind in the file")
    if not _was_shown(merge, found[0]):
        raise UnclearError(f"{part.name} was not shown")
    return found[0]


def _was_shown(merge: _Merge, part: Part) -> bool:
    return not merge.shown or any(
        first <= part.first + 1 and part.past <= last for first, last in merge.shown
    )


def _lacks_members(merge: _Merge, target: Part, members: Sequence[Part]) -> bool:
    """Whether a class given in the reply has fewer functions than the file's."""
    given = {member.name for member in members}
    functions = [x for x in merge.old if x.owner == target.path and x.kind in FUNCTION_KINDS]
    return any(each.name not in given for each in functions)


def _replace_part(merge: _Merge, target: Part, part: Part) -> None:
    """In place of the old one; what stands above that stays where the reply has nothing there."""
    old = merge.before[target.first : target.past]
    above, new = merge.code[part.head : part.first], merge.code[part.first : part.past]
    if find_elisions(new, old, merge.path):
        raise UnclearError(f"{part.name} leaves code out")
    margin = leading_whitespace(merge.before[target.first])
    kept = [] if any(map(ANNOTATION.match, [*above, *new[:1]])) else _annotations(old)
    text = (*kept, *move_margin(new, margin))
    first = target.head if above else target.first
    merge.splices.append(LineSplice(first, target.past, (*move_margin(above, margin), *text)))
    merge.placed[part.path] = (target.past, margin)


def _annotations(lines: Sequence[str]) -> list[str]:
    """What a definition begins with that is said of it: `@Override` on lines of its own."""
    count = next((at for at, line in enumerate(lines) if not ANNOTATION.match(line)), 0)
    return list(lines[:count])


def _add_part(merge: _Merge, part: Part, owner: str) -> None:
    text = merge.code[part.head : part.past]
    siblings = [each for each in merge.new if each.owner == part.owner]
    at = siblings.index(part)
    above = next((x for x in reversed(siblings[:at]) if x.path in merge.placed), None)
    if above is not None:
        place, margin = merge.placed[above.path]
        new = ("", *move_margin(text, margin))
    else:
        place, margin, new = _place_of_new(merge, text, siblings[at + 1 :], owner)
    merge.splices.append(LineSplice(place, place, new))
    merge.placed[part.path] = (place, margin)


def _place_of_new(
    merge: _Merge, text: Sequence[str], following: Sequence[Part], owner: str
) -> tuple[int, str, tuple[str, ...]]:
    """Above the reply's next known one, else below the last of its kind, else at the end."""
    for part in following:
        if target := _find_target(merge, part, owner):
            margin = leading_whitespace(merge.before[target.first])
            return target.head, margin, (*move_margin(text, margin), "")
    peers = [each for each in merge.old if each.owner == owner]
    if not peers and owner:
        raise UnclearError(f"no place for a new part of {owner}")
    last = max(peers, key=lambda each: each.past, default=None)
    place = last.past if last else len(merge.before)
    margin = leading_whitespace(merge.before[last.first]) if last else ""
    return place, margin, ("", *move_margin(text, margin))


def _add_imports(merge: _Merge, chosen: Sequence[Part]) -> list[LineSplice]:
    there = {line.strip() for line in merge.before}
    wanted = [
        merge.code[at] for at in import_lines(merge.code) if merge.code[at].strip() not in there
    ]
    if len(chosen) < len(list(_outermost(merge.new))):
        # The others came with what only they use.
        text = "\n".join(line for part in chosen for line in merge.code[part.first : part.past])
        used = set(WORD.findall(text))
        wanted = [line for line in wanted if used & set(WORD.findall(line)[-2:])]
    if not wanted:
        return []
    known = import_lines(merge.before)
    at = known[-1] + 1 if known else _below_frame(merge.before)
    return [LineSplice(at, at, tuple(wanted) if known else (*wanted, ""))]


def _below_frame(lines: Sequence[str]) -> int:
    """Below what a file begins with before anything else: its licence, package and pragmas."""
    return next(
        (at for at, line in enumerate(lines) if not FRAME.match(line) and not COMMENT.match(line)),
        len(lines),
    )
