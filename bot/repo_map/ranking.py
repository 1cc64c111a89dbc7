"""Which files a question is about: BM25 over the commit's own words, then what words alone miss.

Those are files one of whose definitions it speaks of, that the text names, that define what it
names, that are tested by what speaks of it, or that stand beside the best.

The statistics are those of the commit's files alone, never of what else a cache holds: the same
commit and question rank the same on any machine.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from heapq import nlargest, nsmallest
from math import log

from bot.code import Outline, PathIndex
from bot.repo_map.definition_scores import Scores
from bot.repo_map.files import CODE_ROLES, Role, Source
from bot.repo_map.postings import Matches
from bot.repo_map.terms import Question

# Names and formula: https://en.wikipedia.org/wiki/Okapi_BM25; values measured by bench/context.py.
K1, B = 3.0, 0.55
"""How soon more of a word says no more, and how much a long file is held back."""
ROLE_WEIGHTS: Mapping[Role, float] = {"code": 1.0, "unparsed": 0.9, "test": 0.3, "text": 0.2}
"""Fixes are made in code; tests and manuals speak of everything."""
MAX_RANKED = 800
"""Files that a question brings up at all."""
MAX_EXPLAINED = 300
"""Files, best first, for which the words are told."""
MAX_REASON_WORDS = 4
"""Given as the reason for a file."""
WEIGHT_DIGITS = 3
"""Of a word's weight: its last digits depend on the machine's logarithm, the order must not."""


@dataclass(frozen=True, slots=True)
class RankedFile:
    """A file and why it stands where it does: reasons are for people, best first."""

    source: Source
    score: float
    reasons: tuple[str, ...]

    @property
    def path(self) -> str:
        return self.source.path


def weigh_words(question: Question, matches: Matches) -> dict[str, float]:
    """What each word of the question says: more if few files have it, or the text insists on it.

    In the order of the words, as every sum over them is: one of floats changes with its order.
    """
    return {
        word: _weigh_word(_count_files(matches, word), matches.count, times)
        for word, times in sorted(question.words.items())
    }


def _count_files(matches: Matches, word: str) -> int:
    if (found := matches.postings.get(word)) is None:
        return 0
    gone = sum(map(matches.gone.__contains__, found.files)) if matches.gone else 0
    return len(found.files) - gone


def _weigh_word(files: int, count: int, times: float) -> float:
    idf = log(1 + (count - files + 0.5) / (files + 0.5))
    return round(idf * (1 + log(times)), WEIGHT_DIGITS)


def rank_by_words(matches: Matches, weights: Mapping[str, float]) -> list[RankedFile]:
    """The files that hold a word of the question, best first; at most `MAX_RANKED`."""
    scores = _score_files(matches, weights)
    sources = matches.sources
    found = [
        (-score * ROLE_WEIGHTS[sources[number].role], sources[number].path, number)
        for number, score in enumerate(scores)
        if score > 0 and number not in matches.gone
    ]
    best = nsmallest(MAX_RANKED, found)
    reasons = _best_words(matches, weights, {number for _, _, number in best[:MAX_EXPLAINED]})
    return [
        RankedFile(sources[number], -score, reasons.get(number, ())) for score, _, number in best
    ]


def _score_files(matches: Matches, weights: Mapping[str, float]) -> list[float]:
    mean = matches.total / matches.count if matches.total else 1.0
    norms = [K1 * (1 - B + B * length / mean) for length in matches.lengths]
    scores = [0.0] * len(norms)
    for word, found in matches.postings.items():
        weight = weights[word] * (K1 + 1)
        for number, times in zip(found.files, found.times, strict=True):
            scores[number] += weight * times / (times + norms[number])
    return scores


def _best_words(
    matches: Matches, weights: Mapping[str, float], wanted: Collection[int]
) -> dict[int, tuple[str, ...]]:
    """The reason why each of these files is here: the words that say most."""
    words: dict[int, list[str]] = {}
    for word in sorted(matches.postings, key=lambda word: (-weights[word], word)):
        for number in filter(wanted.__contains__, matches.postings[word].files):
            words.setdefault(number, []).append(word)
    return {
        number: (f"words: {', '.join(found[:MAX_REASON_WORDS])}",)
        for number, found in words.items()
    }


def sort_ranked(ranked: Iterable[RankedFile]) -> list[RankedFile]:
    return sorted(ranked, key=lambda item: (-item.score, item.path))


MAX_CANDIDATES: Mapping[Role, int] = {"code": 80, "unparsed": 20, "test": 30, "text": 15}
"""Files of each kind, best first, that are looked into: for definitions, imports, tests."""


def choose_candidates(ranked: Iterable[RankedFile], mentioned: Collection[str]) -> list[RankedFile]:
    """The files to look into: the best of each kind, and those the text names."""
    left = dict(MAX_CANDIDATES)
    chosen = []
    for item in ranked:
        role = item.source.role
        if left[role] > 0 or item.path in mentioned:
            left[role] -= 1
            chosen.append(item)
    return chosen


BEST_DEFINITION, SECOND_DEFINITION = 0.6, 0.3
"""What the scores of a file's best two definitions add to its own."""


def boost_by_definitions(ranked: Iterable[RankedFile], scores: Scores) -> list[RankedFile]:
    """Lift files by what they define: a long one that is about it in one place, too."""
    return sort_ranked(_add_definitions(item, scores.get(item.path, ())) for item in ranked)


def _add_definitions(item: RankedFile, scores: Sequence[float]) -> RankedFile:
    first, second, *_ = (*nlargest(2, scores), 0.0, 0.0)
    added = BEST_DEFINITION * first + SECOND_DEFINITION * second
    return replace(item, score=item.score + added * ROLE_WEIGHTS[item.source.role])


def match_paths(question: Question, paths: PathIndex) -> Iterator[tuple[str, str]]:
    """(path the text writes, path of the one file it can mean)."""
    for written in question.paths:
        wanted = written.removeprefix("./").lstrip("/")
        named = paths.files_ending(wanted.rpartition("/")[2])
        ends = [path for path in named if _share_end(path, wanted)]
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
TESTED_BOOST = 0.1
"""Of a test's score by words, for the files it tests."""
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
    if item.path not in outlines or item.source.role not in CODE_ROLES:
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


def boost_tested(
    ranked: Iterable[RankedFile], tested: Mapping[str, Sequence[str]]
) -> list[RankedFile]:
    """Lift what the best tests test: they speak of behaviour as a question does."""
    ranked = list(ranked)
    tests = [item for item in ranked if item.path in tested][:BOOSTING_FILES]
    found: dict[str, tuple[float, str]] = {}
    for item in tests:
        score = TESTED_BOOST * item.score / ROLE_WEIGHTS["test"]
        for path in tested[item.path]:
            found[path] = max(found.get(path, (0.0, "")), (score, f"tested by {item.path}"))
    return sort_ranked(
        _add_score(item, *found[item.path]) if item.path in found else item for item in ranked
    )


def _add_score(item: RankedFile, score: float, why: str) -> RankedFile:
    return replace(item, score=item.score + score, reasons=(*item.reasons, why))
