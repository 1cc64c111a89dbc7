"""What of a Python file is shown: the tests that matter, or a file without some bodies."""

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
    tree = _parse_python(text)
    shown: set[ast.stmt] = set()
    for owner, node in _owned_functions(tree) if tree else ():
        if node.name in names:
            for other in owner.body:
                if _sets_up(other, node) and other not in shown:
                    yield _source_of(text, other)
                    shown.add(other)
            yield _source_of(text, node)


def _sets_up(other: ast.stmt, test: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return isinstance(other, ast.FunctionDef) and other.name in SET_UP_METHODS - {test.name}


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
"""A word in more tests than that says nothing about any of them."""


def find_related_tests(path: str, text: str, task_text: str, max_tokens: int) -> str:
    """Whole tests within `max_tokens`, those that share the rarest words with `task_text` first.

    They stand in the order of the file. Empty where no test of it shares any.
    """
    lines = split_lines(text)
    tests = {
        item: "".join(lines[item.first - 1 : item.last])
        for item in _innermost_functions(path, text)
    }
    scores = _score_tests(
        {item: set(WORD.findall(body)) for item, body in tests.items()}, task_text
    )
    best = sorted(scores, key=lambda item: (-scores[item], item.first))
    kept = set(fit_first_lines([tests[item] for item in best], max_tokens))
    return "\n".join(body for body in tests.values() if body in kept)


def _innermost_functions(path: str, text: str) -> Iterator[Symbol]:
    """Functions that hold no others."""
    found = [
        item
        for item in outline_file(path, text.encode(errors="replace")).symbols
        if _is_function(item)
    ]
    for at, item in enumerate(found):
        if not any(other.first <= item.last for other in found[at + 1 : at + 2]):
            yield item


def _is_function(item: Symbol) -> bool:
    return item.kind in {"function", "method"}


def _score_tests(words: dict[Symbol, set[str]], task_text: str) -> dict[Symbol, float]:
    task_words = set(WORD.findall(task_text))
    held = {word: sum(word in each for each in words.values()) for word in sorted(task_words)}
    rare = {word: 1 / times for word, times in held.items() if 0 < times <= MAX_TESTS_OF_WORD}
    found = {item: fsum(rare[word] for word in each & rare.keys()) for item, each in words.items()}
    return {item: score for item, score in found.items() if score}


Function = ast.FunctionDef | ast.AsyncFunctionDef
LEFT_OUT = "..."
NAME = re.compile(r"\w+")


def make_skeleton(text: str, mentions: Sequence[str]) -> str:
    """`text` with `...` for the body of each function that the first telling text names.

    `mentions` are looked through in order until one names a function of the file. Signatures and
    docstrings stay. Empty where the text is no Python or nothing of it is named. For a model
    copies what it is shown, faults included.
    """
    tree = _parse_python(text)
    functions = list(_functions(tree)) if tree else []
    for words in (set(NAME.findall(each)) for each in mentions):
        if meant := [node for node in functions if node.name in words]:
            return _remove_bodies(text, meant)
    return ""


def _parse_python(text: str) -> ast.Module | None:
    """None where it is no Python, or beyond the parser.

    What `ast.parse` raises: https://docs.python.org/3/library/ast.html#ast.parse. Its warnings, of
    an invalid escape for one, are about somebody else's file.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _functions(tree: ast.Module) -> Iterator[Function]:
    """Those of the file and of its classes, dunder methods left out: nobody rewrites those."""
    classes = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    for node in (node for body in (tree.body, *classes) for node in body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[:2] != "__":
            yield node


def _remove_bodies(text: str, meant: Sequence[Function]) -> str:
    lines = text.split("\n")
    for node in sorted(meant, key=lambda node: -node.lineno):
        documented = ast.get_docstring(node) is not None and len(node.body) > 1
        first, last = node.body[1 if documented else 0], node.body[-1]
        if first.lineno > node.lineno:  # not a body on the line of its def
            lines[first.lineno - 1 : last.end_lineno] = [" " * first.col_offset + LEFT_OUT]
    return "\n".join(lines)
