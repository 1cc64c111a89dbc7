"""Which lines of a commit have a word: literally, as a whole word, as `git grep -w -F` reads it."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from bot.models.token_estimate import estimate_tokens
from bot.text.escape import fence_section
from bot.text.invisible import make_printable
from runners.planning.shown_lines import Shown, ShownLines

MAX_LINES = 40
MAX_LINES_OF_FILE = 8
MAX_FILES = 25
"""Files that are read for it; the others are named."""
MAX_NAMED_FILES = 12
MAX_LINE_CHARS = 160
MAX_GREP_TOKENS = 1500


@dataclass(frozen=True, slots=True)
class FoundLine:
    path: str
    number: int
    text: str

    @property
    def row(self) -> str:
        return f"{make_printable(self.path)}:{self.number}: {self._cut}"

    @property
    def _cut(self) -> str:
        return self.text if self.is_whole else f"{self.text[:MAX_LINE_CHARS]} ..."

    @property
    def is_whole(self) -> bool:
        return len(self.text) <= MAX_LINE_CHARS


def show_word(
    word: str,
    paths: Sequence[str],
    read_lines: Callable[[str], Sequence[str] | None],
    budget: int,
) -> Shown:
    """The lines with `word` in `paths`, which all have it, those that matter most first."""
    name = make_printable(word)
    if not paths:
        return Shown(f"No line has `{name}` as a whole word.")
    found, more = _find_lines(word, paths[:MAX_FILES], read_lines)
    if not found:
        named = ", ".join(map(make_printable, paths[:MAX_NAMED_FILES]))
        return Shown(f"No line with `{name}` can be shown: {named}.")
    kept = _fit(found[:MAX_LINES], min(budget, MAX_GREP_TOKENS) - 80)
    more += len(found) - len(kept)
    text = fence_section(f"Lines with `{name}`:", "\n".join(each.row for each in kept))
    said = _describe_rest(name, paths[MAX_FILES:], more)
    lines = tuple(ShownLines(each.path, each.number, each.number) for each in kept if each.is_whole)
    return Shown("\n\n".join(filter(None, (text, said))), lines)


def _find_lines(
    word: str, paths: Sequence[str], read_lines: Callable[[str], Sequence[str] | None]
) -> tuple[list[FoundLine], int]:
    """Some of each file, and how many more there are."""
    pattern = re.compile(rf"(?<!\w){re.escape(word)}(?!\w)")
    found: list[FoundLine] = []
    more = 0
    for path in paths:
        lines = enumerate(read_lines(path) or (), start=1)
        here = [FoundLine(path, number, text) for number, text in lines if pattern.search(text)]
        found += here[:MAX_LINES_OF_FILE]
        more += len(here[MAX_LINES_OF_FILE:])
    return found, more


def _fit(found: Sequence[FoundLine], budget: int) -> list[FoundLine]:
    kept: list[FoundLine] = []
    for each in found:
        budget -= estimate_tokens(f"{each.row}\n")
        if budget < 0:
            break
        kept.append(each)
    return kept


def _describe_rest(name: str, others: Sequence[str], more: int) -> str:
    told = [f"{more} more lines have it"] if more else []
    if others:
        named = ", ".join(map(make_printable, others[:MAX_NAMED_FILES]))
        dots = ", ..." if len(others) > MAX_NAMED_FILES else ""
        told.append(f"{len(others)} more files have it: {named}{dots}")
    return f"{'; '.join(told)}. Ask for `grep {name} FOLDER/` or a file." if told else ""
