"""Reads what a head changes, file by file, without what an earlier reading has seen as it is."""

from collections.abc import Sequence

from bot.git.repo import Repo
from bot.plan.paths import MAX_PATH_CHARACTERS
from bot.review.diff_parts import FileDiff, read_file_diff
from bot.text.invisible import make_printable
from runners.reviewing.request import ReviewRequest

MAX_FILES = 400
"""Each costs two calls of git; of more a reviewer would read nothing either."""


def read_changes(
    repo: Repo, head: str, request: ReviewRequest
) -> tuple[tuple[FileDiff, ...], int, tuple[str, ...]]:
    """The files to be read, how many are as they were before, and what is beyond MAX_FILES."""
    paths = _list_paths(repo, request.base, head, request.left_out)
    known = _read_known(repo, request, paths[:MAX_FILES])
    files = [_read(repo, request.base, head, path) for path in paths[:MAX_FILES]]
    new = tuple(file for file in files if not file.content or known.get(file.path) != file.content)
    over = len(paths) - MAX_FILES
    more = (f"{over} more files: it reads {MAX_FILES} at most",) if over > 0 else ()
    return new, len(files) - len(new), more


def _list_paths(repo: Repo, base: str, head: str, left_out: str) -> list[str]:
    return [change.path for change in repo.list_changes(base, head) if change.path != left_out]


def _read_known(repo: Repo, request: ReviewRequest, paths: Sequence[str]) -> dict[str, str]:
    """What was read of each path before; nothing where those commits are not here any more."""
    base, head = request.read_base, request.read_head
    if not (base and head and repo.resolve_rev(base) and repo.resolve_rev(head)):
        return {}
    before = set(_list_paths(repo, base, head, request.left_out))
    return {path: _read(repo, base, head, path).content for path in paths if path in before}


def _read(repo: Repo, base: str, head: str, path: str) -> FileDiff:
    if not path.isprintable():  # of no text, or of more than a line
        return FileDiff(make_printable(path, MAX_PATH_CHARACTERS), why_unread="its name is no text")
    return read_file_diff(path, repo.diff_file(base, head, path))
