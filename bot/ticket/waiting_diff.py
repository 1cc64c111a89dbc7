"""The diff that waits for approval, as the status comment shows it: whole files, as many as fit."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.text.escape import fence_for
from bot.text.invisible import make_printable, show_hidden
from bot.text.listed import join_first
from bot.text.secrets import REDACTED, redact

MAX_DIFF_CHARS = 24_000
"""Characters of the status comment that a diff may have; the comment has 60,000."""
MIN_PART_CHARS = 2_000
"""A file that does not fit is begun only where this much of it can be shown."""
MAX_NAMED_FILES = 20
MAX_PATH_CHARS = 200


@dataclass(frozen=True, slots=True)
class FileDiff:
    """One file's diff as git writes it, and the lines it adds and removes."""

    path: str
    text: str
    added: int
    removed: int


@dataclass(frozen=True, slots=True)
class WaitingDiff:
    """`files` begin with those that approval is asked for. `url` and `ref` are where all of it is.

    Both are empty where it could not be put on the server.
    """

    files: tuple[FileDiff, ...]
    url: str = ""
    ref: str = ""


def render_waiting_diff(diff: WaitingDiff, secrets: Sequence[str], room: int) -> str:
    """A section to fold out, of about `room` characters; what is not shown is named."""
    room = min(room, MAX_DIFF_CHARS)
    blocks: list[str] = []
    left: list[FileDiff] = []
    cut = ""
    for file in diff.files:
        used = sum(map(len, blocks))
        # What cannot be shown is not searched either: a file may have megabytes.
        text = clean_diff(file.text[: 2 * MAX_DIFF_CHARS], secrets)
        block = _code(text)
        if used + len(block) <= room and len(file.text) <= 2 * MAX_DIFF_CHARS:
            blocks.append(block)
        elif not cut and room - used > MIN_PART_CHARS:
            part = _first_lines(text, room - used - 200)
            blocks.append(_code(part))
            cut = _cut_note(file, part)
            blocks.append(cut)
        else:
            left.append(file)
    return "\n\n".join(filter(None, _parts(diff, blocks, left, bool(cut))))


def clean_diff(text: str, secrets: Sequence[str]) -> str:
    """Without secrets, and with every character visible that a page would hide or reorder."""
    lines = redact(text, secrets).rstrip("\n").split("\n")
    return "\n".join(show_hidden(line.removesuffix("\r")) for line in lines)


def _parts(
    diff: WaitingDiff, blocks: Sequence[str], left: Sequence[FileDiff], is_cut: bool
) -> Iterator[str]:
    added, removed = sum(f.added for f in diff.files), sum(f.removed for f in diff.files)
    files = "1 file" if len(diff.files) == 1 else f"{len(diff.files)} files"
    # Markdown within HTML needs a blank line before it:
    # https://docs.github.com/en/get-started/writing-on-github/working-with-advanced-formatting/organizing-information-with-collapsed-sections
    yield f"<details><summary>The diff that waits: {files}, +{added} -{removed}</summary>"
    yield from blocks
    if left:
        yield f"Not shown here, as there is no room: {_list_files(left)}."
    shown = "\n".join(blocks)
    if REDACTED in shown:
        yield f"What looks like a secret is shown as `{REDACTED}`."
    if "<U+" in shown:
        yield "Invisible characters are shown by their code, as `<U+200B>`."
    yield _where(diff) if diff.url else _nowhere(bool(left) or is_cut)
    yield "</details>"


def _where(diff: WaitingDiff) -> str:
    return (
        f"All of it: [on GitHub]({diff.url}), or `git fetch origin {diff.ref}` and"
        " `git diff HEAD...FETCH_HEAD`. No workflow runs for it there."
    )


def _nowhere(incomplete: bool) -> str:
    return (
        "GitHub did not take the rest of it, so it can be read on the bot's machine only: its"
        " operator finds the branch in the mirror of this repository."
        if incomplete
        else ""
    )


def _list_files(files: Sequence[FileDiff]) -> str:
    return join_first(
        files, MAX_NAMED_FILES, lambda f: f"{_name(f)} (+{f.added} -{f.removed})", "files"
    )


def _name(file: FileDiff) -> str:
    return f"`{make_printable(file.path, MAX_PATH_CHARS)}`"


def _cut_note(file: FileDiff, part: str) -> str:
    rest = file.text.rstrip("\n").count("\n") - part.count("\n")
    if rest > 0:
        return f"The last {rest} lines of the diff of {_name(file)} are not shown here."
    return f"The diff of {_name(file)} has longer lines than fit here."


def _first_lines(text: str, room: int) -> str:
    cut = text[:room]
    return cut.rpartition("\n")[0] or cut


def _code(text: str) -> str:
    fence = fence_for(text)
    return f"{fence}diff\n{text}\n{fence}"
