"""Read a reply as some of a Python file's definitions, where it is no edit of another kind."""

import posixpath
from pathlib import PurePosixPath

from runners.edits.fences import Fence, fences
from runners.edits.languages import fits
from runners.edits.lines import split
from runners.merge.definitions import merge_definitions

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
