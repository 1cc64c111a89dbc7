"""Reading V4A patches: `*** Begin Patch`, then files to add, delete, update or move.

Models of OpenAI are trained to write them:
https://github.com/openai/codex/blob/main/codex-rs/apply-patch/apply_patch_tool_instructions.md
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from runners.edits.file_names import FileNames
from runners.edits.model import (
    Edit,
    EditError,
    Evidence,
    FoundEdits,
    Hunk,
    Patch,
    Removal,
    Tag,
    Tagged,
    WholeFile,
)
from runners.edits.reply_text import find_closer_above

BEGIN_PATCH = re.compile(r"^\s*\*\*\* ?Begin Patch\s*$")
END_PATCH = re.compile(r"^\s*\*\*\* ?End Patch\s*$")
FILE_OPERATION = re.compile(r"^\s*\*\*\* ?(Add|Delete|Update) File:\s*(\S.*)$")
MOVE_TO = re.compile(r"^\s*\*\*\* ?Move to:\s*(\S.*)$")
END_OF_FILE = re.compile(r"^\s*\*\*\* ?End of File\s*$")
UNKNOWN_OPERATION = re.compile(r"^\s*\*\*\* ?\w[\w ]*File\b")
PATCH_HINT = (
    "Write *** Begin Patch, then *** Update File: PATH, then @@ and lines that begin with a "
    "blank, - or +, then *** End Patch."
)


@dataclass(slots=True)
class _FileOperation:
    verb: str
    path: str
    body: list[str]


def find_first_line(lines: Sequence[str]) -> int | None:
    return next((at for at in range(len(lines)) if opens_edit(lines, at)), None)


def opens_edit(lines: Sequence[str], at: int) -> bool:
    return bool(BEGIN_PATCH.match(lines[at]) or FILE_OPERATION.match(lines[at]))


def find_edits(lines: Sequence[str], names: FileNames) -> FoundEdits:
    edits: list[Edit] = []
    spans = []
    at = find_first_line(lines)
    while at is not None:
        past = _find_patch_end(lines, at)
        edits += _read_edits(lines[at:past], names)
        spans.append((at, past))
        following = find_first_line(lines[past:])
        at = past + following if following is not None else None
    return FoundEdits(tuple(edits), tuple(spans))


def _find_patch_end(lines: Sequence[str], first: int) -> int:
    """Where the patch that begins at `first` ends."""
    has_begin_line = bool(BEGIN_PATCH.match(lines[first]))
    closer = find_closer_above(lines, first)
    for at in range(first + 1, len(lines)):
        if END_PATCH.match(lines[at]):
            return at + 1
        if closer is not None and lines[at].rstrip() == closer:
            _check_after_fence(lines[at + 1 :])
            return at
    if has_begin_line:
        raise EditError("the patch has no *** End Patch", f"It may have been cut off. {PATCH_HINT}")
    if _seems_cut(lines[first:]):
        raise EditError("the patch may have been cut off at its last line", PATCH_HINT)
    return len(lines)


def _seems_cut(lines: Sequence[str]) -> bool:
    """Whether a patch that nothing closes ends inside of a change.

    Context below the last change shows that it came to its end, or a line for each removed one.
    """
    signs = "".join(line[:1] for line in lines if line.strip())
    change = signs[len(signs.rstrip("+-")) :]
    return signs[-1:] == "@" or (bool(change) and not 0 < change.count("-") <= change.count("+"))


def _check_after_fence(rest: Sequence[str]) -> None:
    """What follows a fence that ended a patch without its End must not belong to it."""
    following = next(
        (line for line in rest if BEGIN_PATCH.match(line) or END_PATCH.match(line)), ""
    )
    if END_PATCH.match(following) or (
        rest and rest[0][:1] in {"+", "-", " ", "@"} and rest[0].strip()
    ):
        raise EditError(
            "it is unclear where the patch's fence ends", "Use a fence of four backticks or more."
        )


def _read_edits(lines: Sequence[str], names: FileNames) -> list[Edit]:
    operations = _split_operations(lines)
    if not operations:
        raise EditError("the patch names no file", PATCH_HINT)
    edits: list[Edit] = []
    count = 0
    for operation in operations:
        name = operation.path.strip("`'\"")
        if operation.verb == "Add":
            edits.append(_read_new_file(names.resolve_name(name), operation.body))
            continue
        path = _path_of_update(name, names)
        if operation.verb == "Delete":
            edits.append(Removal(path, "the patch"))
        else:
            patch, count = _read_update(path, operation.body, count, names)
            edits.append(patch)
    return edits


def _path_of_update(name: str, names: FileNames) -> str:
    """The file a header means; models take git's `a/` and `b/` along."""
    path = names.path_of_existing(name)
    bare = re.sub(r"^[ab]/", "", name)
    return path if names.is_known(path) or not names.is_known(bare) else bare


def _split_operations(lines: Sequence[str]) -> list[_FileOperation]:
    operations: list[_FileOperation] = []
    for line in lines:
        if BEGIN_PATCH.match(line) or END_PATCH.match(line):
            continue
        if header := FILE_OPERATION.match(line):
            operations.append(_FileOperation(header[1], header[2].rstrip(), []))
        elif (
            UNKNOWN_OPERATION.match(line)
            and not MOVE_TO.match(line)
            and not END_OF_FILE.match(line)
        ):
            raise EditError(f"the patch has a line that is no operation: {line!r}", PATCH_HINT)
        elif operations:
            operations[-1].body.append(line)
        elif line.strip():
            raise EditError(f"the patch has a line before its first file: {line!r}", PATCH_HINT)
    return operations


def _read_new_file(path: str, body: list[str]) -> WholeFile:
    while body and not body[-1].strip():
        body = body[:-1]
    bad = next((line for line in body if line.strip() and line[0] != "+"), None)
    if bad is not None:
        raise EditError(f"a line of the new file {path} does not begin with +: {bad!r}", PATCH_HINT)
    # Every line of a new file has a `+`; a last one that is empty is the reply's, not the file's.
    lines = [line[1:] for line in body]
    if lines and not lines[-1]:
        lines.pop()
    text = "".join(line + "\n" for line in lines)
    return WholeFile(path, text, "the patch", creates=True, exact=True, overwrites=False)


def _read_update(path: str, body: list[str], count: int, names: FileNames) -> tuple[Patch, int]:
    move = ""
    if body and (to := MOVE_TO.match(body[0])):
        move, body = names.resolve_name(to[1].rstrip()), body[1:]
    hunks = []
    for anchors, lines, at_end in _split_chunks(body):
        count += 1
        hunks.append(_read_chunk(anchors, lines, f"patch chunk {count}", at_end=at_end))
    if not hunks and not move:
        raise EditError(f"the patch changes nothing in {path}", PATCH_HINT)
    return Patch(path, tuple(hunks), move_to=move, keeps_final_newline=False), count


def _split_chunks(body: list[str]) -> list[tuple[list[str], list[str], bool]]:
    """(anchors, lines, at the file's end) of every chunk."""
    chunks: list[tuple[list[str], list[str], bool]] = []
    anchors: list[str] = []
    lines: list[str] = []

    def flush(*, at_end: bool = False) -> None:
        nonlocal anchors, lines
        while lines and not lines[-1].strip() and lines[-1][:1] not in {"+", "-"}:
            lines.pop()
        if lines:
            chunks.append((anchors, lines, at_end))
            anchors = []
        lines = []

    for line in body:
        if line.startswith("@@"):
            flush()
            anchors = [*anchors, _read_anchor(line)]
        elif END_OF_FILE.match(line):
            flush(at_end=True)
        else:
            lines.append(line)
    flush()
    if anchors and any(anchor.strip() for anchor in anchors):
        raise EditError(
            f"the patch has an @@ line with nothing after it: {anchors[-1]!r}", PATCH_HINT
        )
    return chunks


def _read_anchor(line: str) -> str:
    text = line[2:].removeprefix(" ").rstrip()
    # Models mix the formats: a unified diff's header in a V4A patch keeps only its section heading.
    if re.match(r"^-\d+(?:,\d+)? \+\d+(?:,\d+)? @@", text):
        text = text.split("@@", 1)[1].strip()
    return text.removesuffix("@@").rstrip()


def _read_chunk(anchors: list[str], lines: list[str], label: str, *, at_end: bool) -> Hunk:
    tagged: list[Tagged] = []
    for line in lines:
        marked = line[:1] in {" ", "+", "-"}
        # A context line whose blank was forgotten is still one: nothing else can stand in a chunk.
        tag: Tag = line[0] if marked else " "  # type: ignore[assignment]
        tagged.append((tag, line[1:] if marked else line))
    named = tuple(anchors) if any(anchor.strip() for anchor in anchors) else ()
    evidence = Evidence(anchors=named, in_order=True, at_end=at_end)
    return Hunk(tuple(tagged), label, evidence, is_diff=True)
