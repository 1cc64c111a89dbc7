"""Proving what a text is: a version of a file, or an example, an answer, a call of a tool."""

import json
import re
from collections import Counter
from collections.abc import Sequence

from runners.edits.definition_lines import find_definitions
from runners.edits.file_names import FileNames
from runners.edits.file_pieces import HALF, covers_file
from runners.edits.match_typos import clean_body
from runners.edits.text_file import load_text

COMMON_NAMES = frozenset(
    {"main", "new", "init", "setup", "run", "test", "default", "get", "set", "render", "toString"}
)
"""Definitions that any file may have."""
MAX_CALL_KEYS = 4
# What stands above a fence that shows how something is used, or what comes of it.
EXAMPLE = re.compile(
    r"\b(?:answers?|responds?|responses?|replies|outputs?|prints?|returns?|results?|usage|use|run|"
    r"runs|running|examples?|e\.g\.|requests?|looks? like|instance|try|test it|logs?|call it|"
    r"shows?|would|gives?|yields?|becomes available|invoke|execute)\b",
    re.IGNORECASE,
)
FILE_WORD = re.compile(
    r"\b(?:file|updated?|complete|full|fixed|corrected|changed|new|final|whole|revised|modified)\b",
    re.IGNORECASE,
)
LEAST_KNOWN_SHARE = 0.3
"""Of the lines of a new version, where definitions show too which file it is."""
SAME_WORDS_SHARE = 0.75
MOST = 0.7
MAX_GROWTH, MAX_STUB_GROWTH = 4, 10
"""Times as many lines, at most, in a version of a short text, and of stubs of its definitions."""
MIN_WORDS = 8
WORD = re.compile(r"[^\W\d_]{2,}")
TELLING = re.compile(r"\w\W*\w\W*\w")
"""Brackets and short words may stand in any file and prove nothing."""
CALL_KEYS = frozenset(
    {"arguments", "parameters", "input", "args", "tool", "tool_calls", "function"}
)
"""Keys of a tool's call in JSON: https://platform.openai.com/docs/guides/function-calling"""


def read_bodies(path: str, names: FileNames) -> list[str]:
    return load_text(names.read(path), path).bodies if names.file_exists(path) else []


def is_version(path: str, body: Sequence[str], names: FileNames) -> bool:
    """Whether a text plainly is the file: most of what tells it from others is there."""
    before = read_bodies(path, names)
    clean = clean_body(list(body), before)
    old_names = set(find_definitions(before))
    if old_names and not covers_file(before, clean):
        return False
    old, new = (Counter(filter(TELLING.search, map(str.strip, text))) for text in (before, clean))
    kept = (old & new).total()
    defines_all = old_names - COMMON_NAMES and old_names <= set(find_definitions(clean))
    if defines_all and new.total() <= MAX_STUB_GROWTH * old.total():
        return True
    least_new = LEAST_KNOWN_SHARE if old_names else HALF
    if old and kept >= HALF * old.total() and kept >= least_new * new.total():
        return True
    # A short file that grows: most of it is there.
    if 1 < old.total() >= new.total() / MAX_GROWTH and kept >= MOST * old.total():
        return True
    # Most lines of a list of versions may change, and hardly any of its words.
    words = [Counter(WORD.findall("\n".join(text))) for text in (before, clean)]
    most = max(words[0].total(), words[1].total())
    return most >= MIN_WORDS and (words[0] & words[1]).total() >= SAME_WORDS_SHARE * most


def is_example(lead: str, body: Sequence[str]) -> bool:
    """Whether the words above a text, or its own form, say that it shows something else."""
    shown = EXAMPLE.search(lead) and not FILE_WORD.search(lead)
    return bool(shown) or is_tool_call("\n".join(body))


def is_tool_call(text: str) -> bool:
    if not text.lstrip().startswith("{"):
        return False
    try:
        read = json.loads(text)
    except (ValueError, RecursionError):
        return False
    return isinstance(read, dict) and bool(CALL_KEYS & set(read)) and len(read) <= MAX_CALL_KEYS
