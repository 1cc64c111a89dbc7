"""Reading a reply as some of a file's definitions, where it is no edit of another kind."""

import ast
import posixpath
from collections.abc import Sequence
from pathlib import PurePosixPath

from runners.edits import format_diff, format_search_replace, format_v4a
from runners.edits.definition_parts import list_parts
from runners.edits.file_names import FileNames
from runners.edits.file_proof import read_bodies
from runners.edits.match import contains_lines
from runners.edits.merge_definitions import merge_definitions
from runners.edits.merge_parts import merge_parts
from runners.edits.model import WholeFile
from runners.edits.path_lines import path_on_line
from runners.edits.path_mentions import MENTION
from runners.edits.python_pieces import MergeError, index_definitions, parse_module
from runners.edits.reply_text import (
    Fence,
    file_extension,
    fits_language,
    parse_fences,
)
from runners.edits.target_file import path_in_info
from runners.edits.text_file import split_lines

PYTHON_EXTENSIONS = (".py", ".pyi")


def read_definitions(
    lines: Sequence[str], names: FileNames, task_text: str = ""
) -> WholeFile | None:
    """The task's file with the definitions from the reply's fences in place of its own.

    None where they do not say clearly: where the reply holds an edit of another format or names
    another file, a fence is not closed, two define the same thing, or one is not all there.
    Several fences are taken together.
    """
    path = names.default
    before = read_bodies(path, names) if path else []
    if not before or any(
        module.find_first_line(lines) is not None
        for module in (format_v4a, format_search_replace, format_diff)
    ):
        return None
    blocks = [fence for fence in parse_fences(lines) if _is_code(fence, path)]
    # A fence that is not closed may have been cut off inside a definition.
    if not blocks or not all(fence.closed for fence in blocks):
        return None
    if any(_names_other_file(fence, lines, names) for fence in blocks):
        return None
    # What the file already has is quoted to show a place.
    blocks = [fence for fence in blocks if not contains_lines(before, fence.body)]
    code = [line for fence in blocks for line in (*fence.body, "", "")]
    merged = _merge_code(before, code, names, task_text)
    if merged is None:
        return None
    return WholeFile(path, "".join(line + "\n" for line in merged), "the definitions in the reply")


def _merge_code(
    before: list[str], code: list[str], names: FileNames, task_text: str
) -> list[str] | None:
    path = names.default
    if posixpath.splitext(path)[1] not in PYTHON_EXTENSIONS:
        return merge_parts(path, before, code, names.sections, task_text)
    original, module = "\n".join(before) + "\n", PurePosixPath(path).stem
    merged = merge_definitions(
        original, "\n".join(code), module=module, shown=names.sections, task_text=task_text
    )
    return None if merged is None else merged.removesuffix("\n").split("\n")


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
    lines = split_lines(original.removeprefix("\ufeff"))
    if posixpath.splitext(path)[1] not in PYTHON_EXTENSIONS:
        parts = [part.path for part in list_parts(path, lines)]
        return bool(parts) and len(set(parts)) == len(parts)
    try:
        for node in index_definitions(parse_module("\n".join(lines)).body).values():
            if isinstance(node, ast.ClassDef):
                index_definitions(node.body)
    except (MergeError, RecursionError):
        return False
    return True
