"""Telling whether a reply came to its own end, where its model may have been stopped before."""

from collections.abc import Sequence

from runners.edits.file_names import FileNames
from runners.edits.format_v4a import END_PATCH
from runners.edits.model import Edit, EditError, WholeFile
from runners.edits.path_lines import path_on_line
from runners.edits.reply_text import parse_fences

CUT_OFF = "the reply was cut off at its length limit"
CUT_OFF_HINT = "Answer again, complete: fewer words around the change, or a smaller change."


def check_reply_end(
    lines: Sequence[str],
    edits: Sequence[Edit],
    used: Sequence[tuple[int, int]],
    names: FileNames,
) -> None:
    """Raises `EditError` unless a reply that hit its length limit proves to hold every edit.

    Servers tell such a reply by `finish_reason: "length"`:
    https://platform.openai.com/docs/api-reference/chat/object#chat/object-choices
    """
    if why := _describe_cut(lines, edits, used, names):
        raise EditError(f"{CUT_OFF}: {why}", CUT_OFF_HINT)


def _describe_cut(
    lines: Sequence[str],
    edits: Sequence[Edit],
    used: Sequence[tuple[int, int]],
    names: FileNames,
) -> str:
    fences = parse_fences(lines)
    if opened := [fence.first for fence in fences if not fence.closed]:
        return f"the fence at line {opened[0] + 1} is never closed"
    ends = [past for _, past in used] + [fence.past for fence in fences]
    last = max(ends, default=0)
    if not last:
        return "nothing shows where its file ends"
    if used and END_PATCH.match(lines[max(past for _, past in used) - 1]):
        return ""
    if len(edits) == 1 and isinstance(edits[0], WholeFile) and not edits[0].creates:
        return ""
    # A model is stopped while it still has something to say. Words below the last edit show that
    # this something was no further edit, unless they are what announces one.
    following = next((line for line in lines[last:] if line.strip()), "")
    if not following or path_on_line(following, names) or following.rstrip().endswith(":"):
        return f"another edit may have been meant to follow line {last}"
    return ""
