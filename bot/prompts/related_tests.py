"""Tests of a long file that speak of a task: what is shown where no failure names a test."""

import re
from collections.abc import Iterator
from math import fsum

from bot.code.suite_blocks import SuiteBlock, find_suite_blocks
from bot.models.token_estimate import fit_first_lines
from bot.prompts.line_spans import split_lines

WORD = re.compile(r"[A-Za-z_]\w{2,}")
MAX_TESTS_OF_WORD = 20
"""A word in more tests than that says nothing about any of them."""


def find_related_tests(
    path: str, text: str, task_text: str, max_tokens: int, *, besides: str = ""
) -> str:
    """Whole tests within `max_tokens`, those that share the rarest words with `task_text` first.

    They stand in the order of the file, without those that `besides` has. Empty where no test of it
    shares any.
    """
    lines = split_lines(text)
    shown = {line.strip() for line in besides.splitlines()}
    tests = {
        each: "".join(lines[each.first - 1 : each.last])
        for each in _leaf_tests(path, text)
        if lines[each.first - 1].strip() not in shown
    }
    scores = _score_tests(
        {item: set(WORD.findall(body)) for item, body in tests.items()}, task_text
    )
    best = sorted(scores, key=lambda item: (-scores[item], item.first))
    kept = set(fit_first_lines([tests[item] for item in best], max_tokens))
    return "\n".join(body for body in tests.values() if body in kept)


def _leaf_tests(path: str, text: str) -> Iterator[SuiteBlock]:
    """Tests that hold no others."""
    tests = [
        each
        for each in find_suite_blocks(path, text.encode(errors="replace"))
        if each.kind == "test"
    ]
    for at, each in enumerate(tests):
        if not any(other.first <= each.last for other in tests[at + 1 : at + 2]):
            yield each


def _score_tests(words: dict[SuiteBlock, set[str]], task_text: str) -> dict[SuiteBlock, float]:
    task_words = set(WORD.findall(task_text))
    held = {word: sum(word in each for each in words.values()) for word in sorted(task_words)}
    rare = {word: 1 / times for word, times in held.items() if 0 < times <= MAX_TESTS_OF_WORD}
    found = {item: fsum(rare[word] for word in each & rare.keys()) for item, each in words.items()}
    return {item: score for item, score in found.items() if score}
