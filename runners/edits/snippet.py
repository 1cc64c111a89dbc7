"""Whether a fence that names no file is only a snippet of the task's file."""

import json
import re
from collections.abc import Sequence

from runners.edits.completeness import HALF, PIECE, breaks, definitions
from runners.edits.languages import FENCING, ending

HEAD = re.compile(r"^[^\s=:{(<>,;]+(?: [^\s=:{(<>,;]+){0,3}")
PYTHON = (".py", ".pyi")
LEAST = 3
"""Lines a file must have before anything can be a piece of it."""


def snippet(path: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Why it looks like a piece of the file; empty for a new version of the whole."""
    old, new = _filled_lines(before), _filled_lines(after)
    if (
        ending(path) in FENCING
        and old
        and new
        and old[0].startswith("# ")
        and new[0].startswith("##")
    ):
        return f"it begins with {new[0][:60]!r}"
    if len(old) < LEAST or len(new) >= len(old):
        return _unread(path, before, after)
    there = f"{len(new)} lines where the file has {len(old)}"
    if len(new) < HALF * len(old) and _is_slice(old, new):
        return f"it quotes {there}"
    had, has = _landmarks(path, before), set(_landmarks(path, after))
    gone = [name for name in (*had[:1], *had[-1:]) if name not in has] if had[1:] else []
    headless = path.endswith(PYTHON) and old[0] not in new and had[-1:] == gone
    if len(gone) > 1 or (gone and (headless or len(new) < PIECE * len(old))):
        lost = ", ".join([name for name in had if name not in has][:5])
        return f"it leaves out {lost}: {there}"
    return _unread(path, before, after)


def _unread(path: str, before: Sequence[str], after: Sequence[str]) -> str:
    """A snippet of JSON or TOML alone is neither."""
    broken = not path.endswith(PYTHON) and breaks(
        path, "\n".join(before) + "\n", "\n".join(after) + "\n"
    )
    return "alone it is not well-formed" if broken else ""


def _is_slice(old: list[str], new: list[str]) -> bool:
    return any(old[at : at + len(new)] == new for at in range(len(old) - len(new) + 1))


def _landmarks(path: str, lines: Sequence[str]) -> list[str]:
    """What a file consists of at its outermost, in order: definitions, keys, targets, headings."""
    if path.endswith(".json"):
        return _keys("\n".join(lines))
    if names := definitions([line for line in lines if not line[:1].isspace()]):
        return names
    heads = [HEAD.match(line) for line in lines if not line.startswith(("//", "/*", " *"))]
    return [head[0] for head in heads if head and re.search(r"\w", head[0])]


def _keys(text: str) -> list[str]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return list(read) if isinstance(read, dict) else []


def _filled_lines(lines: Sequence[str]) -> list[str]:
    return [line.strip() for line in lines if line.strip()]
