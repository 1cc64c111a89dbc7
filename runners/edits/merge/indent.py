"""Move lines of Python to another depth without touching what its strings hold."""

import io
import tokenize
from collections.abc import Iterator, Sequence

from runners.edits.match_indent import margin
from runners.edits.merge.errors import UnclearError
from runners.edits.model import shared

OPENS = frozenset(
    getattr(tokenize, name)
    for name in ("FSTRING_START", "TSTRING_START")
    if hasattr(tokenize, name)
)
CLOSES = frozenset(
    getattr(tokenize, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(tokenize, name)
)
LAYOUT = frozenset(
    [tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT]
)
BROKEN = (tokenize.TokenError, SyntaxError, ValueError)


def moved(lines: Sequence[str], indent: str = "") -> tuple[str, ...]:
    """The lines with their common margin replaced by `indent`; what a string holds stays.

    Docstrings move along where they have the margin. Raises UnclearError for no Python.
    """
    held = _held(lines)
    free = [line for at, line in enumerate(lines) if at not in held and line.strip()]
    leads = [margin(line) for line in free] or [""]
    lead = min(leads)[: shared(min(leads), max(leads))]
    return tuple(
        line if at in held else indent + line[len(lead) :] if line.strip() else ""
        for at, line in enumerate(lines)
    )


def _held(lines: Sequence[str]) -> set[int]:
    """Lines, from 0, that begin inside of a string."""
    held: set[int] = set()
    first = next((line for line in lines if line.strip()), "")
    lead = margin(first)
    for start, past, bare in _strings("\n".join(lines) + "\n"):
        inside = range(start, past)
        if not bare or any(lines[at].strip() and not lines[at].startswith(lead) for at in inside):
            held.update(inside)
    return held


def _strings(text: str) -> Iterator[tuple[int, int, bool]]:
    """(first line inside, past the last, whether it is a statement of its own) of each string."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except BROKEN as exc:
        raise UnclearError("not Python") from exc
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.type in OPENS:
            opened.append(token.start[0])
        elif token.type in CLOSES:
            yield opened.pop(), token.end[0], False
        elif token.type == tokenize.STRING:
            before = tokens[at - 1].type if at else tokenize.NEWLINE
            bare = before in LAYOUT and tokens[at + 1].type == tokenize.NEWLINE
            yield token.start[0], token.end[0], bare
