"""Reading the pieces of a unified diff: the paths of its headers, and one hunk by its marks.

A hunk's stated counts are evidence only: models often get them wrong. The format is described at
https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runners.edits.file_names import FileNames
from runners.edits.model import EditError, Evidence, Hunk, Tag, Tagged

NULL_PATH = "/dev/null"
# The look-behind keeps the search linear in a long run of blanks.
TIMESTAMP = re.compile(r"(?<!\s)\s+\d{4}-\d\d-\d\d[ T].*$")
# `--- a.py (original)`, and `--- original` where the file is known otherwise.
HEADER_NOTE = re.compile(r"(?<=\S)\s(?:\([^()]{0,60}\)|\[[^\[\]]{0,60}\]|[-#]+\s.{0,60})$")
STAND_IN = re.compile(
    r"^(?:the\s)?(?:a|b|old|new|before|after|original|modified|current|updated?|fixed|changed|"
    r"existing|proposed|previous|left|right|source|target|from|to|file)(?:[ _-]?"
    r"(?:file|code|version|content))?$",
    re.IGNORECASE,
)
OCTAL_ESCAPE = re.compile(r"\\([0-7]{3})")
# Models are bad at line numbers, and some tools ask for `@@ ... @@` without any, as aider does:
# https://aider.chat/docs/unified-diffs.html
HUNK_HEADER = re.compile(
    r"^@@(?:\s*-(\d{1,9})(?:,(\d{1,9}))?\s+\+(\d{1,9})(?:,(\d{1,9}))?\s*@@ ?(.*)|(?!@).*)$"
)
CUT_OFF_HINT = (
    "Send it again, complete: in a fence that is closed, or with a line of context below its last "
    "change."
)
BULLET = re.compile(r"^[-+] [\w`\"(]")
"""A list's item in the words after a diff; a changed line would have to be indented by one."""


def header_path(text: str) -> str:
    """The path of a `---` or `+++` line, unquoted as git quotes."""
    text = TIMESTAMP.sub("", text.split("\t", maxsplit=1)[0].strip())
    # git quotes a path with other bytes than printable ASCII, each as \ooo:
    # https://git-scm.com/docs/git-config#Documentation/git-config.txt-corequotePath
    if len(text) > 1 and text[0] == text[-1] == '"':
        plain = OCTAL_ESCAPE.sub(lambda found: chr(int(found[1], 8) & 255), text[1:-1])
        plain = plain.replace('\\"', '"').replace("\\\\", "\\")
        return plain.encode("latin-1", "replace").decode("utf-8", "replace")
    return text.strip("`")


def name_in_header(path: str, names: FileNames) -> str:
    """The path without a note behind it; empty for a word that stands for one, as `original`."""
    if path == NULL_PATH or names.is_known(path):
        return path
    path = HEADER_NOTE.sub("", path)
    bare = re.sub(r"^[ab]/", "", path)
    return "" if STAND_IN.match(bare) and not names.is_known(bare) else path


def git_paths(rest: str) -> tuple[str, str]:
    """Both paths of a `diff --git` line; blanks stand unquoted, so equal halves are looked for."""
    if rest.startswith('"'):
        halves = re.findall(r'"(?:[^"\\]|\\.)*"|\S+', rest)
        return header_path(halves[0]), header_path(halves[-1])
    # Unless the file is renamed, both names are the same but for the prefix, so half is the cut:
    # https://git-scm.com/docs/diff-format#generate_patch_text_with_p
    half = len(rest) // 2
    if rest[half : half + 1] == " " and rest[2:half] == rest[half + 3 :]:
        return rest[:half], rest[half + 1 :]
    words = rest.split(" ")
    return (words[0], words[1]) if len(words) == 2 else ("", "")  # noqa: PLR2004 - old and new


def real_paths(old: str, new: str, names: FileNames) -> tuple[str, str]:
    """Both paths without git's a/ and b/, unless the repository has such directories."""
    # `--no-prefix` leaves them out: https://git-scm.com/docs/git-diff#Documentation/git-diff.txt---no-prefix
    pair = old.startswith("a/") and new.startswith("b/")
    return _strip_prefix(old, "a/", new, names, pair=pair), _strip_prefix(
        new, "b/", old, names, pair=pair
    )


def _strip_prefix(path: str, prefix: str, other: str, names: FileNames, *, pair: bool) -> str:
    bare = path.removeprefix(prefix)
    if path in {NULL_PATH, bare}:
        return path
    if pair or names.is_known(bare):
        return bare
    return bare if other == NULL_PATH and not names.file_exists(path) else path


@dataclass(frozen=True, slots=True)
class _HunkHeader:
    """The numbers and heading of a hunk's header; starts are None where it has no numbers."""

    start: int | None = None
    new_start: int | None = None
    counts: tuple[int, int] = (0, 0)
    heading: str = ""


def read_hunk(head: str, body: Sequence[str], label: str, *, cut_off: bool) -> Hunk:
    """`cut_off`: the reply ends with this hunk, with no fence closed after it.

    Raises `EditError` for a hunk that seems to have lost its end.
    """
    header = _parse_header(head)
    size = _count_body_lines(body, header)
    lines, newline = _tag_lines(body[:size])
    counted = header.start is not None and header.counts == _count_lines(lines)
    if cut_off and not counted and size == len(body) and _seems_cut(lines, header, newline):
        if header.start is None:
            raise EditError(f"{label}: it may have been cut off at its last line", CUT_OFF_HINT)
        raise EditError(
            f"{label}: it ends before the lines its header counts", "Send it again, complete."
        )
    hunk = Hunk(
        tuple(lines),
        label,
        Evidence(
            start=header.start,
            new_start=header.new_start,
            counts_match=counted,
            heading=header.heading,
            in_order=True,
        ),
        is_diff=True,
        final_newline=newline,
    )
    stripped = _strip_blank_tail(lines)
    # Blank lines at the end may be the reply's own, between the hunk and the prose below it.
    if counted or stripped == lines:
        return hunk
    return replace(hunk, other_readings=(replace(hunk, lines=tuple(stripped)),))


def _parse_header(head: str) -> _HunkHeader:
    match = HUNK_HEADER.match(head)
    if match is None or match[1] is None:
        # Without numbers it may name the definition that the change is in: `@@ def b():`.
        return _HunkHeader(heading=head[2:].strip().removesuffix("@@").rstrip())
    # A count that is left out is 1:
    # https://www.gnu.org/software/diffutils/manual/html_node/Detailed-Unified.html
    counts = (int(match[2] or 1), int(match[4] or 1))
    return _HunkHeader(int(match[1]), int(match[3]), counts, match[5] or "")


def _count_body_lines(body: Sequence[str], header: _HunkHeader) -> int:
    """How many lines of the body are the hunk's; prose may follow them."""
    if header.start is not None and (size := _count_by_header(body, header.counts)) is not None:
        return size
    marked = [at for at, text in enumerate(body) if text[:1] in {"+", "-", " ", "\\"}]
    last = marked[-1] + 1 if marked else 0
    for at in range(last, len(body)):
        if not body[at].strip() and any(text.strip() for text in body[at:]):
            return at
    return len(body)


def _count_by_header(body: Sequence[str], counts: tuple[int, int]) -> int | None:
    """Where the stated counts end the body, if nothing that could belong to it follows."""
    old = new = 0
    for at, text in enumerate(body):
        if text.startswith("\\"):
            continue
        if (old, new) == counts:
            after = next((line for line in body[at:] if line.strip()), "")
            only_blank_left = not text.strip() and not any(map(_is_changed_line, body[at:]))
            return at if only_blank_left or not after or after[0] not in "+- @" else None
        if text and text[0] not in "+- ":
            return None
        old += text[:1] != "+"
        new += text[:1] != "-"
    return len(body) if (old, new) == counts else None


def _is_changed_line(line: str) -> bool:
    return line[:1] in {"+", "-"} and not BULLET.match(line)


def _tag_lines(body: Sequence[str]) -> tuple[list[Tagged], bool | None]:
    """(lines, whether the last new line has a line end; None where the diff does not say)."""
    lines: list[Tagged] = []
    newline: bool | None = None
    for text in body:
        # `\ No newline at end of file` is about the line above it:
        # https://www.gnu.org/software/diffutils/manual/html_node/Incomplete-Lines.html
        if text.startswith("\\"):
            of_old_file = bool(lines) and lines[-1][0] == "-"
            newline = (True if newline is None else newline) if of_old_file else False
            continue
        tag: Tag = "+" if text[:1] == "+" else "-" if text[:1] == "-" else " "
        # An empty context line may have lost its blank: by git's diff.suppressBlankEmpty, or by a
        # program that trims lines.
        lines.append((tag, text[1:] if text[:1] in {" ", "+", "-"} else text))
    return lines, newline


def _seems_cut(lines: list[Tagged], header: _HunkHeader, newline: bool | None) -> bool:
    if header.start is None:
        # A last line that is said to have no line end is the last.
        return newline is not False and _ends_in_change(lines)
    old, new = _count_lines(lines)
    incomplete = old < header.counts[0] or new < header.counts[1]
    # Tools put as much context below a hunk as above it, unless the file's end is near. With all
    # of it there, the count is more likely wrong.
    # https://www.gnu.org/software/diffutils/manual/html_node/Unified-Format.html
    return incomplete and _count_context(lines[::-1]) < max(1, _count_context(lines))


def _ends_in_change(lines: list[Tagged]) -> bool:
    """Whether neither context follows the last change nor a line for each one that it removes."""
    signs = "".join(tag for tag, _ in _strip_blank_tail(lines))
    change = signs[len(signs.rstrip("+-")) :]
    return bool(change) and not 0 < change.count("-") <= change.count("+")


def _count_context(lines: list[Tagged]) -> int:
    """How many lines of context it begins with."""
    return next((at for at, (tag, _) in enumerate(lines) if tag != " "), len(lines))


def _count_lines(lines: list[Tagged]) -> tuple[int, int]:
    return sum(tag != "+" for tag, _ in lines), sum(tag != "-" for tag, _ in lines)


def _strip_blank_tail(lines: list[Tagged]) -> list[Tagged]:
    kept = list(lines)
    while kept and kept[-1][0] == " " and not kept[-1][1].strip():
        kept.pop()
    return kept
