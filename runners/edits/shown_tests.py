"""Taking out tests that a model was shown and copied into a file of code."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from pathlib import PurePosixPath

from bot.code import parses_cleanly
from bot.repo_map.files import TEST_PATHS
from runners.edits.definition_parts import import_lines
from runners.edits.line_gaps import find_gaps
from runners.edits.model import Read
from runners.edits.reply_limits import count_work
from runners.edits.text_file import dump_text, load_text

OPENER = re.compile(
    r"^\s*(?:(?:async\s+)?def\s+test|class\s+\w*Tests?\b|@(?:pytest|Test|ParameterizedTest)\b|"
    r"#\[(?:cfg\()?(?:tokio::)?test|(?:it|test|describe|context|suite)(?:\.\w+)*\s*\(|"
    r"(?:it|test|describe|context)\s+[\"']|func\s+(?:\([^)]*\)\s*)?(?:Test|Benchmark)\w*\(|"
    r"RSpec\.describe|(?:public\s+)?(?:void|function)\s+test\w*\(|mod\s+tests?\s*\{)"
)
PYTHON_CLASS = re.compile(r"([ \t]*)class\s[^:#]*:[ \t]*$")
MIN_LINES = 2
"""Filled lines that a copy has at least."""


def drop_shown_tests(
    files: Mapping[str, bytes | None], read: Read, shown: Sequence[str]
) -> dict[str, bytes | None]:
    """The changed files, those of tests aside, without what is a copy of a shown test."""
    texts = [[line.strip() for line in text.splitlines() if line.strip()] for text in shown]
    return {
        path: data if data is None or TEST_PATHS.search(path) else _clean(path, data, read, texts)
        for path, data in files.items()
    }


def _clean(path: str, data: bytes, read: Read, texts: Sequence[Sequence[str]]) -> bytes:
    text, before = load_text(data, path), load_text(read(path), path).bodies
    after = text.bodies
    added = [at for gap in find_gaps(before, after) for at in range(gap.new_first, gap.new_past)]
    copied = {at for shown in texts for at in _find_copies(after, added, shown)}
    if not copied:
        return data
    copied |= set(_emptied_classes(after, added, copied))
    stem = PurePosixPath(path).stem
    copied |= _idle_imports(after, added, copied, texts, stem)
    copied |= _blank_beside(after, added, copied)
    kept = [line for at, line in enumerate(text.lines) if at not in copied]
    result = dump_text(replace(text, lines=tuple(kept)))
    return data if parses_cleanly(path, data) and not parses_cleanly(path, result) else result


def _find_copies(lines: Sequence[str], added: Sequence[int], shown: Sequence[str]) -> Iterator[int]:
    """Added lines that stand in the shown text, one after the other, from a test's first on."""
    filled = [at for at in added if lines[at].strip()]
    starts: dict[str, list[int]] = {}
    for at, line in enumerate(shown):
        starts.setdefault(line, []).append(at)
    number = 0
    while number < len(filled):
        line = lines[filled[number]]
        places = starts.get(line.strip(), ()) if OPENER.match(line) else ()
        size = max((_count_equal(lines, filled[number:], shown[at:]) for at in places), default=0)
        if size >= MIN_LINES:
            yield from filled[number : number + size]
        number += max(1, size if size >= MIN_LINES else 1)


def _emptied_classes(lines: Sequence[str], added: Sequence[int], copied: set[int]) -> Iterator[int]:
    """Added first lines of Python classes whose whole body was copied."""
    for at in added:
        if at in copied or not (header := PYTHON_CLASS.match(lines[at])):
            continue
        below = (n for n in range(at + 1, len(lines)) if lines[n].strip())
        rest = next((n for n in below if n not in copied), len(lines))
        left = lines[rest] if rest < len(lines) else ""
        deeper = len(left) - len(left.lstrip()) > len(header[1])
        if copied.intersection(range(at + 1, rest)) and not deeper:
            yield at


def _count_equal(lines: Sequence[str], filled: Sequence[int], shown: Sequence[str]) -> int:
    count = 0
    for at, line in zip(filled, shown, strict=False):
        if lines[at].strip() != line:
            break
        count += 1
    count_work(count + 1)
    return count


def _idle_imports(
    lines: Sequence[str],
    added: Sequence[int],
    copied: set[int],
    texts: Sequence[Sequence[str]],
    stem: str,
) -> set[int]:
    """Added imports that the shown tests have and nothing else uses, or of the file itself."""
    imports = set(import_lines(lines))
    rest = [line for at, line in enumerate(lines) if at not in copied and at not in imports]
    used = set(re.findall(r"\w+", "\n".join(rest)))
    known = {line for shown in texts for line in shown}
    idle = set()
    for at in imports & set(added):
        words = re.findall(r"\w+", lines[at])
        if lines[at].strip() in known and (stem in words or words[-1] not in used):
            idle.add(at)
    return idle


def _blank_beside(lines: Sequence[str], added: Sequence[int], copied: set[int]) -> set[int]:
    """Added blank lines above what goes, and at the file's end below it."""
    blank = set()
    news = set(added)
    for at in sorted(copied):
        above = at - 1
        while above in news and not lines[above].strip():
            blank.add(above)
            above -= 1
    last = len(lines) - 1
    while last in news and (last in copied or not lines[last].strip()):
        blank.add(last)
        last -= 1
    return blank
