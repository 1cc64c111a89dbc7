"""The map as a model sees it: the files that matter, best first, under each the lines that matter.

Half of the budget is for definitions, the rest names many files: a file that is named can be
asked for, one that is not cannot.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from heapq import nlargest

from bot.code import Outline, Symbol
from bot.models.token_count import count_line
from bot.models.token_estimate import SLACK_TOKENS
from bot.repo_map.ranking import RankedFile
from bot.repo_map.terms import Question, words_of
from bot.text.invisible import has_hidden

TITLE = "Files of the repository, those that matter most first, with definitions:"
MORE_TITLE = "And these files:"
NAMES_SHARE = 0.45
"""Of the budget, in which files are named at all."""
MAX_DETAILED_FILES = 60
"""Files whose definitions may be shown."""
KIND_WEIGHTS = {"class": 1.0, "function": 1.0, "method": 0.8, "type": 0.9, "module": 0.6}
OTHER_KIND_WEIGHT = 0.4
WORD_WEIGHT = 2.0
"""What a word of the question adds to a definition that has it in its name, beside its 1."""
LATER_PENALTY = 0.05
"""How much less each further definition of a file counts."""
FIRST_WIDE_CODE = 0x10000
"""The first character that four hexadecimal digits cannot name."""
MIN_LINE_TOKENS = 6
"""Less than that holds no definition."""


@dataclass(frozen=True, slots=True)
class MapText:
    """`text` has `tokens` tokens, never more than asked for; `files` are those it names."""

    text: str
    tokens: int
    files: tuple[RankedFile, ...]


@dataclass(frozen=True, slots=True)
class _Line:
    """A definition in the file ranked `file`. `around`: those it stands in, outermost first."""

    file: int
    symbol: Symbol
    value: float
    around: "tuple[_Line, ...]" = ()

    @property
    def place(self) -> tuple[int, int, str]:
        return (self.file, self.symbol.first, self.symbol.name)


def render_map(
    ranked: Sequence[RankedFile],
    outlines: Mapping[str, Outline],
    question: Question,
    tokens: int,
    count: Callable[[str], int],
) -> MapText:
    """Never more than `tokens` by `count`, which is asked about the whole text at last."""
    cost = lru_cache(maxsize=None)(lambda line: count_line(count, f"{line}\n"))
    left = tokens - cost(TITLE) - cost(MORE_TITLE) - SLACK_TOKENS
    named = _count_named(ranked, left, cost)
    left -= sum(cost(escape_hidden(item.path)) for item in ranked[:named])
    lines = nlargest(
        max(left, 0), _definition_lines(ranked[:named], outlines, question), key=_sort_key
    )
    chosen = _choose_lines(lines, left, cost)
    return _fit(ranked[:named], chosen, tokens, count)


def _count_named(ranked: Sequence[RankedFile], tokens: int, cost: Callable[[str], int]) -> int:
    """How many files, best first, are named: as many as their share of the room holds."""
    left = max(int(tokens * NAMES_SHARE), 0)
    for at, item in enumerate(ranked):
        left -= cost(escape_hidden(item.path))
        if left < 0:
            return at
    return len(ranked)


def _choose_lines(lines: Iterable[_Line], tokens: int, cost: Callable[[str], int]) -> list[_Line]:
    """The first definitions that fit; what one stands in comes with it."""
    kept: dict[tuple[int, int, str], _Line] = {}
    left = tokens
    for line in lines:
        if left < MIN_LINE_TOKENS:
            break
        new = [item for item in (*line.around, line) if item.place not in kept]
        price = sum(cost(_line_text(item)) for item in new)
        if price <= left:
            left -= price
            kept.update((item.place, item) for item in new)
    return sorted(kept.values(), key=lambda item: item.place)


def _sort_key(line: _Line) -> tuple[float, int, int, str]:
    """Orders definitions by value; among equals the file's, and in it the first, is greatest."""
    return (line.value, -line.file, -line.symbol.first, line.symbol.name)


def _definition_lines(
    ranked: Sequence[RankedFile], outlines: Mapping[str, Outline], question: Question
) -> Iterator[_Line]:
    best = ranked[0].score if ranked and ranked[0].score > 0 else 1.0
    for at, item in enumerate(ranked[:MAX_DETAILED_FILES]):
        around: tuple[_Line, ...] = ()
        for nth, symbol in enumerate(outlines.get(item.path, Outline()).symbols):
            while around and (not symbol.owner or around[-1].symbol.last < symbol.last):
                around = around[:-1]
            value = KIND_WEIGHTS.get(symbol.kind, OTHER_KIND_WEIGHT) * (
                1 + WORD_WEIGHT * _count_shared_words(symbol, question)
            )
            share = max(item.score, 0.0) / best / (1 + LATER_PENALTY * nth)
            line = _Line(at, symbol, value * share, around)
            yield line
            around = (*around, line)


def _count_shared_words(symbol: Symbol, question: Question) -> int:
    return len(question.words.keys() & words_of(symbol.name))


def _fit(
    ranked: Sequence[RankedFile], chosen: list[_Line], tokens: int, count: Callable[[str], int]
) -> MapText:
    """Count the whole; where lines counted one by one made less than it, take the last away."""
    files, lines = list(ranked), list(chosen)
    while True:
        text = _compose(files, lines)
        needs = count(text)
        if needs <= tokens or not files:
            return MapText(text, needs, tuple(files)) if needs <= tokens else MapText("", 0, ())
        if lines:
            del lines[-1 - len(lines) // 20 :]
        else:
            del files[-1 - len(files) // 20 :]


def _compose(files: Sequence[RankedFile], lines: Sequence[_Line]) -> str:
    under: dict[int, list[str]] = {}
    for line in lines:
        under.setdefault(line.file, []).append(_line_text(line))
    detailed = [
        row
        for at, item in enumerate(files)
        if at in under
        for row in (escape_hidden(item.path), *under[at])
    ]
    bare = [escape_hidden(item.path) for at, item in enumerate(files) if at not in under]
    rows = [TITLE, *detailed] if detailed else []
    if bare:
        rows += [MORE_TITLE, *bare]
    return "".join(f"{row}\n" for row in rows)


def _line_text(line: _Line) -> str:
    """Indented below what it stands in; one that stands elsewhere than its owner names it."""
    symbol = line.symbol
    owner = symbol.owner.rpartition(".")[2]
    prefix = f"{owner}: " if owner and not line.around and owner not in symbol.signature else ""
    return "  " * (len(line.around) + 1) + escape_hidden(prefix + symbol.signature)


def escape_hidden(text: str) -> str:
    """A path or signature on one line with nothing hidden in it: they are untrusted text."""
    return text if text.isascii() and text.isprintable() else "".join(map(_escape_char, text))


def _escape_char(char: str) -> str:
    if char.isprintable() and not has_hidden(char):
        return char
    code = ord(char)
    return f"\\u{code:04x}" if code < FIRST_WIDE_CODE else f"\\U{code:08x}"
