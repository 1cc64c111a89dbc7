"""Which definitions of a file a task is about: BM25 over their words, then who calls whom.

A definition's words are those of its code, of the comment above it, and of its name, which counts
more. What scores well lifts what it calls, and a little what calls it: a failing test speaks of the
function it calls, and the fault is often one call further.
"""

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, log

from bot.code import Outline, Symbol, enclosing_symbols
from bot.prompts.line_spans import Span
from bot.text.code_words import STOP_WORDS, count_words, words_of

# Names and formula: https://en.wikipedia.org/wiki/Okapi_BM25. The values were chosen on 224 fixes
# of sixteen repositories, half of them looked at only for comparing.
K1, B = 1.5, 0.6
NAME_WEIGHT, OWNER_WEIGHT = 4, 1
"""A word of a definition's name, or of its owner's, counts as so many in its code."""
TITLE_WEIGHT, FAILURE_WEIGHT, TEST_WEIGHT = 2.0, 0.2, 0.3
"""Of a word in the task's first line, in the failure and in the tests; one of the task is 1."""
MENTION_BOOST = 0.4
"""For a definition whose name a test in view or the task writes, in units of the best score."""
CALLED_BOOST, CALLER_BOOST = 0.3, 0.1
"""Of the score of what calls it, and of what it calls, by the root of how many those are."""
KIND_WEIGHTS: Mapping[str, float] = {"class": 0.3, "type": 0.3, "module": 0.3, "constant": 0.5}
"""Fixes are made in functions; the head of a class is short and speaks of everything in it."""
MAX_ALIKE_NAMES = 3
"""A name with more definitions than that says nothing about any of them."""
MIN_NAME_CHARS = 4
MAX_COMMENT_LINES = 12
"""Lines above a definition that are read as its comment."""
CHUNK_LINES = 40
"""Lines of a piece of a file that has no definitions."""
MAX_FILE_CHARS = 2_000_000
"""Characters beyond which nobody guesses what of a file is meant."""
COMMENT = re.compile(r"\s*(?:#|//|/\*|\*|@|--|\"\"\"|''')")
WORD = re.compile(r"[A-Za-z_]\w+")
CODE_NAME = re.compile(r"\w_\w|[a-z][A-Z]")
KEYWORDS = frozenset(
    re.findall(
        r"[a-z]+",
        "assert async await begin bool case const def describe else elif end enum err error "
        " expect export extends false final fn func function impl import int interface it let "
        " match mut new nil none null private protected pub public require return self static "
        " str string struct test then throw throws true type undefined var void while yield",
    )
)
"""Words of languages and their tests that say nothing about one function."""


@dataclass(frozen=True, slots=True)
class RankedSpan:
    """A definition, or a piece of a file without any; `score` is in units of the best one."""

    span: Span
    score: float
    symbol: Symbol | None = None


def rank_spans(
    lines: Sequence[str], outline: Outline, *, task: str, failure: str = "", tests: str = ""
) -> list[RankedSpan]:
    """The definitions that have to do with these texts, the likeliest first."""
    if sum(map(len, lines)) > MAX_FILE_CHARS:
        return []
    symbols = [each for each in outline.symbols if each.kind != "heading"]
    query = _weigh_query(task, failure, tests)
    if not symbols:
        pieces = split_chunks(lines, (1, len(lines)))
        scores = score_words([_words_within(lines, span) for span in pieces], query)
        return _sort([RankedSpan(*each) for each in zip(pieces, scores, strict=True)])
    scores = score_words(_words_by_symbol(lines, symbols), query)
    scores = _boost_mentioned(scores, symbols, task, tests)
    scores = _boost_related(scores, symbols, outline)
    return _sort(
        RankedSpan((each.first, each.last), score * KIND_WEIGHTS.get(each.kind, 1.0), each)
        for each, score in zip(symbols, scores, strict=True)
    )


def rank_chunks(
    lines: Sequence[str], span: Span, *, task: str, failure: str = "", tests: str = ""
) -> list[Span]:
    """The pieces of a long definition, the likeliest first; those that tell nothing by line."""
    pieces = split_chunks(lines, span, CHUNK_LINES // 2)
    query = _weigh_query(task, failure, tests)
    scores = score_words([_words_within(lines, each) for each in pieces], query)
    order = sorted(range(len(pieces)), key=lambda at: (-scores[at], at))
    return [pieces[at] for at in order]


def score_words(texts: Sequence[Mapping[str, int]], query: Mapping[str, float]) -> list[float]:
    """How well each of some texts fits the query, 1.0 for the best; all 0 where none does."""
    count = len(texts)
    held = Counter(word for words in texts for word in words if word in query)
    idf = {word: log(1 + (count - n + 0.5) / (n + 0.5)) for word, n in held.items()}
    lengths = [sum(words.values()) for words in texts]
    mean = (sum(lengths) / count if count else 0) or 1.0
    scores = []
    for words, length in zip(texts, lengths, strict=True):
        norm = K1 * (1 - B + B * length / mean)
        # Sorted: a sum of floats depends on their order, and a set's on the hash seed.
        shared = sorted(words.keys() & query.keys())
        scores.append(
            fsum(idf[w] * query[w] * words[w] * (K1 + 1) / (words[w] + norm) for w in shared)
        )
    best = max(scores, default=0.0) or 1.0
    return [score / best for score in scores]


def split_chunks(lines: Sequence[str], span: Span, most: int = CHUNK_LINES) -> list[Span]:
    """Paragraphs of some lines each, broken at blank ones where there are any."""
    breaks = [span[0] - 1]
    for at in range(span[0], min(span[1], len(lines)) + 1):
        size = at - breaks[-1]
        if size >= most or (not lines[at - 1].strip() and size > most // 4):
            breaks.append(at)
    breaks += [span[1]] if breaks[-1] < span[1] else []
    return [(above + 1, last) for above, last in pairwise(breaks)]


def _sort(ranked: Iterator[RankedSpan] | Sequence[RankedSpan]) -> list[RankedSpan]:
    known = [each for each in ranked if each.score > 0]
    return sorted(known, key=lambda each: (-each.score, each.span))


def _weigh_query(task: str, failure: str, tests: str) -> dict[str, float]:
    title, _, rest = task.strip().partition("\n")
    weights: dict[str, float] = {}
    for text, weight in (
        (title, TITLE_WEIGHT),
        (rest, 1.0),
        (failure, FAILURE_WEIGHT),
        (tests, TEST_WEIGHT),
    ):
        for word, times in count_words(text[:MAX_FILE_CHARS].encode(errors="replace")).items():
            if word not in STOP_WORDS and word not in KEYWORDS:
                weights[word] = weights.get(word, 0.0) + weight * (1 + log(times))
    return weights


def _words_by_symbol(lines: Sequence[str], symbols: Sequence[Symbol]) -> list[Counter[str]]:
    """A function's words are all those inside it, a class's those outside its members."""
    found = []
    for at, each in enumerate(symbols):
        last = each.last
        if each.kind in {"class", "type", "module"}:
            inner = next((s.first for s in symbols[at + 1 : at + 2] if s.first <= each.last), 0)
            last = max(each.first, inner - 1) if inner else last
        words = Counter(_words_within(lines, (_comment_above(lines, each.first), last)))
        for text, weight in ((each.name, NAME_WEIGHT), (_owner_name(each), OWNER_WEIGHT)):
            for word, times in words_of(text).items():
                words[word] += weight * times
        found.append(words)
    return found


def _words_within(lines: Sequence[str], span: Span) -> dict[str, int]:
    return count_words("".join(lines[span[0] - 1 : span[1]]).encode(errors="replace"))


def _comment_above(lines: Sequence[str], first: int) -> int:
    """The first line of the comment, or of the decorators, above a definition."""
    at = first
    while at > 1 and first - at < MAX_COMMENT_LINES and COMMENT.match(lines[at - 2]):
        at -= 1
    return at


def _owner_name(symbol: Symbol) -> str:
    return symbol.owner.rpartition(".")[2]


def _boost_mentioned(
    scores: Sequence[float], symbols: Sequence[Symbol], task: str, tests: str
) -> list[float]:
    times = Counter(each.name for each in symbols)
    code = {word for word in WORD.findall(task[:MAX_FILE_CHARS]) if CODE_NAME.search(word)}
    named = code | set(WORD.findall(tests[:MAX_FILE_CHARS]))
    return [
        score + (MENTION_BOOST / times[each.name] if _tells(each.name, named) else 0)
        for score, each in zip(scores, symbols, strict=True)
    ]


def _tells(name: str, named: set[str]) -> bool:
    return len(name) >= MIN_NAME_CHARS and name in named


def _boost_related(
    scores: Sequence[float], symbols: Sequence[Symbol], outline: Outline
) -> list[float]:
    """Lift what the best call, and what calls them, as far as names say which is meant."""
    calls = find_calls(symbols, outline)
    times_called = Counter(called for inside in calls.values() for called in inside)
    lifts = [0.0] * len(scores)
    for caller, inside in calls.items():
        for called in inside:
            lift = CALLED_BOOST * scores[caller] / len(inside) ** 0.5
            lifts[called] = max(lifts[called], lift)
            lift = CALLER_BOOST * scores[called] / times_called[called] ** 0.5
            lifts[caller] = max(lifts[caller], lift)
    return [score + lift for score, lift in zip(scores, lifts, strict=True)]


def find_calls(symbols: Sequence[Symbol], outline: Outline) -> dict[int, list[int]]:
    """Which definitions of the file each of them calls, as indexes into `symbols`."""
    by_name: dict[str, list[int]] = {}
    for at, each in enumerate(symbols):
        by_name.setdefault(each.name, []).append(at)
    lines = {line for _, line in outline.references}
    innermost = {line: around[-1] for line, around in enclosing_symbols(symbols, lines)}
    calls: dict[int, dict[int, None]] = {}
    for name, line in outline.references:
        meant, caller = by_name.get(name, []), innermost.get(line)
        if caller is not None and len(meant) <= MAX_ALIKE_NAMES:
            calls.setdefault(caller, {}).update({at: None for at in meant if at != caller})
    return {caller: list(inside) for caller, inside in sorted(calls.items()) if inside}
