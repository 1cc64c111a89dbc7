"""Which definitions of a file a question is about: BM25 with each definition as a text of its own.

A definition's words are those of its lines, of its name and of what it stands in. So a long file
is found by the one function that the question speaks of, however much else it holds.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from bot.code import Outline, Symbol, enclosing_symbols
from bot.repo_map.entry_kinds import WordLines
from bot.text.code_words import words_of

# Names and formula: https://en.wikipedia.org/wiki/Okapi_BM25; values measured by bench/context.py.
K1, B = 1.5, 0.4
NAME_WEIGHT, OWNER_WEIGHT = 6, 2
"""A word in a definition's name, or in the name of what it stands in, counts as so many lines."""
MAX_HEAD_LINES = 12
"""Lines a class counts as: those of its methods are theirs."""
HOLDERS = frozenset({"class", "type", "module"})
CALLABLES = frozenset({"function", "method"})

Scores = Mapping[str, Sequence[float]]
"""By path, a score for each symbol of the outline, in its order."""


@dataclass(frozen=True, slots=True)
class _Document:
    """A definition: how often it has each word, and how many lines."""

    counts: dict[str, int]
    lines: int


def score_definitions(
    weights: Mapping[str, float],
    outlines: Mapping[str, Outline],
    word_lines: Mapping[str, WordLines],
) -> dict[str, tuple[float, ...]]:
    """`weights` are those of the question's words, in an order that is always the same."""
    documents = {
        path: _documents(weights, outline.symbols, word_lines.get(path))
        for path, outline in outlines.items()
    }
    count = sum(map(len, documents.values()))
    total = sum(document.lines for some in documents.values() for document in some)
    mean = total / count if count else 1.0
    return {
        path: tuple(_score(document, weights, mean) for document in some)
        for path, some in documents.items()
    }


def _documents(
    weights: Mapping[str, float], symbols: Sequence[Symbol], word_lines: WordLines | None
) -> list[_Document]:
    counts: list[dict[str, int]] = [_count_names(weights, symbol) for symbol in symbols]
    lines = {word: found for word in weights if word_lines and (found := word_lines.find(word))}
    around = _symbols_around({line for found in lines.values() for line in found}, symbols)
    for word, found in lines.items():
        for line in found:
            for at in around.get(line, ()):
                counts[at][word] = counts[at].get(word, 0) + 1
    return [
        _Document(each, _line_count(symbol)) for each, symbol in zip(counts, symbols, strict=True)
    ]


def _count_names(weights: Mapping[str, float], symbol: Symbol) -> dict[str, int]:
    counts: dict[str, int] = {}
    owner = symbol.owner.rpartition(".")[2]
    for name, weight in ((symbol.name, NAME_WEIGHT), (owner, OWNER_WEIGHT)):
        for word, times in words_of(name).items() if name else ():
            if word in weights:
                counts[word] = counts.get(word, 0) + weight * times
    return counts


def _line_count(symbol: Symbol) -> int:
    lines = symbol.last - symbol.first + 1
    return min(lines, MAX_HEAD_LINES) if symbol.kind in HOLDERS else lines


def _symbols_around(lines: set[int], symbols: Sequence[Symbol]) -> dict[int, tuple[int, ...]]:
    """For each line the innermost definition around it, and the functions around that.

    Symbols are by first line, and one that begins in another ends in it.
    """
    return {
        line: (around[-1], *(at for at in around[:-1] if _holds_in_function(symbols[at], line)))
        for line, around in enclosing_symbols(symbols, lines)
    }


def _holds_in_function(symbol: Symbol, line: int) -> bool:
    return symbol.kind in CALLABLES and symbol.last >= line


def _score(document: _Document, weights: Mapping[str, float], mean: float) -> float:
    norm = K1 * (1 - B + B * document.lines / mean)
    counts = document.counts
    # In the order of the weights, for a sum of floats changes with its order.
    return sum(
        weight * counts[word] * (K1 + 1) / (counts[word] + norm)
        for word, weight in weights.items()
        if word in counts
    )
