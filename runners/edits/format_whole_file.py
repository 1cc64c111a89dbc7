"""Whole files in fences: named ones, and the one that must be the task's file."""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from runners.edits.completeness import FENCE, covers, definitions, parses
from runners.edits.match import stands
from runners.edits.match_typos import unnumbered, unpadded
from runners.edits.model import EditError, Found, Whole
from runners.edits.reply_limits import check_time
from runners.edits.reply_text import FENCING, SHELL, Fence, ending, fences, fits
from runners.edits.target_file import Names, comment_text
from runners.edits.text_file import load

LONGER = "Put the file into a fence of four backticks or more."
ONE = "Answer with one fence that holds the complete file, its path alone on the line above."


SPEAKING, SPOKEN = 8, 4
"""Characters from which a line is none that any text may hold: in code, in prose."""


@dataclass(frozen=True, slots=True)
class _Named:
    fence: Fence
    path: str
    body: tuple[str, ...]


def find(lines: Sequence[str], names: Names) -> Found:
    """Every whole file in a fence; tried last, when the reply holds nothing else."""
    blocks = fences_of(lines)
    named = [n for n in (_named(lines, fence, names) for fence in blocks) if n.path]
    plain = bool(named)
    named = named or _mentioned(lines, blocks, names)
    if names.default and not named:
        fence = _chosen(blocks, names)
        named = [_Named(fence, names.default, fence.body)]
    if not named:
        raise EditError("the reply names no file", ONE)
    return Found(tuple(replace(one, named=plain) for one in _wholes(lines, named, names)))


def find_named(lines: Sequence[str], names: Names, used: Collection[tuple[int, int]]) -> Found:
    """Only fences that say plainly which file they are: what may stand beside another format.

    A fence around any of the lines `used` belonged to that other format.
    """
    free = [fence for fence in fences_of(lines) if not _holds(fence, used)]
    named = [n for n in (_named(lines, fence, names) for fence in free) if n.path]
    return Found(tuple(_wholes(lines, named, names)))


def shell_blocks(lines: Sequence[str]) -> list[tuple[int, str]]:
    """(line, commands) of every fence meant for a shell: shown to people, never run."""
    return [
        (fence.first, "".join(line + "\n" for line in fence.body))
        for fence in fences(lines)
        if fence.language in SHELL and fence.closed and any(line.strip() for line in fence.body)
    ]


def path_of(lines: Sequence[str], fence: Fence, names: Names) -> str:
    """The file a fence is, if it is one: what it says, or else the task's."""
    named = any(line.strip() for line in fence.body) and _named(lines, fence, names).path
    return named or names.default


def bodies_of(path: str, names: Names) -> list[str]:
    return load(names.read(path), path).bodies if names.exists(path) else []


def fences_of(lines: Sequence[str]) -> list[Fence]:
    return [fence for fence in fences(lines) if any(line.strip() for line in fence.body)]


def _holds(fence: Fence, used: Collection[tuple[int, int]]) -> bool:
    return any(first < fence.past and fence.first < past for first, past in used)


def _wholes(lines: Sequence[str], named: list[_Named], names: Names) -> list[Whole]:
    starts = {one.fence.first for one in named}
    blocks = fences(lines)
    for one in named:
        check_time()
        _check_nesting(lines, blocks, one, names, starts)
    return [_whole(one, names) for one in _single(named)]


def _named(lines: Sequence[str], fence: Fence, names: Names) -> _Named:
    check_time()
    path = names.in_info(fence.info) or _line_above(lines, fence.first, names)
    first = fence.body[0]
    label = names.alone(first) if len(fence.body) > 1 else ""
    if label and path in {"", label} and _is_label(first, label, names):
        return _Named(fence, label, fence.body[1:])
    return _Named(fence, path, fence.body)


def _line_above(lines: Sequence[str], first: int, names: Names) -> str:
    for line in reversed(lines[max(0, first - 2) : first]):
        if line.strip():
            return names.alone(line)
    return ""


def _is_label(first: str, label: str, names: Names) -> bool:
    """Whether the first line only names the file: not so where the file itself begins with it."""
    if before := bodies_of(label, names):
        return before[0].strip() != first.strip()
    return names.known(label) or not comment_text(first)


def _mentioned(lines: Sequence[str], blocks: list[Fence], names: Names) -> list[_Named]:
    """Names taken from the prose above, where that cannot mislead."""
    code = [fence for fence in blocks if fence.language not in SHELL]
    found = [_Named(fence, names.mentioned(lines, fence.first), fence.body) for fence in code]
    named = [n for n in found if n.path]
    distinct = len({n.path for n in named}) == len(named)
    plain = len(code) == 1 or all(not definitions(bodies_of(n.path, names)) for n in named)
    return named if distinct and plain else []


def _single(named: list[_Named]) -> list[_Named]:
    """One answer for a path. Raises `EditError` where a reply gives two different ones."""
    by_path: dict[str, _Named] = {}
    for one in named:
        before = by_path.setdefault(one.path, one)
        if before.body != one.body:
            why = f"the reply gives {one.path} twice, and differently"
            raise EditError(why, ONE, partial=True)
    return list(by_path.values())


def _chosen(blocks: list[Fence], names: Names) -> Fence:
    """The one fence that is the task's file. Raises `EditError` when several might be."""
    fitting = [fence for fence in blocks if fits(fence.language, names.default)]
    distinct = list({fence.body: fence for fence in fitting}.values())
    if not distinct:
        raise EditError(f"no fence of the reply is for {names.default}", ONE)
    before = bodies_of(names.default, names)
    distinct = [fence for fence in distinct if not stands(before, fence.body)] or distinct
    if len(distinct) == 1:
        return distinct[0]
    if any(line.strip() for line in before):
        versions = [fence for fence in distinct if covers(before, fence.body)]
    else:
        versions = [fence for fence in distinct if definitions(fence.body)]
    if len(versions) == 1 and parses(names.default, "\n".join(versions[0].body)) is not False:
        return versions[0]
    raise EditError(
        f"{len(distinct)} fences of the reply might be {names.default}, none of them named",
        LONGER if ending(names.default) in FENCING else ONE,
        partial=True,
    )


def _check_nesting(
    lines: Sequence[str], blocks: list[Fence], one: _Named, names: Names, starts: Collection[int]
) -> None:
    """Fences inside the file may have ended its own fence early: then nothing is certain.

    `starts`: where fences open that are known to be files.
    """
    quotes = ending(one.path) in FENCING or any(
        FENCE.match(body) for body in (*bodies_of(one.path, names), *one.body)
    )
    ticks = re.match(r"\s*(`+|~+)", lines[one.fence.first])
    longer = ticks is not None and len(ticks[1]) > 3  # noqa: PLR2004 - the usual fence
    others = [fence for fence in blocks if fence.first not in {*starts, one.fence.first}]
    bare = any(not fence.info for fence in (*others, *([one.fence] if others else [])))
    before = bodies_of(one.path, names)
    spilled = _spilled(lines, [] if quotes and not longer else blocks, one, before)
    if spilled or (quotes and not longer and bare):
        raise EditError(
            f"{one.path} holds fences itself, so it is unclear where the reply's fence ends",
            LONGER,
        )


def _spilled(
    lines: Sequence[str], blocks: Sequence[Fence], one: _Named, before: Sequence[str]
) -> bool:
    """Lines the fence lacks stand around it, outside of `blocks`: it closed early."""
    inside = {line.strip() for line in one.body}
    least = SPEAKING if blocks else SPOKEN
    lost = {line.strip() for line in before if len(line.strip()) >= least} - inside
    if not lost:
        return False
    fenced = {at for fence in (one.fence, *blocks) for at in range(fence.first, fence.past)}
    outside = [line for at, line in enumerate(lines) if at not in fenced and line.strip() in lost]
    return len(outside) > (1 if blocks else 0)


def _whole(one: _Named, names: Names) -> Whole:
    body = plain_body(list(one.body), bodies_of(one.path, names))
    text = "".join(line + "\n" for line in body)
    label = f"the file in the fence at line {one.fence.first + 1}"
    return Whole(one.path, text, label, sure=one.fence.closed)


def plain_body(body: list[str], before: list[str]) -> list[str]:
    """Without line numbers copied along, and blank lines at the edges the file never had."""
    bare = unnumbered(body)
    if bare and _are_known(bare, before) and not unnumbered(before[:3]):
        body = bare if "\t" in body[0].split(bare[0])[0] else unpadded(bare)
    while body and not body[0].strip() and not (before and not before[0].strip()):
        body = body[1:]
    while tail_blanks(body) > tail_blanks(before):
        body = body[:-1]
    return body


def _are_known(bare: list[str], before: list[str]) -> bool:
    """Whether the file has such lines: in a new one the numbers may be its first column."""
    there = {line.strip() for line in before} - {""}
    return len(bare) > 2 and any(line.strip() in there for line in bare)  # noqa: PLR2004


def tail_blanks(lines: list[str]) -> int:
    return next((i for i, line in enumerate(reversed(lines)) if line.strip()), len(lines))
