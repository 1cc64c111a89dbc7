"""The tool that searches the files of a tree, for a text or a regular expression."""

import time
from collections.abc import Callable, Iterator, Sequence
from fnmatch import fnmatchcase

import regex

from bot.git.objects import Entry
from bot.git.repo import Repo
from bot.text.plain_text import decode_text
from bot.text.visible_markdown import show_file_text
from runners.tool_use.read_calls import SearchText
from runners.tool_use.readable import MAX_FILE_BYTES, is_kept_back
from runners.tool_use.turns import ToolResult

MAX_SECONDS = 10.0
"""Of one search. What it came to is recorded, so that a replay needs no clock."""
MAX_HITS = 50
MAX_FILES_AT_ONCE, MAX_BYTES_AT_ONCE = 200, 16 << 20
MAX_SHOWN_CHARACTERS = 300
"""Of a line with a hit."""

Finder = Callable[[str], bool]


class _OutOfTimeError(Exception):
    pass


def search_files(repo: Repo, tree: str, asked: SearchText, room: int) -> ToolResult:
    """`room` is in characters."""
    what = repr(asked.text if len(asked.text) <= 40 else f"{asked.text[:40]}...")  # noqa: PLR2004
    where = f" in {asked.path}" if asked.path else ""
    told = f"search {what}{where}"
    until = time.monotonic() + MAX_SECONDS
    try:
        find = _make_finder(asked, until)
    except regex.error as exc:
        return ToolResult(f"{told}: no expression", f"not a regular expression: {exc}", failed=True)
    hits, end = list[str](), ""
    try:
        for hit in _find_hits(repo, tree, asked.path, find, until):
            room -= len(hit) + 1
            if len(hits) == MAX_HITS or room < 0:
                end = "There are more: name a path, or search for more of the line."
                break
            hits.append(hit)
    except (_OutOfTimeError, TimeoutError):
        end = f"It was stopped after {MAX_SECONDS:g} seconds: name a path, or a simpler text."
    count = f"{len(hits)}{' or more' if end else ''} line{'s' if len(hits) != 1 else ''}"
    none = "Nothing was found." if not hits and not end else ""
    text = "\n".join(filter(None, (*hits, none, end)))
    return ToolResult(f"{told}: {count}", text, failed=bool(end and not hits))


def _make_finder(asked: SearchText, until: float) -> Finder:
    """Raises regex.error. Raises TimeoutError where an expression goes on for ever."""
    if not asked.regex:
        return lambda line: asked.text in line
    pattern = regex.compile(asked.text)
    return lambda line: bool(pattern.search(line, timeout=max(until - time.monotonic(), 0.01)))


def _find_hits(repo: Repo, tree: str, path: str, find: Finder, until: float) -> Iterator[str]:
    entries = repo.list_entries(tree)
    wanted = [(name, entry) for name, entry in entries.items() if _is_wanted(name, entry, path)]
    for some in _list_batches(wanted):
        blobs = repo.read_blobs(dict.fromkeys(entry.sha for _, entry in some))
        for name, entry in some:
            if time.monotonic() > until:
                raise _OutOfTimeError
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


def _find_in_file(name: str, data: bytes, find: Finder) -> Iterator[str]:
    text = decode_text(data)
    if text is None:
        return
    for number, line in enumerate(show_file_text(name, text).split("\n"), 1):
        if find(line):
            shown = line.strip()[:MAX_SHOWN_CHARACTERS]
            yield f"{name}:{number}: {shown}"
