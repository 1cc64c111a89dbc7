"""Reading unified diffs in a reply: git's, bare ones, with wrong counts or without headers."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from runners.edits.diff_syntax import (
    HUNK_HEADER,
    NULL_PATH,
    git_paths,
    header_path,
    name_in_header,
    read_hunk,
    real_paths,
)
from runners.edits.file_names import FileNames
from runners.edits.model import Edit, EditError, FoundEdits, Hunk, Patch, Removal, WholeFile
from runners.edits.reply_limits import count_work
from runners.edits.reply_text import OPENER, find_closer_above
from runners.edits.target_file import find_target, keep_words, require_path, share_found

GIT_HEADER = re.compile(r"^diff --git (.+)$")
# Those of git, and the `Index:` line and ruler that Subversion writes above a file's diff:
# https://git-scm.com/docs/diff-format#generate_patch_text_with_p
# https://svnbook.red-bean.com/en/1.7/svn.ref.svn.c.diff.html
EXTENDED_HEADER = re.compile(
    r"^(?:index [0-9a-f]+\.\.|(?:new|deleted) file mode |old mode |new mode |similarity index |"
    r"dissimilarity index |rename (?:from|to) |copy (?:from|to) |Index: |={20,}$)"
)
BINARY_PATCH = re.compile(r"^(?:GIT binary patch|Binary files .* differ)")
DRAFT_WORDS = "fixed|new|updated?|modified|changed|patched|after|v2|copy|tmp"
DIFF_FENCE = re.compile(r"^\s*(?:`{3,}|~{3,})\s*(?:diff|patch|udiff)\b", re.IGNORECASE)


@dataclass(slots=True)
class _FileDiff:
    """One file's part of a diff. `heads` are its hunks' headers, with the line each stands on."""

    first: int
    past: int = 0
    old: str = ""
    new: str = ""
    moved_from: str = ""
    moved_to: str = ""
    base: str = ""
    git: bool = False
    closed: bool = False
    heads: list[tuple[int, str]] = field(default_factory=list)


def find_first_line(lines: Sequence[str]) -> int | None:
    return next((at for at in range(len(lines)) if opens_edit(lines, at)), None)


def opens_edit(lines: Sequence[str], at: int) -> bool:
    line = lines[at]
    if GIT_HEADER.match(line) or _is_header_pair(lines, at) or HUNK_HEADER.match(line):
        return True
    return bool(DIFF_FENCE.match(line)) and _is_headless(lines, at)


def _is_header_pair(lines: Sequence[str], at: int) -> bool:
    after = lines[at + 1] if at + 1 < len(lines) else ""
    return lines[at].startswith("--- ") and after.startswith("+++ ")


def _is_headless(lines: Sequence[str], at: int) -> bool:
    """A fence for a diff whose lines are marked but have no header of any kind."""
    closer = lines[at][: len(lines[at]) - len(lines[at].lstrip("` ~\t"))].rstrip()
    for index in range(at + 1, len(lines)):
        line = lines[index]
        if line.rstrip() == closer or line.startswith("@@") or _is_header_pair(lines, index):
            return False
        if DIFF_FENCE.match(line) and not line[0].isspace():
            return False
        if line[:1] in {"+", "-"}:
            return True
    return False


def find_edits(lines: Sequence[str], names: FileNames, *, complete: bool = False) -> FoundEdits:
    """`complete`: the text is known to have come to its end, as a plan's block has."""
    files = _read_files(lines, complete=complete)
    spans = [(file.first, file.past) for file in files]
    words = keep_words(lines, spans) if any(not _names_file(file, names) for file in files) else []
    edits: list[Edit] = []
    count = end = 0
    path = ""
    for file in files:
        hunks = _read_hunks(file, lines, count)
        if not _names_file(file, names):
            path = _find_path(words[end : file.first], hunks, names, path)
        found = _edits_of_file(file, hunks, names, path)
        path = next((edit.path for edit in found), path)
        edits += found
        count += len(hunks)
        end = file.past
    return FoundEdits(tuple(edits), tuple(spans))


def _read_files(lines: Sequence[str], *, complete: bool) -> list[_FileDiff]:
    files = []
    at = after_fence = 0
    fence: str | None = None
    while at < len(lines):
        if not opens_edit(lines, at):
            at += 1
            continue
        count_work(1)
        if fence is None and (above := find_closer_above(lines[after_fence:], at - after_fence)):
            fence = above
        file = _read_file(lines, at, fence)
        file.closed |= complete
        files.append(file)
        if file.closed and not complete:
            # The line that closes this fence opens none for the next diff.
            fence, after_fence = None, file.past + 1
        at = max(file.past, at + 1)
    if fence is not None and not complete:
        raise EditError("the diff's fence is never closed; cut off?", "Send it again, complete.")
    return files


def _names_file(file: _FileDiff, names: FileNames) -> bool:
    return any(name_in_header(path, names) for path in (file.old, file.new, file.moved_from))


def _find_path(above: Sequence[str], hunks: tuple[Hunk, ...], names: FileNames, before: str) -> str:
    old = [text for hunk in hunks for text in hunk.old]
    target = find_target(
        above,
        names,
        fits=lambda path: share_found(path, old, names),
        before=before,
        spell=names.path_of_existing,
    )
    return require_path(target, hunks[0].label if hunks else "the diff")


def _read_file(lines: Sequence[str], at: int, fence: str | None) -> _FileDiff:
    """One file's headers and hunks, up to the next file, the end of the fence or of the reply."""
    file = _FileDiff(at)
    at = _read_headers(lines, at + bool(OPENER.match(lines[at])), file)
    if at >= len(lines) or not lines[at].startswith("@@"):
        file.heads.append((at, ""))
    while at < len(lines):
        line = lines[at]
        # Lines of the diff itself are marked, so a fence in the file's text has a mark before it.
        if fence is not None and line.rstrip() == fence:
            file.closed = True
            _check_fence_end(lines, at + 1)
            break
        if GIT_HEADER.match(line) or EXTENDED_HEADER.match(line) or _starts_next_file(lines, at):
            break
        if HUNK_HEADER.match(line):
            file.heads.append((at, line))
        at += 1
    file.past = at
    return file


def _check_fence_end(lines: Sequence[str], after: int) -> None:
    """Marked lines right behind the fence: a fence line of the text itself has ended it early."""
    if after < len(lines) and lines[after][:1] in {"+", "-", " ", "@"} and lines[after].strip():
        raise EditError(
            "it is unclear where the diff's fence ends", "Use a fence of four backticks or more."
        )


def _starts_next_file(lines: Sequence[str], at: int) -> bool:
    """A pair of headers, not a removed `-- x` above an added `++ y`: hunk lines follow it."""
    after = lines[at + 2] if at + 2 < len(lines) else ""
    return _is_header_pair(lines, at) and after.startswith("@@")


def _read_headers(lines: Sequence[str], at: int, file: _FileDiff) -> int:
    """Fills in the paths, and returns the line after the headers."""
    while at < len(lines):
        line = lines[at]
        if _is_header_pair(lines, at):
            file.old, file.new = header_path(line[4:]), header_path(lines[at + 1][4:])
            return at + 2
        if (git := GIT_HEADER.match(line)) and not file.git:
            file.git = True
            file.old, file.new = git_paths(git[1])
        elif EXTENDED_HEADER.match(line):
            _read_extended_header(line, file)
        elif BINARY_PATCH.match(line):
            raise EditError("a binary patch cannot be applied", "Only text files can be edited.")
        else:
            break
        at += 1
    return at


def _read_extended_header(line: str, file: _FileDiff) -> None:
    if line.startswith("rename from "):
        file.moved_from = header_path(line[12:])
    elif line.startswith("rename to "):
        file.moved_to = header_path(line[10:])
    elif line.startswith("index "):
        # `index OLD..NEW MODE`: the id of the content the diff was made from.
        file.base = line[6:].split("..", maxsplit=1)[0]
    elif line.startswith("deleted file mode"):
        file.new = NULL_PATH
    elif line.startswith("new file mode"):
        file.old = NULL_PATH


def _read_hunks(file: _FileDiff, lines: Sequence[str], count: int) -> tuple[Hunk, ...]:
    hunks: list[Hunk] = []
    for index, (at, header) in enumerate(file.heads):
        last = index + 1 == len(file.heads)
        end = file.past if last else file.heads[index + 1][0]
        body = lines[at + bool(header) : end]
        if not any(line[:1] in {"+", "-"} for line in body):
            continue
        label = f"diff hunk {count + len(hunks) + 1}"
        # What deletes a file is held against all of its lines.
        ends_reply = last and not file.closed and file.past == len(lines)
        cut_off = ends_reply and file.new != NULL_PATH
        hunks.append(read_hunk(header, body, label, cut_off=cut_off))
    return tuple(hunks)


def _edits_of_file(
    file: _FileDiff, hunks: tuple[Hunk, ...], names: FileNames, default_path: str
) -> list[Edit]:
    if file.moved_from and file.moved_to:
        return [Patch(file.moved_from, hunks, move_to=file.moved_to, base_blob_id=file.base)]
    old, new = (name_in_header(path, names) for path in (file.old, file.new))
    old, new = real_paths(old, new, names)
    _refuse_unsaid_rename(old, new, names)
    named = new if new not in {"", NULL_PATH} else old
    path = _spell(named, old, names) if named else default_path
    if not path or path == NULL_PATH:
        raise EditError("the diff names no file", "Begin it with --- a/PATH and +++ b/PATH.")
    if new == NULL_PATH:
        return [_read_removal(path, hunks)]
    if old == NULL_PATH and not hunks:
        return [WholeFile(path, "", "the diff", creates=True, overwrites=False)]
    # Models often name the path on both sides for a new file, in place of /dev/null.
    only_adds = bool(hunks) and not any(hunk.old for hunk in hunks)
    if only_adds and (old == NULL_PATH or not names.file_exists(path)):
        return [_read_new_file(path, hunks)]
    return [Patch(path, hunks, base_blob_id=file.base)] if hunks else []


def _spell(named: str, old: str, names: FileNames) -> str:
    if old == NULL_PATH:
        return names.resolve_name(named)
    if old and not names.file_exists(named) and names.file_exists(old):
        return old
    return names.path_of_existing(named)


def _refuse_unsaid_rename(old: str, new: str, names: FileNames) -> None:
    """Two names alone rename nothing: git says so in lines of its own, and models add `_fixed`."""
    # https://git-scm.com/docs/diff-format#generate_patch_text_with_p
    is_pair = old != new and not {old, new} & {"", NULL_PATH}
    if is_pair and names.file_exists(old) and not names.is_known(new) and not _is_draft(old, new):
        raise EditError(
            f"the diff's headers name two files, {old} and {new}, and say no rename",
            "Name the file on both lines; to rename it, add `rename from` and `rename to` lines.",
        )


def _is_draft(old: str, new: str) -> bool:
    """Whether the second name only says that the file is changed: `app_fixed.py` for `app.py`."""
    stem, dot, extension = old.rpartition(".")
    stem, extension = (stem, dot + extension) if dot else (old, "")
    marked = re.compile(rf"{re.escape(stem)}[._-](?:{DRAFT_WORDS}){re.escape(extension)}$")
    return bool(marked.match(new)) or bool(re.match(rf"{re.escape(old)}\.(?:{DRAFT_WORDS})$", new))


def _read_removal(path: str, hunks: tuple[Hunk, ...]) -> Removal:
    if any(hunk.new for hunk in hunks):
        raise EditError(f"the diff deletes {path} but keeps lines of it", "Remove all its lines.")
    return Removal(path, "the diff", tuple(x for h in hunks for x in h.old) if hunks else None)


def _read_new_file(path: str, hunks: tuple[Hunk, ...]) -> WholeFile:
    text = "\n".join(line for hunk in hunks for line in hunk.new)
    # None, which is no statement, means a line end: diff marks only its absence.
    # https://www.gnu.org/software/diffutils/manual/html_node/Incomplete-Lines.html
    ends = "" if hunks[-1].final_newline is False else "\n"
    return WholeFile(path, text + ends, hunks[0].label, creates=True, exact=True, overwrites=False)
