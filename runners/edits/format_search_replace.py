"""Reading search/replace blocks, which are found by their markers, with or without fences.

As aider's `diff` and `diff-fenced` formats have them, and dialects of other tools:
https://aider.chat/docs/more/edit-formats.html
"""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace

from runners.edits.file_names import FileNames
from runners.edits.model import (
    EditError,
    Evidence,
    FoundEdits,
    Hunk,
    Patch,
    Span,
    WholeFile,
    align_lines,
)
from runners.edits.path_lines import path_on_line
from runners.edits.reply_limits import count_work
from runners.edits.reply_text import OPENER, is_fence
from runners.edits.section_lines import find_section_above
from runners.edits.target_file import (
    Named,
    Target,
    find_target,
    keep_words,
    require_path,
    share_found,
)

# Possessive `*+` keeps long runs of blanks linear:
# https://docs.python.org/3.11/library/re.html#regular-expression-syntax
# aider writes `<<<<<<< SEARCH`, after git's conflict markers, and Cline `------- SEARCH`:
# https://github.com/cline/cline/blob/main/src/core/assistant-message/diff.ts
# https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
OPEN = re.compile(
    r"^\s*(?:<{5,9}|-{5,9})\s*(?:SEARCH|ORIGINAL|HEAD|OLD|BEFORE|FIND)\b"
    r"[ \t]*+[:>]*+[ \t]*+(\S*+)\s*$",
    re.IGNORECASE,
)
DIVIDE = re.compile(r"^\s*={5,9}\s*$")
CLOSE = re.compile(
    r"^\s*(?:>{5,9}|\+{5,9})\s*(?:REPLACE|UPDATED?|NEW|AFTER)\b[ \t]*+[:<>]*+\s*$", re.IGNORECASE
)
STRAY = re.compile(
    r"^\s*(?:<{2,9}\s*-*\s*(?:SEARCH|ORIGINAL)\b|>{2,9}\s*(?:REPLACE|UPDATED)\b|<{5,9}\s*=+|>{5,9}\s*=+)"
)
# Roo Code's dialect: https://docs.roocode.com/advanced-usage/available-tools/apply-diff
START_LINE = re.compile(r"^:start_line:\s*(\d+)\s*$")
# Each line of `=` may be the divider or content, a heading's underline in reStructuredText for one,
# so each is tried: https://docutils.sourceforge.io/docs/ref/rst/restructuredtext.html#sections
MAX_DIVIDERS = 20
BLOCK_HINT = (
    "Write every block as: the path, then <<<<<<< SEARCH, the old lines, =======, the new lines, "
    ">>>>>>> REPLACE, each marker alone on its line."
)


def find_first_line(lines: Sequence[str]) -> int | None:
    return next((at for at in range(len(lines)) if opens_edit(lines, at)), None)


def opens_edit(lines: Sequence[str], at: int) -> bool:
    return bool(OPEN.match(lines[at]) or STRAY.match(lines[at]))


def find_edits(lines: Sequence[str], names: FileNames) -> FoundEdits:
    """Every block of the reply. Raises `EditError` for one without its markers or its file."""
    blocks = list(_split_blocks(lines))
    spans = [(first, past) for first, past, _ in blocks]
    words = keep_words(lines, spans)
    edits: list[Patch | WholeFile] = []
    path, end = "", 0
    for number, (first, past, inside) in enumerate(blocks, start=1):
        label = f"SEARCH/REPLACE block {number}"
        readings = _read_hunks(inside, label, marks=_count_marker_characters(lines[first]))
        target = _find_target(words[end:first], lines[first], readings, names, path)
        named, section = find_section_above(lines, first, names)
        path = named or require_path(target, label)
        edits.append(_limit_to_section(_make_edit(path, label, readings), section))
        end = past
    return FoundEdits(tuple(edits), tuple(spans))


def _find_target(
    above: Sequence[str], opener: str, readings: list[Hunk], names: FileNames, before: str
) -> Target:
    marker = OPEN.match(opener)
    if marker and marker[1] and (inline := path_on_line(marker[1], names)):
        return Named(names.path_of_existing(inline))
    if _quotes_nothing(readings):
        return find_target(above, names, fits=lambda _: 0, before=before)
    return find_target(
        above,
        names,
        fits=lambda path: max(share_found(path, hunk.old, names) for hunk in readings),
        before=before,
        spell=names.path_of_existing,
    )


def _limit_to_section(edit: Patch | WholeFile, span: Span | None) -> Patch | WholeFile:
    if span is None or isinstance(edit, WholeFile):
        return edit
    return replace(
        edit,
        hunks=tuple(
            replace(hunk, evidence=replace(hunk.evidence, within=span)) for hunk in edit.hunks
        ),
    )


def _split_blocks(lines: Sequence[str]) -> Iterator[tuple[int, int, list[str]]]:
    at = 0
    while at < len(lines):
        count_work(1)
        if OPEN.match(lines[at]):
            past, end = _find_block_end(lines, at)
            yield at, past, list(lines[at + 1 : end])
            at = past
        elif STRAY.match(lines[at]):
            raise EditError(
                f"line {at + 1} of the reply is a stray marker: {lines[at]!r}", BLOCK_HINT
            )
        else:
            at += 1


def _find_block_end(lines: Sequence[str], first: int) -> tuple[int, int]:
    """Where the block ends, and where its content does."""
    divided = False
    for at in range(first + 1, len(lines)):
        if CLOSE.match(lines[at]):
            return at + 1, at
        if STRAY.match(lines[at]) or (OPEN.match(lines[at]) and lines[at].lstrip()[0] == "<"):
            raise EditError(
                f"line {at + 1} of the reply: {lines[at]!r} inside an open block", BLOCK_HINT
            )
        divided |= bool(DIVIDE.match(lines[at]))
    # Small models leave the last marker out and close the fence.
    if divided and (end := _find_closing_fence(lines, first)) is not None:
        return end, end
    raise EditError(
        f"the block that begins at line {first + 1} of the reply has no >>>>>>> REPLACE",
        "The reply may have been cut off: write fewer or smaller blocks, each complete.",
    )


def _find_closing_fence(lines: Sequence[str], first: int) -> int | None:
    """The closing fence of a last block that forgot its end marker, where only one can be meant."""
    above = [line for line in lines[max(0, first - 2) : first] if is_fence(line)]
    below = [i for i in range(first, len(lines)) if is_fence(lines[i])]
    only_fence = len(above) == 1 and len(below) == 1
    return below[0] if only_fence and not OPENER.match(lines[below[0]])[3].strip() else None  # type: ignore[index]


def _count_marker_characters(opener: str) -> int:
    text = opener.strip()
    return len(text) - len(text.lstrip("<-"))


def _read_hunks(inside: list[str], label: str, *, marks: int) -> list[Hunk]:
    """The readings of a block, one for each line that may divide it."""
    inside, start = _strip_start_line(inside)
    splits = [i for i, line in enumerate(inside) if DIVIDE.match(line)]
    # As long as the opener, if there is one: the likelier divider.
    dividers = [i for i in splits if len(inside[i].strip()) == marks] or splits
    if len(dividers) > MAX_DIVIDERS:
        raise EditError(f"{label}: {len(dividers)} lines that might divide it", BLOCK_HINT)
    if not dividers:
        raise EditError(f"{label}: no ======= between old and new lines", BLOCK_HINT)
    hunks = [_align_hunk(inside[:i], inside[i + 1 :], label, start) for i in dividers]
    return hunks if len(hunks) == 1 else [hunk for hunk in hunks if hunk.old]


def _quotes_nothing(readings: list[Hunk]) -> bool:
    return len(readings) == 1 and not any(line.strip() for line in readings[0].old)


def _make_edit(path: str, label: str, readings: list[Hunk]) -> Patch | WholeFile:
    if _quotes_nothing(readings):
        text = "".join(line + "\n" for line in readings[0].new)
        return WholeFile(path, text, label, creates=True, overwrites=False)
    return Patch(path, (replace(readings[0], other_readings=tuple(readings[1:])),))


def _align_hunk(old: list[str], new: list[str], label: str, start: int | None) -> Hunk:
    return Hunk(tuple(align_lines(old, new)), label, Evidence(start=start))


def _strip_start_line(inside: list[str]) -> tuple[list[str], int | None]:
    """Some dialects say at which line to look, between the opener and a rule of dashes."""
    if inside and (hint := START_LINE.match(inside[0])):
        rest = inside[1:]
        if rest and re.match(r"^-{5,9}$", rest[0]):
            rest = rest[1:]
        return rest, int(hint[1][:9])
    return inside, None
