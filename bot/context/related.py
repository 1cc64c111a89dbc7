"""Of a long test file, the tests that speak of what a task speaks of."""

import re
from collections.abc import Iterator
from math import fsum

from bot.context.code import Symbol, outline
from bot.context.lines import lines_of
from bot.context.words import first_within

WORD = re.compile(r"[A-Za-z_]\w{2,}")
COMMON = 20
"""Tests that hold a word beyond which it tells nothing about any of them."""


def related_tests(path: str, text: str, said: str, room: int) -> str:
    """Whole tests within `room` tokens, those that share the rarest words with `said` first.

    They stand in the order of the file. Empty where no test of it shares any.
    """
    lines = lines_of(text)
    tests = {one: "".join(lines[one.first - 1 : one.last]) for one in _tests(path, text)}
    worth = _worth({one: set(WORD.findall(body)) for one, body in tests.items()}, said)
    best = sorted(worth, key=lambda one: (-worth[one], one.first))
    kept = set(first_within([tests[one] for one in best], room))
    return "\n".join(body for body in tests.values() if body in kept)


def _tests(path: str, text: str) -> Iterator[Symbol]:
    """Functions that hold no others."""
    found = [one for one in outline(path, text.encode(errors="replace")).symbols if _runs(one)]
    for at, one in enumerate(found):
        if not any(other.first <= one.last for other in found[at + 1 : at + 2]):
            yield one


def _runs(one: Symbol) -> bool:
    return one.kind in {"function", "method"}


def _worth(words: dict[Symbol, set[str]], said: str) -> dict[Symbol, float]:
    asked = set(WORD.findall(said))
    held = {word: sum(word in each for each in words.values()) for word in sorted(asked)}
    rare = {word: 1 / times for word, times in held.items() if 0 < times <= COMMON}
    found = {one: fsum(rare[word] for word in each & rare.keys()) for one, each in words.items()}
    return {one: worth for one, worth in found.items() if worth}
