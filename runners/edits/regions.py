"""The parts of a file that an anchor of a patch, or the heading of a diff's hunk, names."""

from bisect import bisect_left
from collections.abc import Sequence

from runners.edits.file_lines import FileLines
from runners.edits.model import EditError
from runners.edits.reply_limits import count_work

MAX_REGIONS = 1_000
"""A chain of anchors that fits more regions than this is refused as ambiguous."""
MAX_ANCHORS = 20
ANCHOR_HINT = "Name the class or function the change is in by its own line."

Region = tuple[int, int]
"""The first line below the one that opens it, counted from 0, and the line past its last."""


def find_regions(anchors: Sequence[str], file: FileLines) -> list[Region]:
    """Regions that the chain of anchors names, outermost first."""
    key = tuple(anchors)
    if key not in file.regions:
        file.regions[key] = _search_regions(key, file)
    return file.regions[key]


def _search_regions(anchors: Sequence[str], file: FileLines) -> list[Region]:
    # Several @@ lines name a class and then a method in it, each inside the one before:
    # https://github.com/openai/codex/blob/main/codex-rs/apply-patch/apply_patch_tool_instructions.md
    found = [(0, len(file.bodies))]
    if len(anchors) > MAX_ANCHORS:
        raise EditError(f"{len(anchors)} lines of @@ for one chunk", ANCHOR_HINT)
    for anchor in anchors:
        inner: dict[Region, None] = {}
        for start, end in found:
            for at in _find_named(anchor, file, start, end):
                inner[at + 1, _block_end(at, file.bodies, end)] = None
                if len(inner) > MAX_REGIONS:
                    raise EditError(f"the line @@ {anchor} stands in too many places", ANCHOR_HINT)
        found = list(inner)
    return found


def _find_named(anchor: str, file: FileLines, start: int, end: int) -> list[int]:
    """Lines that an anchor names: as it is, else but for its margin, else by its first words."""
    for key in (str.rstrip, str.strip):
        if lines := _within(file.find([anchor], key), start, end):
            return lines
    count_work(end - start)
    return [at for at in range(start, end) if _begins_with_words(file.bodies[at], anchor)]


def _begins_with_words(body: str, anchor: str) -> bool:
    """A name without what stands behind it: `class A` for `class A(B):`."""
    rest = body.strip().removeprefix(anchor.strip())
    return rest != body.strip() and not (rest[:1].isalnum() or rest[:1] == "_")


def _within(lines: list[int], start: int, end: int) -> list[int]:
    return lines[bisect_left(lines, start) : bisect_left(lines, end)]


def is_inside(at: int, past: int, regions: Sequence[Region]) -> bool:
    return any(first <= at and past <= end for first, end in regions)


def _block_end(at: int, bodies: Sequence[str], end: int) -> int:
    """Where the block that line `at` opens ends: at the next line indented no deeper.

    A line that opens no block reaches to the end.
    """
    depth = _indent_width(bodies[at])
    first_inner = next((b for b in bodies[at + 1 : end] if b.strip()), "")
    if not first_inner or _indent_width(first_inner) <= depth:
        return end
    for line in range(at + 1, end):
        body = bodies[line]
        # A closing bracket at that depth ends a signature of several lines, or the block itself.
        if body.strip() and _indent_width(body) <= depth and body.strip()[0] not in ")]}":
            count_work(line - at)
            return line
    count_work(end - at)
    return end


def _indent_width(body: str) -> int:
    plain = body.expandtabs(4)
    return len(plain) - len(plain.lstrip())


def find_heading_lines(heading: str, bodies: Sequence[str]) -> list[int]:
    """Lines, from 0, that a hunk's heading may be; git shortens it, so they only begin so."""
    # https://git-scm.com/docs/gitattributes#_defining_a_custom_hunk_header
    text = heading.strip()
    if not any(map(str.isalnum, text)):
        return []
    count_work(len(bodies))
    return [at for at, body in enumerate(bodies) if body.strip().startswith(text)]


def heading_fits(heading: str, at: int, past: int, bodies: Sequence[str]) -> bool | None:
    """Whether the heading is that of the lines from `at`; None when it names no line at all.

    That is the line which git would take, or one whose block holds them, or one of themselves.
    """
    if not any(map(str.isalnum, heading)):
        return None
    above = _last_heading(at, bodies)
    near = [*range(at, past), *([] if above is None else [above])]
    if any(bodies[line].strip().startswith(heading.strip()) for line in near):
        return True
    lines = find_heading_lines(heading, bodies)
    if not lines:
        return None
    return any(line < at < _block_end(line, bodies, len(bodies)) for line in lines)


def _last_heading(at: int, bodies: Sequence[str]) -> int | None:
    """The line above that git takes for the heading of a hunk."""
    # By default it begins with a letter, an underscore or a dollar sign:
    # https://git-scm.com/docs/gitattributes#_defining_a_custom_hunk_header
    for line in range(at - 1, -1, -1):
        if bodies[line][:1].isalpha() or bodies[line][:1] in {"_", "$"}:
            return line
    return None
