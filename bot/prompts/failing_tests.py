"""The failing tests' own source, cut out of their files: what a small window has room for."""

import ast
import re
import textwrap
import warnings
from collections.abc import Collection, Iterator, Sequence
from math import fsum

from bot.code import Symbol, outline_file
from bot.models.token_estimate import first_within
from bot.prompts.line_spans import lines_of

SET_UP = frozenset({"setUp", "setup_method", "asyncSetUp"})


def failing_tests(
    tests: Sequence[tuple[str, str]], names: Collection[str]
) -> list[tuple[str, str]]:
    """(path, source) of the test functions of these names that Python test files hold.

    `tests` are (path, text). What sets the test up in its class comes along.
    """
    found = []
    for path, text in tests:
        if sources := list(_sources(text, names)):
            found.append((path, "\n\n".join(sources)))
    return found


def _sources(text: str, names: Collection[str]) -> Iterator[str]:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            tree = ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return
    set_up: set[ast.stmt] = set()
    for owner, node in _functions(tree):
        if node.name in names:
            for other in owner.body:
                if isinstance(other, ast.FunctionDef) and other.name in SET_UP - {node.name}:
                    if other not in set_up:
                        yield _source(text, other)
                    set_up.add(other)
            yield _source(text, node)


def _functions(
    tree: ast.Module,
) -> Iterator[tuple[ast.Module | ast.ClassDef, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for owner in ast.walk(tree):
        if isinstance(owner, ast.Module | ast.ClassDef):
            for node in owner.body:
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield owner, node


def _source(text: str, node: ast.stmt) -> str:
    return textwrap.dedent(ast.get_source_segment(text, node, padded=True) or "")


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
    found = [one for one in outline_file(path, text.encode(errors="replace")).symbols if _runs(one)]
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
