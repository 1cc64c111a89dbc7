"""The failing tests' own source, cut out of their files: what a small window has room for."""

import ast
import textwrap
import warnings
from collections.abc import Collection, Iterator, Sequence

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
