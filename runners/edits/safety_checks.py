"""Checking an edit before it is accepted: no code left out, no stray markers, no escaped text."""

import re
from collections.abc import Sequence
from dataclasses import replace

from runners.edits.completeness import Claim, Completeness, tell_completeness
from runners.edits.elision import COMMENTS, find_elisions
from runners.edits.elision_words import read_placeholder
from runners.edits.file_pieces import HALF, share_kept
from runners.edits.filtered_text import check_characters, check_indentation, is_converted
from runners.edits.landmarks import find_landmarks
from runners.edits.merge_lost_parts import restore_parts
from runners.edits.model import EditError, Hunk, WholeFile
from runners.edits.removal_wish import NO_WISH, RemovalWish
from runners.edits.reply_text import MARKUP_EXTENSIONS, file_extension
from runners.edits.text_end import breaks_syntax

# Seven marks are also git's for a conflict: https://git-scm.com/docs/git-merge#_how_conflicts_are_presented
MARKER = re.compile(r"^\s*(?:<{7}|>{7})(?: \S.*)?$|^\*\*\* (?:Begin|End) Patch$")
RULE = re.compile(r"^\s*={5,9}\s*$")
PARSED = re.compile(r"\.(?:pyi?|json|toml)$")
MAX_PARSED_LINES = 20_000
"""Of a file that is parsed before and after a forgiven edit; Python's parser takes 20 us a line."""
WRITE_ALL = "Write every line out. To change only a part, use a SEARCH/REPLACE block."

LEAVE_COMMENT_OUT = (
    "If the old lines are to go, leave that comment out, or remove them with such a block."
)


def check_hunk(path: str, hunk: Hunk, bodies: Sequence[str], wish: RemovalWish = NO_WISH) -> None:
    """Raises `EditError` for new lines that elide, hold stray markers, or are escaped."""
    where = f"{hunk.label} ({path})"
    added = [text for tag, text in hunk.lines if tag == "+"]
    known = [*hunk.old, *bodies]
    if found := find_elisions(
        hunk.new, hunk.old, path, known=bodies, explicit=hunk.is_diff, wish=wish
    ):
        why = f"{where}: it leaves code out: {found[0]!r}"
        raise EditError(why, advise_on_elision(found[0], path))
    stray = [text for text in added if MARKER.match(text) and text not in known]
    if file_extension(path) not in MARKUP_EXTENSIONS and not any(
        RULE.match(text) for text in known
    ):
        stray += [text for text in added if RULE.match(text)]
    if stray:
        raise EditError(
            f"{where}: a marker is left in the new lines: {stray[0]!r}",
            "Close each block before the next one begins.",
        )


def check_whole(
    whole: WholeFile, before: Sequence[str], after: list[str], wish: RemovalWish = NO_WISH
) -> list[str]:
    """The file's new lines, with what a task's answer lost but must keep.

    Raises `EditError` for a file that is cut off, elided, or a piece of the one there is.
    """
    where = f"{whole.label} ({whole.path})"
    stray = [text for text in after if MARKER.match(text) and text not in before]
    if stray:
        raise EditError(f"{where}: it holds an edit marker: {stray[0]!r}", WRITE_ALL)
    if not is_converted(whole.path, after):
        check_indentation(where, whole.path, after, before)
    check_characters(where, whole.path, after, before)
    claim = Claim(whole.path, before, after, whole.end_shown, named=whole.named, wish=wish)
    found = tell_completeness(claim)
    if not found.missing:
        return after
    if found.lost and (whole_text := _restore(claim, found)):
        return whole_text
    raise EditError(*_describe_refusal(where, whole, found))


def _restore(claim: Claim, found: Completeness) -> list[str] | None:
    """The text with what it lost, where it is sure that nothing of this was meant to go.

    Small models drop what a task does not mention. What the new text still uses has to stay, and
    so has everything where nothing in the task's words may mean less.
    """
    sure = claim.wish.text is not None and set(found.lost) <= set(found.used)
    if not sure and not claim.wish.is_silent():
        return None
    # Where most is gone, the answer gives single definitions: those are merged into the file.
    share = len(found.lost) / len(find_landmarks(claim.path, claim.before))
    if share > HALF or (share == HALF and share_kept(claim.before, claim.after) < HALF):
        return None
    lines = restore_parts(claim.path, claim.before, claim.after, found.lost)
    if lines is None or tell_completeness(replace(claim, after=lines)).missing:
        return None
    return lines


def _describe_refusal(where: str, whole: WholeFile, found: Completeness) -> tuple[str, str]:
    if found.cut_off:
        return f"{where}: {found.missing}", "Send the complete file."
    if found.elided:
        hint = advise_on_elision(found.elided[0], whole.path)
        return f"{where}: {found.missing}", hint
    hint = WRITE_ALL if whole.named else f"{WRITE_ALL} A complete file has its path above it."
    hint += " What is to go can be removed with such a block." if found.lost else ""
    return f"{where}: not the complete file, {found.missing}", hint


def advise_on_elision(line: str, path: str) -> str:
    """A line that says that something is left out must not just vanish; a comment may."""
    if read_placeholder(line, path) in COMMENTS:
        return f"{WRITE_ALL} {LEAVE_COMMENT_OUT}"
    return WRITE_ALL


def check_lenient_edit(path: str, before: str, after: str) -> None:
    """An edit whose place was found with forgiveness must leave a well-formed file well-formed."""
    if PARSED.search(path) and before.count("\n") > MAX_PARSED_LINES:
        raise EditError(
            f"{path}: the old lines differ from the file's, and the file is too long to check "
            "what comes of that",
            "Copy the old lines exactly as the file has them.",
        )
    if breaks_syntax(path, before, after):
        raise EditError(
            f"{path}: the old lines differ from the file's and the result would not parse",
            "Copy the old lines exactly as the file has them.",
        )
