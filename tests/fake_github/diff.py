"""What a pull request changes, as git says it: files, hunks, and where a line of a comment stands."""

from dataclasses import dataclass
from functools import lru_cache

from unidiff import Hunk, PatchedFile, PatchSet

from fake_github.bare import Bare
from fake_github.people import Refusal


@dataclass(frozen=True)
class Place:
    """A line of a diff: the hunk up to it, and its position below the file's first hunk header."""

    hunk: str
    position: int


def diff(git: Bare, base: str, head: str) -> PatchSet:
    return _diff(str(git.path), git, base, head)


@lru_cache(maxsize=64)
def _diff(_: str, git: Bare, base: str, head: str) -> PatchSet:
    argv = (
        "diff",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "-M",
        "--full-index",
        base,
        head,
    )
    return PatchSet(git.raw(*argv).decode(errors="replace"))


def changed(git: Bare, base: str, head: str) -> list[dict[str, object]]:
    """The files of `base...head`, as GitHub lists them, without their links."""
    return [_entry(git, head, file) for file in diff(git, base, head)]


def _entry(git: Bare, head: str, file: PatchedFile) -> dict[str, object]:
    told: dict[str, object] = {
        "sha": git.git("rev-parse", f"{head}:{file.path}", check=False) or None,
        "filename": file.path,
        "status": _status(file),
        "additions": file.added,
        "deletions": file.removed,
        "changes": file.added + file.removed,
    }
    if len(file):
        told["patch"] = "\n".join(str(hunk).rstrip("\n") for hunk in file)
    if file.is_rename:
        told["previous_filename"] = file.source_file.removeprefix("a/")
    return told


def _status(file: PatchedFile) -> str:
    if file.is_rename:
        return "renamed"
    return "added" if file.is_added_file else "removed" if file.is_removed_file else "modified"


def place(git: Bare, base: str, head: str, path: str, line: int, side: str) -> Place:
    """Where that line is in the diff. 422 where the diff does not show it, as GitHub answers."""
    for file in diff(git, base, head):
        if file.path == path:
            found = _in_file(file, line, side)
            if found is not None:
                return found
    told = {
        "resource": "PullRequestReviewComment",
        "code": "custom",
        "field": "pull_request_review_thread.line",
        "message": "pull_request_review_thread.line must be part of the diff",
    }
    raise Refusal(422, "Validation Failed", told)


def _in_file(file: PatchedFile, line: int, side: str) -> Place | None:
    position = 0
    for nth, hunk in enumerate(file):
        position += nth > 0
        text = [_header(hunk)]
        for each in hunk:
            position += 1
            text.append(str(each).rstrip("\n"))
            if (each.source_line_no if side == "LEFT" else each.target_line_no) == line:
                return Place("\n".join(text), position)
    return None


def _header(hunk: Hunk) -> str:
    return str(hunk).split("\n", 1)[0]


def moved(git: Bare, old: str, new: str, path: str, line: int) -> int | None:
    """Where a line of `old` is in `new`; None once it was changed or removed."""
    for file in diff(git, old, new):
        if path in {file.source_file.removeprefix("a/"), file.path}:
            return _moved_in(file, line)
    return line


def _moved_in(file: PatchedFile, line: int) -> int | None:
    shift = 0
    for hunk in file:
        for each in hunk:
            if each.source_line_no == line:
                return each.target_line_no
        if hunk.source_start + hunk.source_length <= line:
            shift += hunk.target_length - hunk.source_length
    return line + shift
