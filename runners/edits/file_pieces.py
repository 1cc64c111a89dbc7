"""Whether a text looks like a piece of a file: by its size, its parts, its edges."""

import json
import re
from collections import Counter
from collections.abc import Sequence

from runners.edits.definition_lines import find_definitions
from runners.edits.line_gaps import strip_filled
from runners.edits.reply_text import FENCED_EXTENSIONS, file_extension
from runners.edits.text_end import breaks_syntax

MIN_SIZED_LINES = 12
"""In a file with fewer lines, a shorter answer is no evidence that anything is missing."""
MAX_PIECE_SHARE = 0.7
HALF = 0.5
FIRST_WORDS = re.compile(r"^[^\s=:{(<>,;]+(?: [^\s=:{(<>,;]+){0,3}")
PYTHON = (".py", ".pyi")
MIN_FILE_LINES = 3
"""Lines a file must have before anything can be a piece of it."""


def describe_size(before: Sequence[str], after: Sequence[str]) -> str:
    new_size, old_size = count_filled(after), count_filled(before)
    small = old_size >= MIN_SIZED_LINES and new_size < HALF * old_size
    if small and share_kept(before, after) < HALF:
        return f"it has {new_size} lines where the file has {old_size}"
    return ""


def share_kept(before: Sequence[str], after: Sequence[str]) -> float:
    """The share of non-blank lines of `before` that `after` still has."""
    old, new = Counter(strip_filled(before)), Counter(strip_filled(after))
    total = old.total()
    return (old & new).total() / total if total else 1.0


def describe_missing_part(before: Sequence[str], after: Sequence[str]) -> str:
    """Why `after` looks like a piece of the file rather than the file; empty when it does not."""
    old_names, new_names = find_definitions(before), set(find_definitions(after))
    lost = [name for name in dict.fromkeys(old_names) if name not in new_names]
    new_size, old_size = count_filled(after), count_filled(before)
    still_called = [name for name in lost if _calls(after, name)]
    names = ", ".join((still_called or lost)[:5])
    if still_called and share_kept(before, after) < 1 - len(still_called) / (old_size + 1):
        return f"it leaves out {names}, which it still uses"
    if lost and len(lost) >= HALF * len(set(old_names)) and new_size < MAX_PIECE_SHARE * old_size:
        return f"it leaves out {names}: {new_size} lines where the file has {old_size}"
    if (
        lost
        and new_size < old_size
        and not set(_first_lines(before)) & {line.strip() for line in after}
    ):
        return f"it leaves out {names} and the file's first lines"
    return describe_size(before, after)


def covers_file(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether `after` is plainly a version of the whole of `before`."""
    old_names, new_names = set(find_definitions(before)), set(find_definitions(after))
    if old_names:
        return len(old_names & new_names) > HALF * len(old_names) and not describe_missing_part(
            before, after
        )
    return share_kept(before, after) >= HALF


def _calls(lines: Sequence[str], name: str) -> bool:
    # A call on any other object may be of another method that has the same name.
    word = re.compile(rf"(?:(?<![\w.])|\b(?:self|this|cls)\.){re.escape(name)}\s*\(")
    return any(word.search(line) for line in lines)


def _first_lines(lines: Sequence[str]) -> list[str]:
    return strip_filled(lines)[:3]


def count_filled(lines: Sequence[str]) -> int:
    return sum(1 for line in lines if line.strip())


def describe_snippet(path: str, before: Sequence[str], after: Sequence[str]) -> str:
    """Why it looks like a piece of the file; empty for a new version of the whole."""
    old, new = strip_filled(before), strip_filled(after)
    if (
        file_extension(path) in FENCED_EXTENSIONS
        and old
        and new
        # The file has a title and the reply begins with a section: https://spec.commonmark.org/0.31.2/#atx-headings
        and old[0].startswith("# ")
        and new[0].startswith("##")
    ):
        return f"it begins with {new[0][:60]!r}"
    if len(old) < MIN_FILE_LINES or len(new) >= len(old):
        return _describe_malformed(path, before, after)
    sizes = f"{len(new)} lines where the file has {len(old)}"
    if len(new) < HALF * len(old) and _is_slice(old, new):
        return f"it quotes {sizes}"
    old_names, new_names = _outermost_names(path, before), set(_outermost_names(path, after))
    missing_edges = (
        [name for name in (*old_names[:1], *old_names[-1:]) if name not in new_names]
        if old_names[1:]
        else []
    )
    headless = path.endswith(PYTHON) and old[0] not in new and old_names[-1:] == missing_edges
    if len(missing_edges) > 1 or (
        missing_edges and (headless or len(new) < MAX_PIECE_SHARE * len(old))
    ):
        lost = ", ".join([name for name in old_names if name not in new_names][:5])
        return f"it leaves out {lost}: {sizes}"
    return _describe_malformed(path, before, after)


def _describe_malformed(path: str, before: Sequence[str], after: Sequence[str]) -> str:
    """A snippet of JSON or TOML alone is neither."""
    broken = not path.endswith(PYTHON) and breaks_syntax(
        path, "\n".join(before) + "\n", "\n".join(after) + "\n"
    )
    return "alone it is not well-formed" if broken else ""


def _is_slice(old: list[str], new: list[str]) -> bool:
    return any(old[at : at + len(new)] == new for at in range(len(old) - len(new) + 1))


def _outermost_names(path: str, lines: Sequence[str]) -> list[str]:
    """What a file consists of at its outermost, in order: definitions, keys, targets, headings."""
    if path.endswith(".json"):
        return _json_keys("\n".join(lines))
    if names := find_definitions([line for line in lines if not line[:1].isspace()]):
        return names
    headings = [
        FIRST_WORDS.match(line) for line in lines if not line.startswith(("//", "/*", " *"))
    ]
    return [head[0] for head in headings if head and re.search(r"\w", head[0])]


def _json_keys(text: str) -> list[str]:
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return []
    return list(read) if isinstance(read, dict) else []
