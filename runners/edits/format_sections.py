"""Reading replies about sections of a file, each named by the line above it, in all formats.

A model that was shown only sections cannot give the whole file, so no reply is read as that.
"""

from collections.abc import Sequence
from dataclasses import replace

from runners.edits import format_diff, format_search_replace, format_v4a
from runners.edits.definition_lines import find_definitions
from runners.edits.file_names import FileNames
from runners.edits.file_pieces import describe_missing_part
from runners.edits.file_proof import read_bodies
from runners.edits.match_typos import clean_body
from runners.edits.model import (
    Edit,
    EditError,
    Evidence,
    FoundEdits,
    Hunk,
    Patch,
    Span,
    WholeFile,
    align_lines,
)
from runners.edits.named_fences import (
    filled_fences,
)
from runners.edits.reply_text import Fence
from runners.edits.section_lines import SECTION_LINE, parse_section

SECTION_HINT = (
    "Repeat the line above the section, `lines FIRST-LAST of PATH:`, and below it the complete"
    " section, or SEARCH/REPLACE blocks with lines of it."
)


def find_first_line(lines: Sequence[str]) -> int | None:
    """The first line that names a section which stands whole in the fence below it."""
    return next((at for at, _ in _find_section_fences(lines)), None)


def find_edits(lines: Sequence[str], names: FileNames) -> FoundEdits:
    """Every section that the reply gives whole. Raises `EditError` for one that is not whole."""
    edits, spans = [], []
    for at, fence in _find_section_fences(lines):
        path, span = parse_section(lines[at], names) or ("", None)
        if span is None:
            raise _refuse_reply(path, "no section of that name was shown")
        edits.append(_replace_section(fence.body, span, names, sure=fence.closed))
        spans.append((at, fence.past))
    return FoundEdits(tuple(edits), tuple(spans))


def limit_to_sections(edits: Sequence[Edit], names: FileNames) -> list[Edit]:
    """The edits with what they say of the file held to the sections of it that were shown."""
    return [_limit_edit(edit, names) for edit in edits] if names.sections else list(edits)


def _limit_edit(edit: Edit, names: FileNames) -> Edit:
    if edit.path != names.default:
        return edit
    if isinstance(edit, Patch):
        return replace(edit, sections=names.sections)
    if isinstance(edit, WholeFile):
        body = edit.text.removesuffix("\n").split("\n")
        if names.stripped_lines(edit.path) >= {line.strip() for line in body if line.strip()}:
            raise EditError(
                f"the reply changes nothing: each of its lines stands in {edit.path} already",
                "Change what the task asks for.",
            )
        # With one section shown, a fence without its line can only be that section.
        if len(names.sections) != 1:
            raise _refuse_reply(edit.path, "it does not say which section it is")
        return _replace_section(body, names.sections[0], names, sure=edit.end_shown)
    return edit


def _find_section_fences(lines: Sequence[str]) -> list[tuple[int, Fence]]:
    """(line that names a section, fence right below it) where the fence holds plain code."""
    found = []
    for fence in filled_fences(lines):
        above = next((at for at in range(fence.first - 1, -1, -1) if lines[at].strip()), None)
        if above is not None and SECTION_LINE.match(lines[above]) and not _holds_edit(fence.body):
            found.append((above, fence))
    return found


def _holds_edit(body: Sequence[str]) -> bool:
    return any(
        form.find_first_line(body) is not None
        for form in (format_search_replace, format_v4a, format_diff)
    )


def _replace_section(body: Sequence[str], span: Span, names: FileNames, *, sure: bool) -> Patch:
    path, label = names.default, f"lines {span[0]}-{span[1]}"
    old = read_bodies(path, names)[span[0] - 1 : span[1]]
    new = clean_body(list(body), old)
    if span not in names.sections:
        raise _refuse_reply(path, f"{label} are no section that was shown")
    if not sure:
        raise _refuse_reply(path, f"the fence of {label} is never closed; cut off?")
    if why := _describe_incomplete(old, new):
        raise _refuse_reply(path, f"not the complete {label}: {why}")
    return Patch(
        path,
        (Hunk(tuple(align_lines(old, new)), label, Evidence(within=span)),),
        sections=names.sections,
    )


def _describe_incomplete(old: Sequence[str], new: Sequence[str]) -> str:
    """Why it is not a new version of the section, to stand in just its place."""
    if lost := [name for name in find_definitions(old) if name not in find_definitions(new)]:
        return f"it leaves out {', '.join(lost[:5])}"
    if not new or not _begins_like(old[0], new[0]):
        return "it begins elsewhere"
    return describe_missing_part(old, new)


def _begins_like(old: str, new: str) -> bool:
    """Indented alike, and the same line, or one that defines the same; comments come and go."""
    if len(old) - len(old.lstrip()) != len(new) - len(new.lstrip()):
        return False
    return old.strip() == new.strip() or (
        bool(find_definitions([old])) and find_definitions([old]) == find_definitions([new])
    )


def _refuse_reply(path: str, why: str) -> EditError:
    return EditError(f"{path} was shown in sections, and of the reply {why}", SECTION_HINT)
