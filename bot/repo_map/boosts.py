"""What words alone miss: files the text names, that define what it speaks of, or stand beside."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from bot.code import Outline
from bot.repo_map.files import Source
from bot.repo_map.question import Question
from bot.repo_map.ranking import ROLE_WEIGHTS, RankedFile, sort_ranked

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
    """`said`: by path, how the text writes it."""
    return sort_ranked(
        _add_score(one, NAMED_BOOST * best, f"named: {mentioned[one.path]}")
        if one.path in mentioned
        else one
        for one in ranked
    )


def boost_defining(
    ranked: Iterable[RankedFile], question: Question, outlines: Mapping[str, Outline], best: float
) -> list[RankedFile]:
    """Lift files of code that define a name the text writes as code."""
    return sort_ranked(_boost_if_defining(one, question, outlines, best) for one in ranked)


def _boost_if_defining(
    one: RankedFile, question: Question, outlines: Mapping[str, Outline], best: float
) -> RankedFile:
    if one.path not in outlines or one.source.role != "code":
        return one
    names = sorted({s.name for s in outlines[one.path].symbols} & question.names)
    score = DEFINES_BOOST * best * min(len(names), MAX_DEFINED_NAMES)
    return _add_score(one, score, f"defines {', '.join(names)}") if names else one


def boost_neighbours(
    ranked: Collection[RankedFile],
    beside: Mapping[str, Iterable[tuple[str, str]]],
    files: Mapping[str, Source],
) -> list[RankedFile]:
    """Lift what stands beside the best files. `beside`: path -> (neighbour, what it is to it)."""
    scores = {one.path: one.score for one in ranked}
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
        _add_score(one, found[one.path][0] * ROLE_WEIGHTS[one.source.role], found[one.path][1])
        if one.path in found
        else one
        for one in (*ranked, *unranked)
    )


def _add_score(one: RankedFile, score: float, why: str) -> RankedFile:
    return replace(one, score=one.score + score, reasons=(*one.reasons, why))
