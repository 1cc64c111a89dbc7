"""V4A patches: `*** Begin Patch`, then files to add, delete, update or move."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from runners.edits.model import Edit, EditError, Found, Hunk, Patch, Removal, Tag, Tagged, Whole
from runners.edits.reply_text import closer_above
from runners.edits.target_file import Names

BEGIN = re.compile(r"^\s*\*\*\* ?Begin Patch\s*$")
END = re.compile(r"^\s*\*\*\* ?End Patch\s*$")
SECTION = re.compile(r"^\s*\*\*\* ?(Add|Delete|Update) File:\s*(\S.*)$")
MOVE = re.compile(r"^\s*\*\*\* ?Move to:\s*(\S.*)$")
EOF = re.compile(r"^\s*\*\*\* ?End of File\s*$")
OTHER = re.compile(r"^\s*\*\*\* ?\w[\w ]*File\b")
SHAPE = (
    "Write *** Begin Patch, then *** Update File: PATH, then @@ and lines that begin with a "
    "blank, - or +, then *** End Patch."
)


@dataclass(slots=True)
class _Section:
    verb: str
    path: str
    body: list[str]


def begins(lines: Sequence[str]) -> int | None:
    return next((at for at in range(len(lines)) if opens(lines, at)), None)


def opens(lines: Sequence[str], at: int) -> bool:
    return bool(BEGIN.match(lines[at]) or SECTION.match(lines[at]))


def find(lines: Sequence[str], names: Names) -> Found:
    edits: list[Edit] = []
    spans = []
    at = begins(lines)
    while at is not None:
        past = _past(lines, at)
        edits += _edits(lines[at:past], names)
        spans.append((at, past))
        following = begins(lines[past:])
        at = past + following if following is not None else None
    return Found(tuple(edits), tuple(spans))


def _past(lines: Sequence[str], first: int) -> int:
    """Where the patch that begins at `first` ends."""
    begun = bool(BEGIN.match(lines[first]))
    closer = closer_above(lines, first)
    for at in range(first + 1, len(lines)):
        if END.match(lines[at]):
            return at + 1
        if closer is not None and lines[at].rstrip() == closer:
            _check_rest(lines[at + 1 :])
            return at
    if begun:
        raise EditError("the patch has no *** End Patch", f"It may have been cut off. {SHAPE}")
    return len(lines)


def _check_rest(rest: Sequence[str]) -> None:
    """What follows a fence that ended a patch without its End must not belong to it."""
    following = next((line for line in rest if BEGIN.match(line) or END.match(line)), "")
    if END.match(following) or (rest and rest[0][:1] in {"+", "-", " ", "@"} and rest[0].strip()):
        raise EditError(
            "it is unclear where the patch's fence ends", "Use a fence of four backticks or more."
        )


def _edits(lines: Sequence[str], names: Names) -> list[Edit]:
    sections = _sections(lines)
    if not sections:
        raise EditError("the patch names no file", SHAPE)
    edits: list[Edit] = []
    count = 0
    for section in sections:
        path = names.meant(section.path.strip("`'\""))
        if section.verb == "Add":
            edits.append(_added(path, section.body))
        elif section.verb == "Delete":
            edits.append(Removal(path, "the patch"))
        else:
            patch, count = _updated(path, section.body, count, names)
            edits.append(patch)
    return edits


def _sections(lines: Sequence[str]) -> list[_Section]:
    sections: list[_Section] = []
    for line in lines:
        if BEGIN.match(line) or END.match(line):
            continue
        if head := SECTION.match(line):
            sections.append(_Section(head[1], head[2].rstrip(), []))
        elif OTHER.match(line) and not MOVE.match(line) and not EOF.match(line):
            raise EditError(f"the patch has a line that is no operation: {line!r}", SHAPE)
        elif sections:
            sections[-1].body.append(line)
        elif line.strip():
            raise EditError(f"the patch has a line before its first file: {line!r}", SHAPE)
    return sections


def _added(path: str, body: list[str]) -> Whole:
    while body and not body[-1].strip():
        body = body[:-1]
    bad = next((line for line in body if line.strip() and line[0] != "+"), None)
    if bad is not None:
        raise EditError(f"a line of the new file {path} does not begin with +: {bad!r}", SHAPE)
    lines = [line[1:] for line in body]
    if lines and not lines[-1]:
        lines.pop()
    text = "".join(line + "\n" for line in lines)
    return Whole(path, text, "the patch", creates=True, exact=True)


def _updated(path: str, body: list[str], count: int, names: Names) -> tuple[Patch, int]:
    move = ""
    if body and (to := MOVE.match(body[0])):
        move, body = names.meant(to[1].rstrip()), body[1:]
    hunks = []
    for anchors, lines, at_end in _chunks(body):
        count += 1
        hunks.append(_hunk(anchors, lines, f"patch chunk {count}", at_end=at_end))
    if not hunks and not move:
        raise EditError(f"the patch changes nothing in {path}", SHAPE)
    return Patch(path, tuple(hunks), move_to=move, keeps_ends=False), count


def _chunks(body: list[str]) -> list[tuple[list[str], list[str], bool]]:
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
            anchors = [*anchors, _anchor(line)]
        elif EOF.match(line):
            flush(at_end=True)
        else:
            lines.append(line)
    flush()
    if anchors and any(anchor.strip() for anchor in anchors):
        raise EditError(f"the patch has an @@ line with nothing after it: {anchors[-1]!r}", SHAPE)
    return chunks


def _anchor(line: str) -> str:
    text = line[2:].removeprefix(" ").rstrip()
    if re.match(r"^-\d+(?:,\d+)? \+\d+(?:,\d+)? @@", text):
        text = text.split("@@", 1)[1].strip()
    return text.removesuffix("@@").rstrip()


def _hunk(anchors: list[str], lines: list[str], label: str, *, at_end: bool) -> Hunk:
    tagged: list[Tagged] = []
    for line in lines:
        marked = line[:1] in {" ", "+", "-"}
        tag: Tag = line[0] if marked else " "  # type: ignore[assignment]
        tagged.append((tag, line[1:] if marked else line))
    named = tuple(anchors) if any(anchor.strip() for anchor in anchors) else ()
    hunk = Hunk(tuple(tagged), label, anchors=named, diff=True, at_end=at_end, appends=True)
    return replace(hunk, appends=not hunk.old)
