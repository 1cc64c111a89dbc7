"""Reads what a head changes, file by file, without what an earlier reading has seen as it is."""

from collections.abc import Collection
from dataclasses import replace

from bot.git.diff import diff_file, list_changes
from bot.git.objects import Change
from bot.git.repo import Repo
from bot.plan.paths import MAX_PATH_CHARACTERS
from bot.review.diff_parts import FileDiff, read_file_diff
from bot.review.model import UnseenParts
from bot.text.invisible import make_printable
from runners.reviewing.request import ReviewRequest

MAX_FILES = 400
"""Each costs two calls of git; of more a reviewer would read nothing either."""


def read_changes(
    repo: Repo, head: str, request: ReviewRequest
) -> tuple[tuple[FileDiff, ...], int, tuple[str, ...]]:
    """The files to be read, how many are as they were before, and what is beyond MAX_FILES.

    Of a file that is as it was, and was read in part, those parts that no model has seen.
    """
    changes = _list_changes(repo, request.base, head, request.left_out)
    read = changes[:MAX_FILES]
    known = _read_known(repo, request, {change.path for change in read})
    files = [(change.path, _read(repo, request.base, head, change)) for change in read]
    left = {each.path: each for each in request.unseen}
    kept = (_leave_seen(file, known.get(path), left.get(file.path)) for path, file in files)
    new = tuple(file for file in kept if file)
    over = len(changes) - MAX_FILES
    more = (f"{over} more files: it reads {MAX_FILES} at most",) if over > 0 else ()
    return new, len(files) - len(new), more


def _list_changes(repo: Repo, base: str, head: str, left_out: str) -> list[Change]:
    return [change for change in list_changes(repo, base, head) if change.path != left_out]


def _read_known(repo: Repo, request: ReviewRequest, paths: Collection[str]) -> dict[str, str]:
    """What was read of each path before; nothing where those commits are not here any more."""
    base, head = request.read_base, request.read_head
    if not (base and head and repo.resolve_rev(base) and repo.resolve_rev(head)):
        return {}
    before = _list_changes(repo, base, head, request.left_out)[:MAX_FILES]
    return {
        change.path: _read(repo, base, head, change).content
        for change in before
        if change.path in paths
    }


def _leave_seen(file: FileDiff, known: str | None, left: UnseenParts | None) -> FileDiff | None:
    """What is to be read of it; None where all of it was."""
    if known != file.content:
        return file
    if left is None:
        return None
    # Lines beside it that the base changed may cut it otherwise: then the numbers say nothing.
    if left.total != file.total:
        return file
    return replace(file, parts=tuple(part for part in file.parts if part.number in left.numbers))


def _read(repo: Repo, base: str, head: str, change: Change) -> FileDiff:
    """One without lines, as of bytes, is known again by the names that git has for its content."""
    path = change.path
    if path.isprintable():
        file = read_file_diff(path, diff_file(repo, base, head, path))
    else:  # of no text, or of more than a line
        name = make_printable(path, MAX_PATH_CHARACTERS)
        file = FileDiff(name, why_unread="its name is no text")
    return file if file.content else replace(file, content=f"{change.before} {change.after}")
