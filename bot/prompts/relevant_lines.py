"""What points into a file: lines of a traceback, lines or names that the plan speaks of."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.code import Outline, Symbol
from bot.prompts.line_spans import Span, merge_spans, span_around

FRAME = re.compile(
    r'File "(?P<path>[^"\n]{1,400})", line (?P<line>\d{1,7})(?:, in (?P<where>\w+))?'
)
PLACE = re.compile(
    r"(?<![\w/.\\-])(?P<path>[\w./\\-]{1,400}\.\w{1,8}):(?P<line>\d{1,7})\b"
    r"(?: in (?P<where>\w+))?"
)
LINES = re.compile(
    r"\b(between )?lines? (\d{1,7})"
    r"(?: ?(-|\u2013|\u2014|to|through|and) ?(?:lines? )?(\d{1,7}))?",
    re.IGNORECASE,
)
QUOTED = re.compile(r"`([^`\n]{1,200})`")
CALLED = re.compile(r"([A-Za-z_]\w*)\s?\(")
WRITTEN = re.compile(r"\b(?:[A-Za-z]\w*\.)+[A-Za-z_]\w*|\b\w*_\w+|\b[A-Za-z]+[a-z][A-Z]\w*")
NAME = re.compile(r"[\w$][\w.$#:]*[?!]?")
"""As code and manuals write it: Ruby has `?` and `!` in names, and `Class#method`."""
CONTEXT_LINES = 20
"""Lines shown on each side of a line that no definition holds, or one too long to show."""
MAX_SHOWN_LINES = 150
"""Lines beyond which a definition with others inside is shown by what stands before those."""
MAX_TRACED = 12
"""Places in the failure that are looked at, the last first: a traceback has the cause there."""


@dataclass(frozen=True, slots=True)
class RelevantLines:
    """`sure` must be shown; `traced`, out of the failure, come next, the last of it first.

    `ranges` are the lines that the task names, `places` all lines that anything points at.
    `called` are the functions that the tests in view call by a name nothing else has.
    """

    sure: tuple[Span, ...] = ()
    traced: tuple[Span, ...] = ()
    ranges: tuple[Span, ...] = ()
    places: tuple[int, ...] = ()
    called: tuple[Span, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.sure or self.traced)


@dataclass(frozen=True, slots=True)
class MentionSources:
    """What speaks of a file: the task, its failure, sources of tests, old lines of exact blocks."""

    task: str
    digest: str = ""
    tests: Sequence[str] = ()
    quoted: Sequence[str] = ()


def find_relevant_lines(
    path: str, lines: Sequence[str], outline: Outline, sources: MentionSources
) -> RelevantLines:
    """What of the file is spoken of. `lines` are its own, with their ends."""
    symbols = outline.symbols
    ranges = tuple(_named_ranges(sources.task, len(lines)))
    named = [line for each in ranges for line in each]
    named += _quoted_lines(sources.quoted, lines)
    traced = list(_traceback_lines(path, sources.digest, symbols))
    traced = [line for line in dict.fromkeys(reversed(traced)) if 0 < line <= len(lines)]
    places = (*(line for line in named if 0 < line <= len(lines)), *traced[:MAX_TRACED])
    spans = {_span_at(line, symbols) for line in named if 0 < line <= len(lines)}
    spans |= {each for each in ranges if not any(_within(each, span) for span in spans)}
    sure = spans | {
        _shown_span(each, symbols) for each in _named_symbols(sources.task, symbols, places)
    }
    around = dict.fromkeys(_span_at(line, symbols) for line in traced[:MAX_TRACED])
    called = tuple(_called_spans([*sources.tests, sources.digest], symbols))
    return RelevantLines(merge_spans(sure), tuple(around), ranges, places, called)


def _called_spans(texts: Sequence[str], symbols: Sequence[Symbol]) -> Iterator[Span]:
    names = {name for text in texts for name in CALLED.findall(text)}
    times = Counter(each.name for each in symbols)
    for each in symbols:
        if each.kind in {"function", "method"} and each.name in names and times[each.name] == 1:
            yield _span_of(each)


def _named_ranges(task: str, length: int) -> Iterator[Span]:
    """Lines the task names. `lines 3-9` and `between lines 3 and 9` mean all between them too."""
    for between, start, how, other in LINES.findall(task):
        first, last = sorted((int(start), int(other or start)))
        if how.lower() == "and" and not between:
            yield from ((line, line) for line in (first, last) if 0 < line <= length)
        elif first <= length and last > 0:
            yield max(1, first), min(last, length)


def _within(inner: Span, outer: Span) -> bool:
    return outer[0] <= inner[0] and inner[1] <= outer[1]


def _traceback_lines(path: str, digest: str, symbols: Sequence[Symbol]) -> Iterator[int]:
    """Lines of this file in the failure. One that moved since is found by its function's name."""
    for found in [*FRAME.finditer(digest), *PLACE.finditer(digest)]:
        if not _same_file(found["path"], path):
            continue
        where = found.groupdict().get("where")
        line = int(found["line"])
        alike = [each for each in symbols if each.name == where]
        if alike and not any(each.first <= line <= each.last for each in alike):
            line = alike[0].first if len(alike) == 1 else line
        yield line


def _same_file(written: str, path: str) -> bool:
    written = written.replace("\\", "/").removeprefix("./")
    return written == path or written.endswith(f"/{path}") or path.endswith(f"/{written}")


def _quoted_lines(quoted: Sequence[str], lines: Sequence[str]) -> Iterator[int]:
    """Where lines of the plan's own version stand, as far as they stand only once."""
    places = {line.strip(): at for at, line in enumerate(lines, start=1)}
    times = Counter(line.strip() for line in lines)
    for line in quoted:
        if len(line.strip()) > 3 and times[line.strip()] == 1:  # noqa: PLR2004 - brackets point at nothing
            yield places[line.strip()]


def _span_at(line: int, symbols: Sequence[Symbol]) -> Span:
    """The innermost definition that holds the line; around it where none does, or a long class."""
    inside = [each for each in symbols if each.first <= line <= each.last]
    if not inside:
        return span_around(line, CONTEXT_LINES)
    least = min(inside, key=_length)
    holds = any(least.first < each.first <= least.last for each in symbols)
    long = holds and _length(least) > CONTEXT_LINES
    return span_around(line, CONTEXT_LINES) if long else _span_of(least)


def _named_symbols(task: str, symbols: Sequence[Symbol], lines: Sequence[int]) -> list[Symbol]:
    """Definitions the task names as code does. Of several with one name, those pointed at alone."""
    quoted = {name for text in QUOTED.findall(task) for name in NAME.findall(text)}
    names = {re.sub(r"::|#", ".", name) for name in quoted} | {name.rstrip("?!") for name in quoted}
    names |= set(CALLED.findall(task)) | set(WRITTEN.findall(task))
    found: list[Symbol] = []
    for name in sorted(names):
        owner, _, last = name.rpartition(".")
        alike = [each for each in symbols if each.name == last and each.kind != "heading"]
        owned = [each for each in alike if owner and f".{each.owner}".endswith(f".{owner}")]
        alike = owned or alike
        found += [each for each in alike if any(_holds(each, line) for line in lines)] or alike
    inner = {each.owner.rpartition(".")[2] for each in found}
    return [each for each in found if each.name not in inner or _length(each) <= CONTEXT_LINES]


def _holds(symbol: Symbol, line: int) -> bool:
    return symbol.first <= line <= symbol.last


def _shown_span(symbol: Symbol, symbols: Sequence[Symbol]) -> Span:
    """All of it; of a long one with definitions inside, what stands before the first of those."""
    inside = [each.first for each in symbols if symbol.first < each.first <= symbol.last]
    if _length(symbol) <= MAX_SHOWN_LINES or not inside:
        return _span_of(symbol)
    return symbol.first, max(symbol.first, min(inside) - 1)


def _span_of(symbol: Symbol) -> Span:
    return symbol.first, symbol.last


def _length(symbol: Symbol) -> int:
    return symbol.last - symbol.first + 1
