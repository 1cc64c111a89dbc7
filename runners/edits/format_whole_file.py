"""Reading whole files in fences: named ones, and the one that must be the task's file.

As aider's `whole` format has them: https://aider.chat/docs/more/edit-formats.html
"""

import re
from collections.abc import Collection, Sequence

from runners.edits.file_names import FileNames
from runners.edits.file_proof import read_bodies
from runners.edits.match_typos import clean_body
from runners.edits.model import EditError, FoundEdits, WholeFile
from runners.edits.named_fences import (
    LONGER_FENCE_HINT,
    WHOLE_FILE_HINT,
    NamedFence,
    choose_fence,
    name_fence,
    name_fences,
    prove_default,
    refuse_undecided,
)
from runners.edits.reply_limits import count_work
from runners.edits.reply_text import (
    FENCED_EXTENSIONS,
    SHELL_LANGUAGES,
    Fence,
    file_extension,
    parse_fences,
)
from runners.edits.safety_checks import check_whole
from runners.edits.target_file import Named, Unclear
from runners.edits.text_file import split_lines

FENCE_LINE = re.compile(r"^\s*(?:```|~~~)")
MAX_LINES_ABOVE = 8
"""Lines above a fence in which its name may stand, where the reply is not read in full yet."""
MIN_CODE_CHARACTERS, MIN_PROSE_CHARACTERS = 8, 4
"""Shorter lines, `}` or `else:`, may stand in any text and prove nothing: in code, in prose."""


def find_edits(lines: Sequence[str], names: FileNames) -> FoundEdits:
    """Every whole file in a fence; tried last, when the reply holds nothing else."""
    named, others = name_fences(lines, names)
    if named or len(others) > 1:
        refuse_undecided(others, names)
    if named:
        if names.default and all(item.path != names.default for item in named):
            named = [*named, *prove_default(others, names)]
        return FoundEdits(tuple(_read_files(lines, named, names)))
    if not names.default:
        unclear = next((o.target.why for o in others if isinstance(o.target, Unclear)), "")
        raise EditError(unclear or "the reply names no file", WHOLE_FILE_HINT)
    fence, is_proved = choose_fence(others, names)
    files = _read_files(lines, [NamedFence(fence, names.default, fence.body, told=False)], names)
    if not is_proved:
        _refuse_unproved(files[0], names)
    return FoundEdits(tuple(files))


def _refuse_unproved(file: WholeFile, names: FileNames) -> None:
    """Says why a fence is not the task's file, though it is the only one."""
    before = read_bodies(file.path, names)
    check_whole(file, before, split_lines(file.text))
    raise EditError(
        f"{file.label}: nothing says that it is {file.path}, and few of its lines are in it",
        WHOLE_FILE_HINT,
    )


def find_named_edits(
    lines: Sequence[str], names: FileNames, used: Collection[tuple[int, int]]
) -> FoundEdits:
    """Only fences that say plainly which file they are: what may stand beside another format.

    A fence around any of the lines `used` belonged to that other format.
    """
    named, _ = name_fences(lines, names, used)
    return FoundEdits(tuple(_read_files(lines, [n for n in named if n.told], names)))


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
    if not any(line.strip() for line in fence.body):
        return names.default
    target, _ = name_fence(lines[max(0, fence.first - MAX_LINES_ABOVE) : fence.first], fence, names)
    return target.path if isinstance(target, Named) else names.default


def _read_files(lines: Sequence[str], named: list[NamedFence], names: FileNames) -> list[WholeFile]:
    starts = {item.fence.first for item in named}
    blocks = parse_fences(lines)
    for item in named:
        count_work(1)
        _check_nesting(lines, blocks, item, names, starts)
    return [_read_file(item, names) for item in _drop_repeated(named)]


def _drop_repeated(named: list[NamedFence]) -> list[NamedFence]:
    """One answer for a path. Raises `EditError` where a reply gives two different ones."""
    by_path: dict[str, NamedFence] = {}
    for item in named:
        before = by_path.setdefault(item.path, item)
        if before.body != item.body:
            why = f"the reply gives {item.path} twice, and differently"
            raise EditError(why, WHOLE_FILE_HINT)
    return list(by_path.values())


def _check_nesting(
    lines: Sequence[str],
    blocks: list[Fence],
    item: NamedFence,
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
    # A file between tags ends at its own.
    longer = ticks is None or len(ticks[1]) > 3  # noqa: PLR2004 - the usual fence
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
    lines: Sequence[str], blocks: Sequence[Fence], item: NamedFence, before: Sequence[str]
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


def _read_file(item: NamedFence, names: FileNames) -> WholeFile:
    body = clean_body(list(item.body), read_bodies(item.path, names))
    text = "".join(line + "\n" for line in body)
    label = f"the file in the fence at line {item.fence.first + 1}"
    return WholeFile(item.path, text, label, end_shown=item.fence.closed, named=item.told)
