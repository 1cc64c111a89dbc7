"""The definitions of a file as pieces of its lines, in every language that has an outline."""

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass

from bot.code import language_of, outline_file
from runners.edits.indent_depths import leading_whitespace

HASH_COMMENT_LANGUAGES = frozenset({"python", "ruby", "bash"})
ABOVE = re.compile(r"^\s*(?://|/\*|\*(?:[\s/]|$)|\*/|@\w|#!?\[|--\s|\[\w[^\]]*\]\s*$)")
"""Comments, attributes and annotations that belong to what stands below them."""
HASH_COMMENT = re.compile(r"^\s*#(?!!)")
IMPORT = re.compile(
    r"^(?:import\b|from\s+[\w.]+\s+import\b|use\s|using\s+[\w.=\s]+;|require(?:_relative|_once)?\b|"
    r"include(?:_once)?\b|#\s*include\b|(?:const|let|var)\s+[\w{},\s]+=\s*require\(|"
    r"export\s+[*{].*\bfrom\b)"
)
FUNCTION_KINDS = frozenset({"function", "method"})
HOLDER_KINDS = frozenset({"class", "type", "module"})


@dataclass(frozen=True, slots=True)
class Part:
    """`lines[first:past]` of a file, counted from 0; from `head` on with what is said above it.

    `path` is its name after those of what holds it.
    """

    path: str
    owner: str
    kind: str
    head: int
    first: int
    past: int

    @property
    def name(self) -> str:
        return self.path.rpartition(".")[2]


@dataclass(frozen=True, slots=True)
class LineSplice:
    """`lines` take the place of those from `first` up to `past`, counted from 0."""

    first: int
    past: int
    lines: tuple[str, ...]


def list_parts(path: str, lines: Sequence[str]) -> list[Part]:
    """In order, the outer before the inner; without constants and what is inside of functions."""
    body = ("\n".join(lines) + "\n").encode("utf-8", "replace")
    hashes = language_of(path, body) in HASH_COMMENT_LANGUAGES
    found: list[Part] = []
    inside: set[str] = set()
    for each in outline_file(path, body).symbols:
        name = f"{each.owner}.{each.name}" if each.owner else each.name
        if each.owner in inside or each.kind in FUNCTION_KINDS:
            inside.add(name)
        if each.owner in inside or each.kind in {"constant", "heading"}:
            continue
        first = each.first - 1
        head = _find_head(lines, first, hashes=hashes)
        found.append(Part(name, each.owner, each.kind, head, first, each.last))
    return found


def _find_head(lines: Sequence[str], first: int, *, hashes: bool) -> int:
    margin = leading_whitespace(lines[first])
    head = first
    while head:
        above = lines[head - 1]
        known = ABOVE.match(above) or (hashes and HASH_COMMENT.match(above))
        if not known or not above.startswith(margin):
            break
        head -= 1
    return head


def import_lines(lines: Sequence[str]) -> list[int]:
    """Where imports stand that fit on one line, from 0."""
    return [at for at, line in enumerate(lines) if IMPORT.match(line)]


def move_margin(lines: Sequence[str], margin: str) -> tuple[str, ...]:
    """The lines with `margin` in place of the first one's; lines that lack that one stay."""
    own = leading_whitespace(lines[0]) if lines else ""
    return tuple(
        margin + line.removeprefix(own) if line.strip() and line.startswith(own) else line
        for line in lines
    )


def apply_line_splices(lines: Sequence[str], splices: Sequence[LineSplice]) -> list[str] | None:
    """None where two of them want the same lines."""
    result = list(lines)
    ordered = sorted(enumerate(splices), key=lambda each: (each[1].first, each[1].past, each[0]))
    for (_, one), (_, other) in itertools.pairwise(ordered):
        if one.past > other.first:
            return None
    # From the end, so that the numbers of the lines above stay right.
    for _, splice in reversed(ordered):
        result[splice.first : splice.past] = splice.lines
    return result
