"""Replies about sections of a file: the line above one says which is meant, in all formats.

A model that was shown sections knows nothing of the rest: what it repeats is never the file.
"""

from collections.abc import Sequence
from dataclasses import replace

from runners.edits import format_diff, format_search_replace, format_v4a
from runners.edits.completeness import definitions, missing_part
from runners.edits.format_whole_file import bodies_of, fences_of, plain_body
from runners.edits.model import Edit, EditError, Found, Hunk, Patch, Whole, align
from runners.edits.reply_text import Fence
from runners.edits.target_file import LINE, Names, Span, section_of

AGAIN = (
    "Repeat the line above the section, `lines FIRST-LAST of PATH:`, and below it the complete"
    " section, or SEARCH/REPLACE blocks with lines of it."
)


def begins(lines: Sequence[str]) -> int | None:
    """The first line that names a section which stands whole in the fence below it."""
    return next((at for at, _ in _fenced(lines)), None)


def find(lines: Sequence[str], names: Names) -> Found:
    """Every section that the reply gives whole. Raises `EditError` for one that is not whole."""
    edits, spans = [], []
    for at, fence in _fenced(lines):
        path, span = section_of(lines[at], names) or ("", None)
        if span is None:
            raise _unclear(path, "no section of that name was shown")
        edits.append(_replaced(fence.body, span, names, sure=fence.closed))
        spans.append((at, fence.past))
    return Found(tuple(edits), tuple(spans))


def in_sections(edits: Sequence[Edit], names: Names) -> list[Edit]:
    """The edits with what they say of the file held to the sections of it that were shown."""
    return [_held(edit, names) for edit in edits] if names.sections else list(edits)


def _held(edit: Edit, names: Names) -> Edit:
    if edit.path != names.default:
        return edit
    if isinstance(edit, Patch):
        return replace(edit, sections=names.sections)
    if isinstance(edit, Whole):
        body = edit.text.removesuffix("\n").split("\n")
        if len(names.sections) != 1:
            raise _unclear(edit.path, "it does not say which section it is")
        return _replaced(body, names.sections[0], names, sure=edit.sure)
    return edit


def _fenced(lines: Sequence[str]) -> list[tuple[int, Fence]]:
    """(line that names a section, fence right below it) where the fence holds plain code."""
    found = []
    for fence in fences_of(lines):
        above = next((at for at in range(fence.first - 1, -1, -1) if lines[at].strip()), None)
        if above is not None and LINE.match(lines[above]) and not _has_marks(fence.body):
            found.append((above, fence))
    return found


def _has_marks(body: Sequence[str]) -> bool:
    return any(
        form.begins(body) is not None for form in (format_search_replace, format_v4a, format_diff)
    )


def _replaced(body: Sequence[str], span: Span, names: Names, *, sure: bool) -> Patch:
    path, label = names.default, f"lines {span[0]}-{span[1]}"
    old = bodies_of(path, names)[span[0] - 1 : span[1]]
    new = plain_body(list(body), old)
    if span not in names.sections:
        raise _unclear(path, f"{label} are no section that was shown")
    if not sure:
        raise _unclear(path, f"the fence of {label} is never closed; cut off?")
    if why := _piece(old, new):
        raise _unclear(path, f"not the complete {label}: {why}")
    return Patch(path, (Hunk(tuple(align(old, new)), label, within=span),), sections=names.sections)


def _piece(old: Sequence[str], new: Sequence[str]) -> str:
    """Why it is not a new version of the section, to stand in just its place."""
    if lost := [name for name in definitions(old) if name not in definitions(new)]:
        return f"it leaves out {', '.join(lost[:5])}"
    if not new or not _begins_alike(old[0], new[0]):
        return "it begins elsewhere"
    return missing_part(old, new)


def _begins_alike(old: str, new: str) -> bool:
    """Indented alike, and the same line, or one that defines the same; comments come and go."""
    if len(old) - len(old.lstrip()) != len(new) - len(new.lstrip()):
        return False
    return old.strip() == new.strip() or (
        bool(definitions([old])) and definitions([old]) == definitions([new])
    )


def _unclear(path: str, why: str) -> EditError:
    return EditError(f"{path} was shown in sections, and of the reply {why}", AGAIN, partial=True)
