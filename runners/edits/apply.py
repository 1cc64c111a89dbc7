"""From a reply, or a plan's exact block, to the bytes of every file it changes."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import NamedTuple

from bot.plan import Block
from runners.edits import (
    format_diff,
    format_search_replace,
    format_v4a,
    format_whole_file,
    unfenced,
)
from runners.edits import format_sections as sections_
from runners.edits.file_tree import Tree
from runners.edits.format_sections import in_sections
from runners.edits.model import Edit, EditError, Edits, Found, Patch, Read, Removal, Whole
from runners.edits.reasoning import strip_reasoning
from runners.edits.samples import samples
from runners.edits.target_file import Names
from runners.edits.text_file import split
from runners.edits.time_budget import time_budget

LONGEST_REPLY = 1_000_000
"""Characters; beyond it nobody means an edit."""
MOST_MARKS = 1_500
"""Lines that open or close something; beyond it a reply is noise, and would cost minutes."""


class Format(NamedTuple):
    """`begins` gives the first line that shows the format, so that the outermost is read first."""

    begins: Callable[[Sequence[str]], int | None]
    find: Callable[[Sequence[str], Names], Found]


SECTION = "section"
FORMATS: dict[str, Format] = {
    "v4a": Format(format_v4a.begins, format_v4a.find),
    "search/replace": Format(format_search_replace.begins, format_search_replace.find),
    "diff": Format(format_diff.begins, format_diff.find),
    SECTION: Format(sections_.begins, sections_.find),
}
MARKS = ("```", "~~~", "<<<<<", "=====", ">>>>>", "@@", "*** ", "--- ", "+++ ")
FENCED, PLAIN = "whole file", "whole file without a fence"


def resolve(
    reply: str,
    read: Read,
    *,
    default: str = "",
    only: Collection[str] | None = None,
    sections: tuple[tuple[int, int], ...] = (),
) -> Edits:
    """What the reply makes of the files, decided in full before anything is written.

    `default` is the file meant where the reply names none; `only` the paths it may touch;
    `sections` are the first and last lines of what was shown of `default`, none where all of it
    was. Raises `EditError` when any part of the reply does not apply, is ambiguous, or changes
    nothing.
    """
    if len(reply) > LONGEST_REPLY:
        raise EditError(f"a reply of {len(reply):,} characters", "Answer with the change only.")
    if any("\ud800" <= character <= "\udfff" for character in reply):
        raise EditError("the reply holds characters that are no text", "Answer in plain text.")
    with time_budget():
        return _resolved(reply, Names(read, default, only, sections))


def _resolved(reply: str, names: Names) -> Edits:
    lines = strip_reasoning(split(reply), map(names.content, {names.default, *(names.only or ())}))
    if sum(line.lstrip().startswith(MARKS) for line in lines) > MOST_MARKS:
        raise EditError(
            "the reply is little but fences and markers", "Answer with the change only."
        )
    edits, formats = _found(lines, names)
    tree = Tree(names.read, end=_new_end(reply), only=names.only)
    for edit in merged(in_sections(edits, names)):
        tree.take(edit)
    if not (changed := tree.changed()):
        raise EditError(
            "the reply changes nothing: the files already read like that",
            "Change what the task asks for.",
        )
    return Edits(changed, tuple(formats))


def resolve_block(block: Block, read: Read) -> Edits:
    """A plan's exact block. A file that already reads as wanted is fine: plans are run again."""
    tree = Tree(read)
    for edit in merged(_block_edits(block, read)):
        tree.take(edit)
    return Edits(dict(tree.files), (block.kind,))


def blocks(reply: str) -> list[tuple[str | None, str, str]]:
    """(path, search, replace) of every block, shell fences as (None, commands, ""), in order."""
    lines = split(reply)
    found = format_search_replace.find(lines, Names(lambda _: None))
    told: list[tuple[int, tuple[str | None, str, str]]] = [
        (first, (edit.path, *_texts(edit)))
        for edit, (first, _) in zip(found.edits, found.spans, strict=True)
    ]
    told += [
        (at, (None, text, ""))
        for at, text in format_whole_file.shell_blocks(blanked(lines, found.spans))
    ]
    return [block for _, block in sorted(told, key=lambda pair: pair[0])]


def _texts(edit: Edit) -> tuple[str, str]:
    if isinstance(edit, Patch):
        return _joined(edit.hunks[0].old), _joined(edit.hunks[0].new)
    return "", edit.text if isinstance(edit, Whole) else ""


def _joined(lines: Sequence[str]) -> str:
    return "".join(line + "\n" for line in lines)


def _new_end(reply: str) -> str:
    """Line ends for a file the reply creates: CRLF where at least half of its own are."""
    count = reply.count("\r\n")
    return "\r\n" if count and 2 * count >= reply.count("\n") else "\n"


def _found(lines: list[str], names: Names) -> tuple[list[Edit], list[str]]:
    """Reads format after format, the outermost first; what one used up, the next does not see."""
    edits: list[Edit] = []
    formats: list[str] = []
    rest = blanked(lines, samples(lines, names))
    used: list[tuple[int, int]] = []
    unused = [] if names.sections else [SECTION]
    while name := _first_format(rest, [*formats, *unused]):
        found = FORMATS[name].find(rest, names)
        formats.append(name)
        edits += found.edits
        used += found.spans
        rest = blanked(rest, found.spans)
    wholes, how = _whole_files(blanked(lines, used), names, used)
    for edit in wholes:
        if any(edit.path == other.path for other in edits):
            raise EditError(
                f"the reply edits {edit.path} and gives it whole as well", format_whole_file.ONE
            )
    if not edits and not wholes:
        raise EditError("the reply holds no edit", format_whole_file.ONE)
    return [*edits, *wholes], [*formats, *([how] if wholes else [])]


def _first_format(lines: Sequence[str], done: Collection[str]) -> str:
    starts = {
        name: at
        for name, form in FORMATS.items()
        if name not in done and (at := form.begins(lines)) is not None
    }
    return min(starts, key=starts.__getitem__) if starts else ""


def _whole_files(
    lines: Sequence[str], names: Names, used: Sequence[tuple[int, int]]
) -> tuple[Sequence[Edit], str]:
    if used:
        return format_whole_file.find_named(lines, names, used).edits, FENCED
    if unfenced.is_unfenced(lines, names):
        return [unfenced.unfenced(lines, names)], PLAIN
    return format_whole_file.find(lines, names).edits, FENCED


def merged(edits: Sequence[Edit]) -> list[Edit]:
    """Hunks for one file belong together: they are located together."""
    whole_edits: dict[tuple[str, int], Edit] = {}
    for number, edit in enumerate(edits):
        before = whole_edits.get((edit.path, 0))
        if isinstance(edit, Patch) and isinstance(before, Patch) and not edit.move_to:
            whole_edits[edit.path, 0] = replace(before, hunks=before.hunks + edit.hunks)
        else:
            whole_edits[edit.path, number if before is not None else 0] = edit
    return list(whole_edits.values())


def blanked(lines: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[str]:
    rest = list(lines)
    for first, past in spans:
        rest[first:past] = [""] * (past - first)
    return rest


def _block_edits(block: Block, read: Read) -> Sequence[Edit]:
    if block.kind == "delete":
        return [Removal(block.path, "the block")]
    if block.kind == "file":
        return [Whole(block.path, block.text, "the block", exact=True)]
    if block.kind == "edit":
        return [format_search_replace.exact_block(block.path, block.text)]
    found = format_diff.find(split(block.text), Names(read, block.path), complete=True)
    if not found.edits:
        raise EditError("the patch holds no hunk", "Give a unified diff with --- and +++ lines.")
    return found.edits
