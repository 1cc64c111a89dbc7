"""The tool that searches the files of a tree, for a text or a regular expression."""

import time
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from fnmatch import fnmatchcase

from bot.git.objects import Entry
from bot.git.repo import Repo
from bot.text.plain_text import decode_text
from bot.text.visible_markdown import show_file_text
from runners.tool_use.match_lines import (
    ExpressionError,
    FindLines,
    OutOfTimeError,
    find_text,
    open_expression,
)
from runners.tool_use.read_calls import SearchText
from runners.tool_use.readable import MAX_FILE_BYTES, is_kept_back
from runners.tool_use.turns import ToolResult

MAX_SECONDS = 10.0
"""Of one search. What it came to is recorded, so that a replay needs no clock."""
MAX_HITS = 50
MAX_FILES_AT_ONCE, MAX_BYTES_AT_ONCE = 200, 16 << 20
MAX_SHOWN_CHARACTERS = 300
"""Of a line with a hit."""


def search_files(repo: Repo, tree: str, asked: SearchText, room: int) -> ToolResult:
    """`room` is in characters."""
    what = repr(asked.text if len(asked.text) <= 40 else f"{asked.text[:40]}...")  # noqa: PLR2004
    where = f" in {asked.path}" if asked.path else ""
    told = f"search {what}{where}"
    hits, end = list[str](), ""
    opened: AbstractContextManager[FindLines] = nullcontext(find_text(asked.text))
    if asked.regex:
        opened = open_expression(asked.text, MAX_SECONDS)
    try:
        with opened as find:
            for hit in _find_hits(repo, tree, asked.path, find, time.monotonic() + MAX_SECONDS):
                room -= len(hit) + 1
                if len(hits) == MAX_HITS or room < 0:
                    end = "There are more: name a path, or search for more of the line."
                    break
                hits.append(hit)
    except ExpressionError as exc:
        return ToolResult(f"{told}: not searched", str(exc), failed=True)
    except OutOfTimeError:
        end = f"It was stopped after {MAX_SECONDS:g} seconds: name a path, or a simpler text."
    count = f"{len(hits)}{' or more' if end else ''} line{'s' if len(hits) != 1 else ''}"
    none = "Nothing was found." if not hits and not end else ""
    text = "\n".join(filter(None, (*hits, none, end)))
    return ToolResult(f"{told}: {count}", text, failed=bool(end and not hits))


def _find_hits(repo: Repo, tree: str, path: str, find: FindLines, until: float) -> Iterator[str]:
    entries = repo.list_entries(tree)
    wanted = [(name, entry) for name, entry in entries.items() if _is_wanted(name, entry, path)]
    for some in _list_batches(wanted):
        blobs = repo.read_blobs(dict.fromkeys(entry.sha for _, entry in some))
        for name, entry in some:
            if time.monotonic() > until:
                raise OutOfTimeError
            yield from _find_in_file(name, blobs.get(entry.sha, b""), find)


def _list_batches(wanted: Sequence[tuple[str, Entry]]) -> Iterator[list[tuple[str, Entry]]]:
    """So many files at a time as are held in memory."""
    batch, size = list[tuple[str, Entry]](), 0
    for name, entry in wanted:
        if batch and (len(batch) == MAX_FILES_AT_ONCE or size + entry.size > MAX_BYTES_AT_ONCE):
            yield batch
            batch, size = [], 0
        batch.append((name, entry))
        size += entry.size
    if batch:
        yield batch


def _is_wanted(name: str, entry: Entry, path: str) -> bool:
    readable = entry.kind == "file" and 0 <= entry.size <= MAX_FILE_BYTES
    return readable and not is_kept_back(name) and _matches_path(name, path)


def _matches_path(name: str, path: str) -> bool:
    path = path.removeprefix("./").rstrip("/")
    return (
        path in {"", "."} or name == path or name.startswith(f"{path}/") or fnmatchcase(name, path)
    )


def _find_in_file(name: str, data: bytes, find: FindLines) -> Iterator[str]:
    if (text := decode_text(data)) is None:
        return
    shown = show_file_text(name, text)
    lines = shown.split("\n")
    for number in find(shown):
        yield f"{name}:{number}: {lines[number - 1].strip()[:MAX_SHOWN_CHARACTERS]}"
