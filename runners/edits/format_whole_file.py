"""Reading whole files in fences: named ones, and the one that must be the task's file.

As aider's `whole` format has them: https://aider.chat/docs/more/edit-formats.html
"""

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from runners.edits.completeness import FENCE_LINE, covers_file, find_definitions, is_well_formed
from runners.edits.match import contains_lines
from runners.edits.match_typos import clean_body
from runners.edits.model import EditError, FoundEdits, WholeFile
from runners.edits.reply_limits import check_time
from runners.edits.reply_text import (
    FENCED_EXTENSIONS,
    SHELL_LANGUAGES,
    Fence,
    file_extension,
    fits_language,
    parse_fences,
)
from runners.edits.target_file import FileNames, comment_text
from runners.edits.text_file import load_text

LONGER_FENCE_HINT = "Put the file into a fence of four backticks or more."
WHOLE_FILE_HINT = (
    "Answer with one fence that holds the complete file, its path alone on the line above."
)


MIN_CODE_CHARACTERS, MIN_PROSE_CHARACTERS = 8, 4
"""Shorter lines, `}` or `else:`, may stand in any text and prove nothing: in code, in prose."""


@dataclass(frozen=True, slots=True)
class _NamedFence:
    fence: Fence
    path: str
    body: tuple[str, ...]


def find_edits(lines: Sequence[str], names: FileNames) -> FoundEdits:
    """Every whole file in a fence; tried last, when the reply holds nothing else."""
    blocks = filled_fences(lines)
    named = [n for n in (_name_fence(lines, fence, names) for fence in blocks) if n.path]
    names_given = bool(named)
    named = named or _name_by_prose(lines, blocks, names)
    if names.default and not named:
        fence = _choose_fence(blocks, names)
        named = [_NamedFence(fence, names.default, fence.body)]
    if not named:
        raise EditError("the reply names no file", WHOLE_FILE_HINT)
    return FoundEdits(
        tuple(replace(file, named=names_given) for file in _read_files(lines, named, names))
    )


def find_named_edits(
    lines: Sequence[str], names: FileNames, used: Collection[tuple[int, int]]
) -> FoundEdits:
    """Only fences that say plainly which file they are: what may stand beside another format.

    A fence around any of the lines `used` belonged to that other format.
    """
    free = [fence for fence in filled_fences(lines) if not _overlaps(fence, used)]
    named = [n for n in (_name_fence(lines, fence, names) for fence in free) if n.path]
    return FoundEdits(tuple(_read_files(lines, named, names)))


def read_shell_blocks(lines: Sequence[str]) -> list[tuple[int, str]]:
    """(line, commands) of every fence meant for a shell: shown to people, never run."""
    return [
        (fence.first, "".join(line + "\n" for line in fence.body))
        for fence in parse_fences(lines)
        # Nothing of a reply is ever run; checks run only what `.bricklayer.toml` says.
        if fence.language in SHELL_LANGUAGES
        and fence.closed
        and any(line.strip() for line in fence.body)
    ]


def path_of_fence(lines: Sequence[str], fence: Fence, names: FileNames) -> str:
    """The file a fence is, if it is one: what it says, or else the task's."""
    named = any(line.strip() for line in fence.body) and _name_fence(lines, fence, names).path
    return named or names.default


def read_bodies(path: str, names: FileNames) -> list[str]:
    return load_text(names.read(path), path).bodies if names.file_exists(path) else []


def filled_fences(lines: Sequence[str]) -> list[Fence]:
    return [fence for fence in parse_fences(lines) if any(line.strip() for line in fence.body)]


def _overlaps(fence: Fence, used: Collection[tuple[int, int]]) -> bool:
    return any(first < fence.past and fence.first < past for first, past in used)


def _read_files(
    lines: Sequence[str], named: list[_NamedFence], names: FileNames
) -> list[WholeFile]:
    starts = {item.fence.first for item in named}
    blocks = parse_fences(lines)
    for item in named:
        check_time()
        _check_nesting(lines, blocks, item, names, starts)
    return [_read_file(item, names) for item in _drop_repeated(named)]


def _name_fence(lines: Sequence[str], fence: Fence, names: FileNames) -> _NamedFence:
    check_time()
    path = names.path_in_info(fence.info) or _find_path_above(lines, fence.first, names)
    first = fence.body[0]
    label = names.path_on_line(first) if len(fence.body) > 1 else ""
    if label and path in {"", label} and _is_label_line(first, label, names):
        return _NamedFence(fence, label, fence.body[1:])
    return _NamedFence(fence, path, fence.body)


def _find_path_above(lines: Sequence[str], first: int, names: FileNames) -> str:
    for line in reversed(lines[max(0, first - 2) : first]):
        if line.strip():
            return names.path_on_line(line)
    return ""


def _is_label_line(first: str, label: str, names: FileNames) -> bool:
    """Whether the first line only names the file: not so where the file itself begins with it."""
    if before := read_bodies(label, names):
        return before[0].strip() != first.strip()
    return names.is_known(label) or not comment_text(first)


def _name_by_prose(
    lines: Sequence[str], blocks: list[Fence], names: FileNames
) -> list[_NamedFence]:
    """Names taken from the prose above, where that cannot mislead."""
    code = [fence for fence in blocks if fence.language not in SHELL_LANGUAGES]
    found = [
        _NamedFence(fence, names.path_in_prose(lines, fence.first), fence.body) for fence in code
    ]
    named = [n for n in found if n.path]
    distinct = len({n.path for n in named}) == len(named)
    plain = len(code) == 1 or all(not find_definitions(read_bodies(n.path, names)) for n in named)
    return named if distinct and plain else []


def _drop_repeated(named: list[_NamedFence]) -> list[_NamedFence]:
    """One answer for a path. Raises `EditError` where a reply gives two different ones."""
    by_path: dict[str, _NamedFence] = {}
    for item in named:
        before = by_path.setdefault(item.path, item)
        if before.body != item.body:
            why = f"the reply gives {item.path} twice, and differently"
            raise EditError(why, WHOLE_FILE_HINT, partial=True)
    return list(by_path.values())


def _choose_fence(blocks: list[Fence], names: FileNames) -> Fence:
    """The one fence that is the task's file. Raises `EditError` when several might be."""
    fitting = [fence for fence in blocks if fits_language(fence.language, names.default)]
    distinct = list({fence.body: fence for fence in fitting}.values())
    if not distinct:
        raise EditError(f"no fence of the reply is for {names.default}", WHOLE_FILE_HINT)
    before = read_bodies(names.default, names)
    # What is in the file already is a quotation of it.
    distinct = [fence for fence in distinct if not contains_lines(before, fence.body)] or distinct
    if len(distinct) == 1:
        return distinct[0]
    if any(line.strip() for line in before):
        versions = [fence for fence in distinct if covers_file(before, fence.body)]
    else:
        versions = [fence for fence in distinct if find_definitions(fence.body)]
    if (
        len(versions) == 1
        and is_well_formed(names.default, "\n".join(versions[0].body)) is not False
    ):
        return versions[0]
    raise EditError(
        f"{len(distinct)} fences of the reply might be {names.default}, none of them named",
        LONGER_FENCE_HINT
        if file_extension(names.default) in FENCED_EXTENSIONS
        else WHOLE_FILE_HINT,
        partial=True,
    )


def _check_nesting(
    lines: Sequence[str],
    blocks: list[Fence],
    item: _NamedFence,
    names: FileNames,
    starts: Collection[int],
) -> None:
    """Fences inside the file may have ended its own fence early: then nothing is certain.

    `starts`: where fences open that are known to be files.
    """
    quotes = file_extension(item.path) in FENCED_EXTENSIONS or any(
        FENCE_LINE.match(body) for body in (*read_bodies(item.path, names), *item.body)
    )
    ticks = re.match(r"\s*(`+|~+)", lines[item.fence.first])
    # A fence is closed by as many marks as opened it, so four of them hold fences of three:
    # https://spec.commonmark.org/0.31.2/#fenced-code-blocks
    longer = ticks is not None and len(ticks[1]) > 3  # noqa: PLR2004 - the usual fence
    others = [fence for fence in blocks if fence.first not in {*starts, item.fence.first}]
    has_untagged = any(not fence.info for fence in (*others, *([item.fence] if others else [])))
    before = read_bodies(item.path, names)
    spilled = _is_spilled(lines, [] if quotes and not longer else blocks, item, before)
    if spilled or (quotes and not longer and has_untagged):
        raise EditError(
            f"{item.path} holds fences itself, so it is unclear where the reply's fence ends",
            LONGER_FENCE_HINT,
        )


def _is_spilled(
    lines: Sequence[str], blocks: Sequence[Fence], item: _NamedFence, before: Sequence[str]
) -> bool:
    """Lines the fence lacks stand around it, outside of `blocks`: it closed early."""
    inside = {line.strip() for line in item.body}
    min_characters = MIN_CODE_CHARACTERS if blocks else MIN_PROSE_CHARACTERS
    missing = {line.strip() for line in before if len(line.strip()) >= min_characters} - inside
    if not missing:
        return False
    fenced = {at for fence in (item.fence, *blocks) for at in range(fence.first, fence.past)}
    outside = [
        line for at, line in enumerate(lines) if at not in fenced and line.strip() in missing
    ]
    return len(outside) > (1 if blocks else 0)


def _read_file(item: _NamedFence, names: FileNames) -> WholeFile:
    body = clean_body(list(item.body), read_bodies(item.path, names))
    text = "".join(line + "\n" for line in body)
    label = f"the file in the fence at line {item.fence.first + 1}"
    return WholeFile(item.path, text, label, end_shown=item.fence.closed)
