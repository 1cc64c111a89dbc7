"""Which paths an edit may name at all, before any file is looked at."""

import unicodedata

from runners.edits.model import EditError

LONGEST = 1024
HINT = "Name the file by its path from the root of the repository."


def safe_path(path: str) -> str:
    """The path, without `./`. Raises `EditError` for one that may lead outside."""
    if not path or len(path) > LONGEST:
        raise EditError(f"no usable path: {path[:60]!r}", HINT)
    if "\\" in path or any(unicodedata.category(c) in {"Cc", "Cs"} for c in path):
        raise EditError(f"path with a backslash or control character: {path!r}", HINT)
    if path.startswith(("/", "~")) or (path[1:2] == ":" and path[0].isalpha()):
        raise EditError(f"path outside the repository: {path!r}", HINT)
    parts = [part for part in path.split("/") if part not in {"", "."}]
    if not parts or ".." in parts or path.endswith("/"):
        raise EditError(f"path outside the repository or a directory: {path!r}", HINT)
    for part in parts:
        if is_git(part):
            raise EditError(f"path inside git's own directory: {path!r}", HINT)
        if len(part.encode("utf-8", "surrogatepass")) > 255:  # noqa: PLR2004 - NAME_MAX
            raise EditError(f"path with a name too long for any file: {path[:60]!r}", HINT)
    return "/".join(parts)


def is_git(name: str) -> bool:
    """`.git` under every spelling some file system takes: case, 8.3 name, stream, ignorables."""
    visible = "".join(c for c in name if unicodedata.category(c) != "Cf")
    plain = unicodedata.normalize("NFKC", visible).casefold()
    return plain.split(":")[0].rstrip(" .") in {".git", "git~1"}
