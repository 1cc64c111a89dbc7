"""Trees that no git checks out: such a commit is its repository's to mend, not a fault of ours."""

import os
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bot.errors import GitError, UserError
from bot.text.invisible import make_printable

MAX_DEPTH = 500
"""Folders in each other. From 2,048 on a newer git reads none of them.

https://git-scm.com/docs/git-config#Documentation/git-config.txt-coremaxTreeDepth
"""
# https://man7.org/linux/man-pages/man7/path_resolution.7.html
MAX_NAME_BYTES, MAX_PATH_BYTES = 255, 3500
_TREE = b"040000 "
_NO_NAMES = frozenset({"", ".", ".."})
# Git's words where the repository is why it cannot go on; of a full disk or a lock it says others.
# They are looked for in the forms of its messages, in which no path of the repository stands.
_REPOSITORYS = re.compile(
    r"invalid path|File name too long|empty filename in tree|not a tree|not a blob"
    r"|malformed mode|too-short tree|tree depth|unable to read|[Cc]ould not read"
    r"|bad tree object|bad object|missing|corrupt|invalid object"
)
_MACHINES = re.compile(
    r"No space left|Input/output|Permission denied|Read-only|quota|memory|\.lock"
)
HINT = "It is the repository that has to change: `git fsck` there says more."


def describe_odd_tree(listing: bytes) -> str:
    """What no checkout could hold, of the output of `ls-tree -r -t -z`; empty for a usual tree."""
    folders, paths = {""}, Counter[str]()
    for line in filter(None, listing.split(b"\0")):
        meta, raw = line.split(b"\t", 1)
        path = os.fsdecode(raw)
        parent, _, name = path.rpartition("/")
        if why := _describe_odd_name(name, raw):
            return f"{make_printable(path, 80)}: {why}"
        if parent not in folders:
            return f"{make_printable(path, 80)}: a name with a slash in it"
        paths[path] += 1
        if meta.startswith(_TREE):
            folders.add(path)
    twice = next((path for path, count in paths.items() if count > 1), "")
    return f"{make_printable(twice, 80)}: it is there twice" if twice else ""


def _describe_odd_name(name: str, path: bytes) -> str:
    if name in _NO_NAMES or name.lower() == ".git":
        return f"no file or folder may be called {name!r}"
    if path.count(b"/") >= MAX_DEPTH:
        return f"more than {MAX_DEPTH} folders in each other"
    if len(os.fsencode(name)) > MAX_NAME_BYTES or len(path) > MAX_PATH_BYTES:
        return (
            f"a name of more than {MAX_NAME_BYTES} bytes, or a path of more than {MAX_PATH_BYTES}"
        )
    return ""


@contextmanager
def blaming_repository(where: Path, *, is_partial: bool) -> Iterator[None]:
    """Make git's error a UserError where the repository's own objects are why it cannot go on."""
    try:
        yield
    except GitError as exc:
        said = "\n".join(exc.forms)
        if not _REPOSITORYS.search(said) or _MACHINES.search(said):
            raise
        hint, what = HINT, f"git cannot read this commit: {_first_text(exc)}"
        if is_partial:
            hint = "Bricklayer fetches nothing into it. Once: git fetch --refetch --no-filter"
            what = "this clone is partial, and some of the commit's files are not in it"
        raise UserError(what, where=str(where), hint=hint) from exc


def _first_text(exc: GitError) -> str:
    return make_printable(" ".join(exc.messages[0].text.split()), 200)
