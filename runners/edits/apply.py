"""Resolving a reply to the bytes of every file it changes, before anything is written."""

from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from runners.edits import (
    format_diff,
    format_search_replace,
    format_unfenced,
    format_v4a,
    format_whole_file,
)
from runners.edits import format_sections as sections_
from runners.edits.file_names import FileNames
from runners.edits.file_pieces import covers_file
from runners.edits.file_proof import read_bodies
from runners.edits.file_tree import FileTree
from runners.edits.format_sections import limit_to_sections
from runners.edits.merge_reply import read_definitions
from runners.edits.model import Edit, EditError, Edits, FoundEdits, Patch, Read, Span, WholeFile
from runners.edits.named_fences import (
    WHOLE_FILE_HINT,
)
from runners.edits.openat import open_reader, safe_path
from runners.edits.removal_wish import RemovalWish
from runners.edits.reply_end import check_reply_end
from runners.edits.reply_limits import check_markers, check_reply, limit_work
from runners.edits.reply_text import Fence, fits_language, parse_fences, strip_reasoning
from runners.edits.shown_tests import drop_shown_tests
from runners.edits.text_file import split_lines
from runners.edits.write import write_edits

SECTION_FORMAT = "section"
WHOLE_FILE_FORMAT, UNFENCED_FORMAT = "whole file", "whole file without a fence"
DEFINITIONS_FORMAT = "definitions"


class Format(NamedTuple):
    """`first_line` finds where the format shows first: the outermost format is read first."""

    first_line: Callable[[Sequence[str]], int | None]
    find_edits: Callable[[Sequence[str], FileNames], FoundEdits]


FORMATS: dict[str, Format] = {
    "v4a": Format(format_v4a.find_first_line, format_v4a.find_edits),
    "search/replace": Format(
        format_search_replace.find_first_line, format_search_replace.find_edits
    ),
    "diff": Format(format_diff.find_first_line, format_diff.find_edits),
    SECTION_FORMAT: Format(sections_.find_first_line, sections_.find_edits),
}


def resolve_reply(  # noqa: PLR0913 - what callers know of a reply, each by its name
    reply: str,
    read: Read,
    *,
    default: str = "",
    only: Collection[str] | None = None,
    sections: tuple[Span, ...] = (),
    truncated: bool = False,
    task_text: str | None = None,
    whole: bool = False,
    shown_tests: Sequence[str] = (),
    folder: str = "",
) -> Edits:
    """What the reply makes of the files, decided in full before anything is written.

    `default` is the file meant where the reply names none; `only` the paths it may touch;
    `sections` are the first and last lines of what was shown of `default`, none where all of it
    was. `truncated`: the model was stopped at its length limit, so only a reply that proves to
    hold all of its edits is applied. `task_text`: what the reply was asked to do, None where that
    is not known. `whole`: a file that the reply gives whole may lose anything. `shown_tests`:
    texts with tests in them that the reply's author saw; their copies are taken out of other files.
    `folder`: the repository's own, which may stand in front of a path.
    Raises `EditError` when any part of the reply does not apply, is ambiguous, or changes nothing.
    """
    check_reply(reply)
    with limit_work():
        names = FileNames(read, default, only, sections, folder)
        lines = _read_answer(reply, names)
        wish = RemovalWish(task_text, whole=whole)
        tree = FileTree(read, line_end=_choose_line_end(reply), only=only, wish=wish)
        try:
            formats = _apply_edits(lines, names, tree, truncated=truncated)
        except EditError:
            # A task's answer may be some of the file's definitions, to be merged into it.
            if task_text is None or truncated:
                raise
            merged = read_definitions(lines, names, task_text)
            if merged is None:
                raise
            tree = replace(tree, files={})
            tree.apply_edit(merged)
            formats = [DEFINITIONS_FORMAT]
        files = drop_shown_tests(_changed_files(tree), read, shown_tests)
        files = {path: data for path, data in files.items() if data != read(path)}
    if not files:
        raise EditError(
            "the reply changes no code: it repeats tests that are there already",
            "Change the code that the tests are about.",
        )
    return Edits(files, tuple(formats))


def _apply_edits(
    lines: list[str], names: FileNames, tree: FileTree, *, truncated: bool
) -> list[str]:
    """Apply all edits of the reply; returns their formats."""
    edits, formats, used = _find_all_edits(lines, names)
    if truncated:
        check_reply_end(lines, edits, used, names)
    tree.apply_edits(limit_to_sections(edits, names))
    _changed_files(tree)
    return formats


def _changed_files(tree: FileTree) -> dict[str, bytes | None]:
    if changed := tree.changed_files():
        return changed
    raise EditError(
        "the reply changes nothing: the files already read like that",
        "Change what the task asks for.",
    )


def _read_answer(reply: str, names: FileNames) -> list[str]:
    lines = strip_reasoning(
        split_lines(reply), map(names.read_content, {names.default, *(names.only or ())})
    )
    check_markers(lines)
    return lines


def apply_reply(
    root: Path, file: str, text: str, *, task_text: str | None = None, whole: bool = False
) -> list[str]:
    """Apply a reply to the files under `root`; `file` is meant where it names none.

    Returns the paths written. Raises `EditError` when it does not apply; then nothing has changed.
    """
    default = safe_path(file) if file else ""
    read = open_reader(root)
    edits = resolve_reply(
        text,
        read,
        default=default,
        task_text=task_text,
        whole=whole,
        folder=str(root.resolve()),
    )
    return write_edits(root, edits)


def parse_blocks(reply: str) -> list[tuple[str | None, str, str]]:
    """(path, search, replace) of every block, shell fences as (None, commands, ""), in order."""
    lines = split_lines(reply)
    found = format_search_replace.find_edits(lines, FileNames(lambda _: None))
    positioned: list[tuple[int, tuple[str | None, str, str]]] = [
        (first, (edit.path, *_search_and_replace(edit)))
        for edit, (first, _) in zip(found.edits, found.spans, strict=True)
    ]
    positioned += [
        (at, (None, text, ""))
        for at, text in format_whole_file.read_shell_blocks(blank_spans(lines, found.spans))
    ]
    return [block for _, block in sorted(positioned, key=lambda pair: pair[0])]


def _search_and_replace(edit: Edit) -> tuple[str, str]:
    if isinstance(edit, Patch):
        return _join_lines(edit.hunks[0].old), _join_lines(edit.hunks[0].new)
    return "", edit.text if isinstance(edit, WholeFile) else ""


def _join_lines(lines: Sequence[str]) -> str:
    return "".join(line + "\n" for line in lines)


def _choose_line_end(reply: str) -> str:
    """Line ends for a file the reply creates: CRLF where at least half of its own are."""
    # Most models write LF whatever they were shown, so one CRLF alone is no evidence.
    count = reply.count("\r\n")
    return "\r\n" if count and 2 * count >= reply.count("\n") else "\n"


def _find_all_edits(
    lines: list[str], names: FileNames
) -> tuple[list[Edit], list[str], list[tuple[int, int]]]:
    """The edits, their formats, and the lines that those used: (first, past the last).

    Format after format is read, the outermost first; lines used by one are hidden from the next.
    """
    edits: list[Edit] = []
    formats: list[str] = []
    # A file that documents these formats, or tests them, has their markers as its content.
    rest = blank_spans(lines, find_samples(lines, names))
    used: list[tuple[int, int]] = []
    unused = [] if names.sections else [SECTION_FORMAT]
    while format_name := _find_outermost_format(rest, [*formats, *unused]):
        found = FORMATS[format_name].find_edits(rest, names)
        formats.append(format_name)
        edits += found.edits
        used += found.spans
        rest = blank_spans(rest, found.spans)
    # Last, and only in what no format used: any fence can be a whole file, also one around a diff.
    wholes, whole_format = _find_whole_files(blank_spans(lines, used), names, used)
    for edit in wholes:
        if any(edit.path == other.path for other in edits):
            raise EditError(
                f"the reply edits {edit.path} and gives it whole as well",
                WHOLE_FILE_HINT,
            )
    if not edits and not wholes:
        raise EditError("the reply holds no edit", WHOLE_FILE_HINT)
    return [*edits, *wholes], [*formats, *([whole_format] if wholes else [])], used


def _find_outermost_format(lines: Sequence[str], done: Collection[str]) -> str:
    starts = {
        name: at
        for name, candidate in FORMATS.items()
        if name not in done and (at := candidate.first_line(lines)) is not None
    }
    # Of formats that begin on one line the first of FORMATS wins, for `min` returns the first of
    # equals: https://docs.python.org/3.11/library/functions.html#min
    return min(starts, key=starts.__getitem__) if starts else ""


def _find_whole_files(
    lines: Sequence[str], names: FileNames, used: Sequence[tuple[int, int]]
) -> tuple[Sequence[Edit], str]:
    if used:
        return format_whole_file.find_named_edits(lines, names, used).edits, WHOLE_FILE_FORMAT
    if format_unfenced.is_unfenced(lines, names):
        return [format_unfenced.read_unfenced(lines, names)], UNFENCED_FORMAT
    return format_whole_file.find_edits(lines, names).edits, WHOLE_FILE_FORMAT


def blank_spans(lines: Sequence[str], spans: Sequence[tuple[int, int]]) -> list[str]:
    rest = list(lines)
    for first, past in spans:
        rest[first:past] = [""] * (past - first)
    return rest


def find_samples(lines: Sequence[str], names: FileNames) -> list[tuple[int, int]]:
    """(first, past the last) line inside each closed fence that is a file with samples in it."""
    openers = [at for at in range(len(lines)) if _opens_edit(lines, at)]
    return [
        (fence.first + 1, fence.past - 1)
        for fence in (parse_fences(lines) if openers else [])
        if fence.closed
        and any(fence.first < at < fence.past for at in openers)
        and _is_file_with_samples(
            fence, format_whole_file.path_of_fence(lines, fence, names), names
        )
    ]


def _opens_edit(lines: Sequence[str], at: int) -> bool:
    return any(
        module.opens_edit(lines, at) for module in (format_search_replace, format_v4a, format_diff)
    )


def _is_file_with_samples(fence: Fence, path: str, names: FileNames) -> bool:
    """Whether it is a version of the file, and its marks are old ones or stand in inner fences."""
    before = read_bodies(path, names)
    body = list(fence.body)
    first_filled = next(at for at, line in enumerate(body) if line.strip())
    if not before or not fits_language(fence.language, path) or _opens_edit(body, first_filled):
        return False
    outer = list(body)
    for inner in parse_fences(body):
        outer[inner.first : inner.past] = [""] * (inner.past - inner.first)
    known = Counter(line for at, line in enumerate(before) if _opens_edit(before, at))
    for text in (outer, body):
        found = Counter(line for at, line in enumerate(text) if _opens_edit(text, at))
        if found <= known and covers_file(before, text) and (text is body or not found):
            return True
    return False
