"""An edit that a tool's call gives in parts: old lines and new ones, or a whole file.

Nothing of it is parsed out of a text, so lines that look like markers of an edit are just lines.
The proofs are those of any reply: `resolve_reply` in `runners.edits.apply`.
"""

from collections.abc import Collection, Sequence

from runners.edits.file_tree import FileTree
from runners.edits.model import (
    Edit,
    EditError,
    Edits,
    Hunk,
    Patch,
    Read,
    WholeFile,
    align_lines,
)
from runners.edits.openat import safe_path
from runners.edits.removal_wish import RemovalWish
from runners.edits.reply_limits import check_reply, limit_work
from runners.edits.shown_tests import drop_shown_tests
from runners.edits.text_file import split_lines

CALL = "edit"
"""How messages call it, as "block 1" of a reply."""


def replace_lines(path: str, search: str, new: str) -> Edit:
    """Raises EditError without any old lines: nobody could say where the new ones go."""
    old = split_lines(search)
    if not any(line.strip() for line in old):
        raise EditError("the search holds no line", "Copy the old lines from the file.")
    return Patch(path, (Hunk(tuple(align_lines(old, split_lines(new))), CALL),))


def write_whole(path: str, content: str) -> Edit:
    return WholeFile(path, content, CALL)


def resolve_edit(  # noqa: PLR0913 - as `resolve_reply`
    edit: Edit,
    sent: Sequence[str],
    read: Read,
    *,
    only: Collection[str],
    task_text: str,
    shown_tests: Sequence[str] = (),
) -> Edits:
    """What the edit makes of the files; `sent` are the texts of which it was made.

    Raises EditError where it does not apply, is ambiguous, changes nothing, or is not allowed.
    """
    for text in sent:
        check_reply(text)
    with limit_work():
        line_end = "\r\n" if any("\r\n" in text for text in sent) else "\n"
        tree = FileTree(read, line_end=line_end, only=only, wish=RemovalWish(task_text))
        safe_path(edit.path)
        tree.apply_edits([edit])
        files = drop_shown_tests(tree.changed_files(), read, shown_tests)
        files = {path: data for path, data in files.items() if data != read(path)}
    if not files:
        raise EditError("the edit changes nothing: the file already reads like that")
    return Edits(files, (CALL,))
