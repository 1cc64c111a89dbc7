"""Reading a reply as some of a Python file's definitions, where it is no edit of another kind."""

import ast
import posixpath
from collections.abc import Sequence
from pathlib import PurePosixPath

from runners.edits import format_diff, format_search_replace, format_v4a
from runners.edits.file_names import FileNames
from runners.edits.match import contains_lines
from runners.edits.merge_definitions import merge_definitions
from runners.edits.merge_lost import PYTHON_EXTENSIONS
from runners.edits.path_mentions import MENTION, path_on_line
from runners.edits.python_pieces import MergeError, index_definitions, parse_module
from runners.edits.reply_text import (
    Fence,
    file_extension,
    fits_language,
    parse_fences,
    strip_reasoning,
)
from runners.edits.target_file import path_in_info
from runners.edits.text_file import split_lines


def merge_reply(
    original: str, reply: str, path: str, shown: Sequence[tuple[int, int]] = ()
) -> str | None:
    """The file with the definitions from the reply's fences; None where they do not say clearly.

    Several fences are taken together, as long as no two define the same thing. None too where the
    reply names another file or holds an edit of another format. A file with Windows line ends or a
    byte order mark is left to the edits that keep them. `shown` are its lines that were
    shown, none where all were: what was not is not replaced.
    """
    if (
        posixpath.splitext(path)[1] not in PYTHON_EXTENSIONS
        or "\r" in original
        or original[:1] == "\ufeff"
    ):
        return None
    lines = strip_reasoning(split_lines(reply), [original.encode(errors="replace")])
    if any(
        module.find_first_line(lines) is not None
        for module in (format_v4a, format_search_replace, format_diff)
    ):
        return None
    blocks = [fence for fence in parse_fences(lines) if _is_code(fence, path)]
    # A fence that is not closed may have been cut off inside a definition.
    if not blocks or not all(fence.closed for fence in blocks):
        return None
    names = FileNames(
        lambda name: original.encode(errors="replace") if name == path else None, path
    )
    if any(_names_other_file(fence, lines, names) for fence in blocks):
        return None
    old = split_lines(original)
    # What the file already has is quoted to show a place.
    blocks = [fence for fence in blocks if not contains_lines(old, fence.body)]
    code = "\n\n".join("\n".join(fence.body) for fence in blocks)
    return merge_definitions(original, code, module=PurePosixPath(path).stem, shown=shown)


def _is_code(fence: Fence, path: str) -> bool:
    return fits_language(fence.language, path) and any(line.strip() for line in fence.body)


def _names_other_file(fence: Fence, lines: Sequence[str], names: FileNames) -> bool:
    """Whether the fence, its first line or the line above says that it is another file."""
    above = next((line for line in reversed(lines[: fence.first]) if line.strip()), "")
    first = next(line for line in fence.body if line.strip())
    paths = [
        path_in_info(fence.info, names),
        path_on_line(above, names),
        path_on_line(first, names),
    ]
    mentions = [code or bold for code, bold in MENTION.findall(above)]
    paths += [
        path_on_line(word, names)
        for word in mentions
        if file_extension(word) == file_extension(names.default)
    ]
    return any(path not in {"", names.default} for path in paths)


def can_merge(original: str, path: str) -> bool:
    """Whether definitions can be told apart in this file: none twice, none inside a branch."""
    if (
        posixpath.splitext(path)[1] not in PYTHON_EXTENSIONS
        or "\r" in original
        or original[:1] == "\ufeff"
    ):
        return False
    try:
        for node in index_definitions(parse_module(original).body).values():
            if isinstance(node, ast.ClassDef):
                index_definitions(node.body)
    except (MergeError, RecursionError):
        return False
    return True
