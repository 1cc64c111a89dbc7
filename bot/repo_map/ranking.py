"""Which files a question is about: BM25 over the commit's own words, then what words alone miss.

Those are files the text names, that define what it speaks of, or stand beside the best.

The statistics are those of the commit's files alone, never of what else a cache holds: the same
commit and question rank the same on any machine.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest
from math import fsum, log

from bot.code import Outline
from bot.repo_map.entry_kinds import FileWords
from bot.repo_map.files import Role, Source
from bot.repo_map.terms import Question, words_of

# Names and formula: https://en.wikipedia.org/wiki/Okapi_BM25; values measured by bench/context.py.
K1, B = 3.0, 0.55
"""How soon more of a word says no more, and how much a long file is held back."""
PATH_WEIGHT = 8
"""A word in a file's path counts as so many in its text."""
ROLE_WEIGHTS: Mapping[Role, float] = {"code": 1.0, "test": 0.3, "text": 0.2}
"""Fixes are made in code; tests and manuals speak of everything."""
MAX_REASON_WORDS = 4
"""Given as the reason for a file."""


@dataclass(frozen=True, slots=True)
class RankedFile:
    """A file and why it stands where it does: reasons are for people, best first."""

    source: Source
    score: float
    reasons: tuple[str, ...]

    @property
    def path(self) -> str:
        return self.source.path


@dataclass(frozen=True, slots=True)
class _Hit:
    source: Source
    length: int
    counts: dict[str, int]


def rank_by_words(
    question: Question, files: Iterable[tuple[Source, FileWords]]
) -> list[RankedFile]:
    """Every file that holds a word of the question, best first."""
    hits, count, total = [], 0, 0
    for source, read in files:
        if read.left_out:
            continue
        count += 1
        total += read.length
        if held := _count_matches(question.words, source, read):
            hits.append(_Hit(source, read.length, held))
    idf = _inverse_frequencies(question.words, hits, count)
    mean = total / count if total else 1.0
    return sort_ranked(_score_hit(hit, question, idf, mean) for hit in hits)


def sort_ranked(ranked: Iterable[RankedFile]) -> list[RankedFile]:
    return sorted(ranked, key=lambda item: (-item.score, item.path))


def _count_matches(words: Mapping[str, float], source: Source, read: FileWords) -> dict[str, int]:
    """How often each word asked for occurs in a file."""
    # Sorted, for a set's order changes with PYTHONHASHSEED, and a sum of floats with the order:
    # https://docs.python.org/3.11/using/cmdline.html#envvar-PYTHONHASHSEED
    named = words_of(source.path)
    found = (words.keys() & read.counts.keys()) | (words.keys() & named.keys())
    return {w: read.counts.get(w, 0) + PATH_WEIGHT * named.get(w, 0) for w in sorted(found)}


def _inverse_frequencies(
    words: Mapping[str, float], hits: Sequence[_Hit], count: int
) -> dict[str, float]:
    held = dict.fromkeys(words, 0)
    for hit in hits:
        for word in hit.counts:
            held[word] += 1
    return {word: log(1 + (count - n + 0.5) / (n + 0.5)) for word, n in held.items()}


def _score_hit(hit: _Hit, question: Question, idf: Mapping[str, float], mean: float) -> RankedFile:
    norm = K1 * (1 - B + B * hit.length / mean)
    scores = {
        word: idf[word] * (1 + log(question.words[word])) * times * (K1 + 1) / (times + norm)
        for word, times in hit.counts.items()
    }
    best = nlargest(MAX_REASON_WORDS, scores, key=lambda word: (scores[word], word))
    reasons = (f"words: {', '.join(best)}",)
    return RankedFile(hit.source, fsum(scores.values()) * ROLE_WEIGHTS[hit.source.role], reasons)


def match_paths(question: Question, files: Sequence[Source]) -> Iterator[tuple[str, str]]:
    """(path the text writes, path of the one file it can mean)."""
    tails: dict[str, list[str]] = {}
    for path in (source.path for source in files):
        tails.setdefault(path.rpartition("/")[2], []).append(path)
    for written in question.paths:
        wanted = written.removeprefix("./").lstrip("/")
        ends = [p for p in tails.get(wanted.rpartition("/")[2], []) if _share_end(p, wanted)]
        if meant := _longest_match(ends, wanted):
            yield written, meant


def _longest_match(ends: Sequence[str], wanted: str) -> str:
    """The path itself, else the one that shares most of it; empty where several do."""
    if wanted in ends:
        return wanted
    most = max((min(len(path), len(wanted)) for path in ends), default=0)
    longest = [path for path in ends if len(path) >= most]
    return longest[0] if len(longest) == 1 else ""


def _share_end(path: str, wanted: str) -> bool:
    """A traceback writes more folders in front, an issue fewer."""
    return f"/{path}".endswith(f"/{wanted}") or f"/{wanted}".endswith(f"/{path}")


NAMED_BOOST = 1.0
DEFINES_BOOST = 0.1
NEIGHBOUR_BOOST = 0.1
"""What being named in the text, defining a name of it, and standing beside a file add.

In units of the best file's score by words; for a neighbour, of that neighbour's.
"""
MAX_DEFINED_NAMES = 3
BOOSTING_FILES = 10
"""Files, best first, whose neighbours are brought."""


def boost_named(
    ranked: Iterable[RankedFile], mentioned: Mapping[str, str], best: float
) -> list[RankedFile]:
    """Lift files the text names. `mentioned`: by path, how the text writes it."""
    return sort_ranked(
        _add_score(item, NAMED_BOOST * best, f"named: {mentioned[item.path]}")
        if item.path in mentioned
        else item
        for item in ranked
    )


def boost_defining(
    ranked: Iterable[RankedFile], question: Question, outlines: Mapping[str, Outline], best: float
) -> list[RankedFile]:
    """Lift files of code that define a name the text writes as code."""
    return sort_ranked(_boost_if_defining(item, question, outlines, best) for item in ranked)


def _boost_if_defining(
    item: RankedFile, question: Question, outlines: Mapping[str, Outline], best: float
) -> RankedFile:
    if item.path not in outlines or item.source.role != "code":
        return item
    names = sorted({s.name for s in outlines[item.path].symbols} & question.names)
    score = DEFINES_BOOST * best * min(len(names), MAX_DEFINED_NAMES)
    return _add_score(item, score, f"defines {', '.join(names)}") if names else item


def boost_neighbours(
    ranked: Collection[RankedFile],
    beside: Mapping[str, Iterable[tuple[str, str]]],
    files: Mapping[str, Source],
) -> list[RankedFile]:
    """Lift what stands beside the best files. `beside`: path -> (neighbour, what it is to it)."""
    scores = {item.path: item.score for item in ranked}
    found: dict[str, tuple[float, str]] = {}
    for path, others in beside.items():
        for other, how in others:
            found[other] = max(
                found.get(other, (0.0, "")), (scores[path] * NEIGHBOUR_BOOST, f"{how} {path}")
            )
    unranked = [
        RankedFile(files[path], 0.0, ()) for path in files.keys() & found.keys() - scores.keys()
    ]
    return sort_ranked(
        _add_score(item, found[item.path][0] * ROLE_WEIGHTS[item.source.role], found[item.path][1])
        if item.path in found
        else item
        for item in (*ranked, *unranked)
    )


def _add_score(item: RankedFile, score: float, why: str) -> RankedFile:
    return replace(item, score=item.score + score, reasons=(*item.reasons, why))
