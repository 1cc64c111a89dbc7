"""Lays the suggestions of reviewers on the branch's head, as diffs that no model has a part in."""

from dataclasses import dataclass, field

from bot.git.repo import Repo
from bot.github.webhooks import LineComment
from bot.plan import Block
from bot.ticket.suggestions import Laid, SuggestionError, lay, map_lines
from runners.edits import EditError
from runners.edits.exact_blocks import resolve_block

_ON_REMOVED = (
    "it is on lines that this change removed, and only lines that are there can be replaced. Put it"
    " on a line of the new side, or say in words what you want"
)
_ON_FILE = "it is on the whole file, and names no lines. Put it on the lines that it is for"
_COMMIT_GONE = "the commit that it was made on is not on this branch any more. Make it on the head"
_SAME_LINES = "another suggestion of this round changes the same lines. Make it again afterwards"
_ALREADY = "it changes nothing: its lines are there already"
_INEXACT = "it cannot be laid exactly as it stands. Say in words what you want"


@dataclass(slots=True)
class _File:
    """A file while suggestions are laid on it, one after another.

    `edits`: a line of the head, how many lines from it on were replaced, by how many more.
    """

    content: bytes
    edits: list[tuple[int, int, int]] = field(default_factory=list)


class SuggestionLayer:
    """Lays suggestions on one head, each on top of those before."""

    def __init__(self, repo: Repo, head: str) -> None:
        self._repo, self._head = repo, head
        self._files: dict[str, _File] = {}

    def lay(self, place: LineComment, suggestion: str) -> str:
        """The diff for a suggestion made at `place`. Raises SuggestionError with the reason."""
        first, count = _lines_of(place)
        start = self._find_on_head(place, first, count, suggestion)
        file = self._files.setdefault(
            place.path, _File(self._repo.read_file(self._head, place.path) or b"")
        )
        if any(start < at + more and at < start + count for at, more, _ in file.edits):
            raise SuggestionError(_SAME_LINES)
        moved = start + sum(more for at, _, more in file.edits if at < start)
        laid = lay(file.content, place.path, moved, count, suggestion)
        _require_exact(place.path, file.content, laid)
        grown = laid.content.count(b"\n") - file.content.count(b"\n")
        file.content = laid.content
        file.edits.append((start, count, grown))
        return laid.patch

    def _find_on_head(self, place: LineComment, first: int, count: int, suggestion: str) -> int:
        """Where its lines stand on the head: those very lines, whatever has moved around them."""
        commit, repo = place.original_commit, self._repo
        old = repo.read_file(commit, place.path) if commit and repo.resolve_rev(commit) else None
        if old is None:
            raise SuggestionError(_COMMIT_GONE)
        argv = ("diff", "--no-ext-diff", "--no-textconv", "--no-renames", "-U0")
        diff = repo.read_output(
            *("--literal-pathspecs", "-c", "color.ui=false"),
            *(*argv, commit, self._head, "--", place.path),
        )
        start = map_lines(diff, first, first + count - 1)
        if start is None:
            now = repo.read_file(self._head, place.path) or b""
            if suggestion.strip("\n") and suggestion.encode() in now.replace(b"\r\n", b"\n"):
                raise SuggestionError(_ALREADY)
            raise SuggestionError(
                f"the lines that it is for have changed since {commit[:12]}, on which it was made."
                " Make it again on the lines as they are now"
            )
        return start


def _lines_of(place: LineComment) -> tuple[int, int]:
    """The first line, and how many they are, of the commit that the comment was made on."""
    if place.side == "LEFT":
        raise SuggestionError(_ON_REMOVED)
    if not place.original_line:
        raise SuggestionError(_ON_FILE)
    first = place.original_start or place.original_line
    return first, place.original_line - first + 1


def _require_exact(path: str, before: bytes, laid: Laid) -> None:
    """The diff makes just that of the file, byte for byte; else nothing is laid."""
    block = Block("patch", "", laid.patch)
    lone = "\r" in laid.patch.replace("\r\n", "")
    try:
        made = dict(resolve_block(block, lambda name: before if name == path else None).files)
    except EditError:
        raise SuggestionError(_INEXACT) from None
    if lone or made != {path: laid.content}:
        raise SuggestionError(_INEXACT)
