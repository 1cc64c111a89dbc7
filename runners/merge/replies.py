"""Read a reply as some of a Python file's definitions, where it is no edit of another kind."""

import ast
import posixpath
import re
from pathlib import PurePosixPath

from runners.edits.fences import Fence, fences
from runners.edits.languages import fits
from runners.edits.lines import split
from runners.merge.definitions import merge_definitions
from runners.merge.pieces import UnclearError, definitions, parsed

ENDINGS = (".py", ".pyi")


def merge_reply(original: str, reply: str, path: str) -> str | None:
    """The file with the definitions from the reply's fences; None where they do not say clearly.

    Several fences are taken together, as long as no two define the same thing. A file with Windows
    line ends or a byte order mark is left to the edits that keep them.
    """
    if posixpath.splitext(path)[1] not in ENDINGS or "\r" in original or original[:1] == "\ufeff":
        return None
    blocks = [fence for fence in fences(split(reply)) if _is_code(fence, path)]
    if not blocks or not all(fence.closed for fence in blocks):
        return None
    code = "\n\n".join("\n".join(fence.body) for fence in blocks)
    return merge_definitions(original, code, module=PurePosixPath(path).stem)


def _is_code(fence: Fence, path: str) -> bool:
    return fits(fence.language, path) and any(line.strip() for line in fence.body)


def keep_lost(original: str, answer: str, path: str, spoken_of: str) -> str:
    """`answer`, a whole-file one, with the definitions it lost and that nobody spoke of put back.

    Small models drop what they were not asked about. `spoken_of` is the task's text: a name that
    stands there may well be meant to go, so then nothing is put back.
    """
    if posixpath.splitext(path)[1] not in ENDINGS or "\r" in original:
        return answer
    lost = _names(original) - _names(answer)
    if not lost or lost & set(re.findall(r"\w+", spoken_of)):
        return answer
    return merge_definitions(original, answer, module=PurePosixPath(path).stem) or answer


def _names(text: str) -> set[str]:
    """Functions and classes at the top, and the methods of those classes; none if not Python."""
    try:
        top = definitions(parsed(text).body)
    except UnclearError:
        return set()
    classes = [node for node in top.values() if isinstance(node, ast.ClassDef)]
    return {*top, *(name for node in classes for name in definitions(node.body))}
