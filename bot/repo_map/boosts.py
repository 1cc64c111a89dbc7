"""What words alone miss: files the text names, that define what it speaks of, or stand beside."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import replace

from bot.code import Outline
from bot.repo_map.files import Source
from bot.repo_map.question import Question
from bot.repo_map.ranking import ROLE, Ranked, in_order

NAMED = 1.0
DEFINES = 0.1
NEAR = 0.1
"""What being named in the text, defining a name of it, and standing beside a file add.

In units of the best file's score by words; for a neighbour, of that neighbour's.
"""
MOST_DEFINED = 3
NEIGHBOURS_OF = 10
"""Files, best first, whose neighbours are brought."""


def by_name(ranked: Iterable[Ranked], said: Mapping[str, str], best: float) -> list[Ranked]:
    """`said`: by path, how the text writes it."""
    return in_order(
        _more(one, NAMED * best, f"named: {said[one.path]}") if one.path in said else one
        for one in ranked
    )


def by_definition(
    ranked: Iterable[Ranked], asked: Question, outlines: Mapping[str, Outline], best: float
) -> list[Ranked]:
    """Lift files of code that define a name the text writes as code."""
    return in_order(_defining(one, asked, outlines, best) for one in ranked)


def _defining(one: Ranked, asked: Question, outlines: Mapping[str, Outline], best: float) -> Ranked:
    if one.path not in outlines or one.source.role != "code":
        return one
    names = sorted({s.name for s in outlines[one.path].symbols} & asked.names)
    worth = DEFINES * best * min(len(names), MOST_DEFINED)
    return _more(one, worth, f"defines {', '.join(names)}") if names else one


def by_neighbours(
    ranked: Collection[Ranked],
    beside: Mapping[str, Iterable[tuple[str, str]]],
    files: Mapping[str, Source],
) -> list[Ranked]:
    """Lift what stands beside the best files. `beside`: path -> (neighbour, what it is to it)."""
    scores = {one.path: one.score for one in ranked}
    found: dict[str, tuple[float, str]] = {}
    for path, others in beside.items():
        for other, how in others:
            found[other] = max(found.get(other, (0.0, "")), (scores[path] * NEAR, f"{how} {path}"))
    unsaid = [Ranked(files[path], 0.0, ()) for path in files.keys() & found.keys() - scores.keys()]
    return in_order(
        _more(one, found[one.path][0] * ROLE[one.source.role], found[one.path][1])
        if one.path in found
        else one
        for one in (*ranked, *unsaid)
    )


def _more(one: Ranked, worth: float, why: str) -> Ranked:
    return replace(one, score=one.score + worth, reasons=(*one.reasons, why))
