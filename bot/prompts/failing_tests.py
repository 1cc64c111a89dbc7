"""The failing tests' own source, cut out of their files: what a small window has room for."""

import ast
import re
import textwrap
import warnings
from collections.abc import Collection, Iterator, Sequence
from math import fsum

from bot.code import Symbol, outline_file
from bot.models.token_estimate import fit_first_lines
from bot.prompts.line_spans import split_lines

SET_UP_METHODS = frozenset({"setUp", "setup_method", "asyncSetUp"})


def find_failing_tests(
    tests: Sequence[tuple[str, str]], names: Collection[str]
) -> list[tuple[str, str]]:
    """(path, source) of the test functions of these names that Python test files hold.

    `tests` are (path, text). What sets the test up in its class comes along.
    """
    found = []
    for path, text in tests:
        if sources := list(_test_sources(text, names)):
            found.append((path, "\n\n".join(sources)))
    return found


def _test_sources(text: str, names: Collection[str]) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    set_up: set[ast.stmt] = set()
    for owner, node in _owned_functions(tree):
        if node.name in names:
            for other in owner.body:
                if isinstance(other, ast.FunctionDef) and other.name in SET_UP_METHODS - {
                    node.name
                }:
                    if other not in set_up:
                        yield _source_of(text, other)
                    set_up.add(other)
            yield _source_of(text, node)


def _owned_functions(
    tree: ast.Module,
) -> Iterator[tuple[ast.Module | ast.ClassDef, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for owner in ast.walk(tree):
        if isinstance(owner, ast.Module | ast.ClassDef):
            for node in owner.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield owner, node


def _source_of(text: str, node: ast.stmt) -> str:
    return textwrap.dedent(ast.get_source_segment(text, node, padded=True) or "")


WORD = re.compile(r"[A-Za-z_]\w{2,}")
MAX_TESTS_OF_WORD = 20
"""Tests that hold a word beyond which it tells nothing about any of them."""


def find_related_tests(path: str, text: str, task_text: str, room: int) -> str:
    """Whole tests within `room` tokens, those that share the rarest words with `said` first.

    They stand in the order of the file. Empty where no test of it shares any.
    """
    lines = split_lines(text)
    tests = {
        one: "".join(lines[one.first - 1 : one.last]) for one in _innermost_functions(path, text)
    }
    scores = _score_tests({one: set(WORD.findall(body)) for one, body in tests.items()}, task_text)
    best = sorted(scores, key=lambda one: (-scores[one], one.first))
    kept = set(fit_first_lines([tests[one] for one in best], room))
    return "\n".join(body for body in tests.values() if body in kept)


def _innermost_functions(path: str, text: str) -> Iterator[Symbol]:
    """Functions that hold no others."""
    found = [
        one
        for one in outline_file(path, text.encode(errors="replace")).symbols
        if _is_function(one)
    ]
    for at, one in enumerate(found):
        if not any(other.first <= one.last for other in found[at + 1 : at + 2]):
            yield one


def _is_function(one: Symbol) -> bool:
    return one.kind in {"function", "method"}


def _score_tests(words: dict[Symbol, set[str]], task_text: str) -> dict[Symbol, float]:
    asked = set(WORD.findall(task_text))
    held = {word: sum(word in each for each in words.values()) for word in sorted(asked)}
    rare = {word: 1 / times for word, times in held.items() if 0 < times <= MAX_TESTS_OF_WORD}
    found = {one: fsum(rare[word] for word in each & rare.keys()) for one, each in words.items()}
    return {one: worth for one, worth in found.items() if worth}
