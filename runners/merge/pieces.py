"""A Python text as its top-level pieces, with the lines each of them stands on."""

import ast
import itertools
import textwrap
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Definition: TypeAlias = Function | ast.ClassDef
DEFINITION = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class UnclearError(Exception):
    """More than one merge is possible, or none is."""


@dataclass(frozen=True, slots=True)
class Splice:
    """`lines` take the place of those from `first` up to `past`, counted from 0."""

    first: int
    past: int
    lines: tuple[str, ...]


def parsed(text: str) -> ast.Module:
    """Raises UnclearError where the text is no Python."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as wrong:
        raise UnclearError("not Python") from wrong


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, its decorators included; from 0."""
    marks = node.decorator_list if isinstance(node, DEFINITION) else []
    return min([node.lineno, *(mark.lineno for mark in marks)]) - 1


def past_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def lines_of(node: ast.stmt, lines: Sequence[str], indent: str = "") -> tuple[str, ...]:
    """The statement's lines, moved to `indent`. What a string holds moves along with its code."""
    body = textwrap.dedent("\n".join(lines[first_line(node) : past_line(node)]))
    return tuple(textwrap.indent(body, indent).split("\n"))


def indent_of(node: ast.stmt, lines: Sequence[str]) -> str:
    line = lines[first_line(node)]
    return line[: len(line) - len(line.lstrip())]


def definitions(body: Sequence[ast.stmt]) -> dict[str, Definition]:
    """By name. Raises UnclearError for a name that is defined twice, or inside a branch."""
    found: dict[str, Definition] = {}
    for node in body:
        for name in _hidden(node):
            raise UnclearError(f"{name} is defined inside a branch")
        if isinstance(node, DEFINITION):
            if node.name in found:
                raise UnclearError(f"{node.name} is defined twice")
            found[node.name] = node
    return found


def assigned(node: ast.stmt) -> str:
    """The one plain name the statement gives a value, empty where it is something else."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        target = node.target
    else:
        return ""
    return target.id if isinstance(target, ast.Name) else ""


def is_method(node: Definition) -> bool:
    """A function whose first parameter says that it belongs into a class."""
    if isinstance(node, ast.ClassDef):
        return False
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    return names[:1] in (["self"], ["cls"])


def spliced(lines: Sequence[str], splices: Sequence[Splice]) -> list[str]:
    """Raises UnclearError where two splices want the same lines."""
    out = list(lines)
    ordered = sorted(enumerate(splices), key=lambda one: (one[1].first, one[1].past, one[0]))
    for (_, one), (_, after) in itertools.pairwise(ordered):
        if one.past > after.first:
            raise UnclearError("two changes want the same lines")
    for _, one in reversed(ordered):
        out[one.first : one.past] = one.lines
    return out


def _hidden(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.If | ast.Try | ast.With):
        yield from (inner.name for inner in ast.walk(node) if isinstance(inner, DEFINITION))
