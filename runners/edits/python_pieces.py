"""Splitting Python text into its top-level pieces, and splicing pieces into another text."""

import ast
import io
import itertools
import tokenize
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TypeAlias

from bot.code.python_tree import PARSE_ERRORS, parse_python
from runners.edits.indent_depths import leading_whitespace
from runners.edits.model import common_prefix_length

# From Python 3.12 on an f-string is several tokens, from 3.14 on a t-string too:
# https://docs.python.org/3/library/token.html#token.FSTRING_START
STRING_STARTS = frozenset(
    getattr(tokenize, name)
    for name in ("FSTRING_START", "TSTRING_START")
    if hasattr(tokenize, name)
)
STRING_ENDS = frozenset(
    getattr(tokenize, name) for name in ("FSTRING_END", "TSTRING_END") if hasattr(tokenize, name)
)
LAYOUT_TOKENS = frozenset(
    [tokenize.NEWLINE, tokenize.NL, tokenize.INDENT, tokenize.DEDENT, tokenize.COMMENT]
)
TOKENIZE_ERRORS = (tokenize.TokenError, SyntaxError, ValueError)
Function: TypeAlias = ast.FunctionDef | ast.AsyncFunctionDef
Definition: TypeAlias = Function | ast.ClassDef
Shown: TypeAlias = Sequence[tuple[int, int]]
"""First and last lines, from 1, of what a reply's author has seen; empty for everything."""
DEFINITION_TYPES = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


class MergeError(Exception):
    """The reply does not say clearly what the file should become."""


def reindent_lines(lines: Sequence[str], indent: str = "") -> tuple[str, ...]:
    """The lines with their common margin replaced by `indent`; what a string holds stays.

    Docstrings move along where they have the margin. Raises MergeError for no Python.
    """
    inside_strings = _lines_inside_strings(lines)
    movable = [line for at, line in enumerate(lines) if at not in inside_strings and line.strip()]
    margins = [leading_whitespace(line) for line in movable] or [""]
    margin = min(margins)[: common_prefix_length(min(margins), max(margins))]
    return tuple(
        line if at in inside_strings else indent + line[len(margin) :] if line.strip() else ""
        for at, line in enumerate(lines)
    )


def _lines_inside_strings(lines: Sequence[str]) -> set[int]:
    """Lines, from 0, that begin inside of a string."""
    found: set[int] = set()
    first = next((line for line in lines if line.strip()), "")
    margin = leading_whitespace(first)
    for start, past, bare in _find_strings("\n".join(lines) + "\n"):
        inside = range(start, past)
        if not bare or any(lines[at].strip() and not lines[at].startswith(margin) for at in inside):
            found.update(inside)
    return found


def _find_strings(text: str) -> Iterator[tuple[int, int, bool]]:
    """(first line inside, past the last, whether it is a statement of its own) of each string."""
    try:
        tokens = list(tokenize.generate_tokens(io.StringIO(text).readline))
    except TOKENIZE_ERRORS as exc:
        raise MergeError("not Python") from exc
    opened: list[int] = []
    for at, token in enumerate(tokens):
        if token.type in STRING_STARTS:
            opened.append(token.start[0])
        elif token.type in STRING_ENDS:
            yield opened.pop(), token.end[0], False
        elif token.type == tokenize.STRING:
            before = tokens[at - 1].type if at else tokenize.NEWLINE
            bare = before in LAYOUT_TOKENS and tokens[at + 1].type == tokenize.NEWLINE
            yield token.start[0], token.end[0], bare


@dataclass(frozen=True, slots=True)
class Splice:
    """`lines` take the place of those from `first` up to `past`, counted from 0."""

    first: int
    past: int
    lines: tuple[str, ...]


def parse_module(text: str) -> ast.Module:
    """Raises MergeError where the text is no Python."""
    try:
        return parse_python(text)
    except PARSE_ERRORS as exc:
        raise MergeError("not Python") from exc


def first_line(node: ast.stmt) -> int:
    """Where a statement begins, its decorators included; from 0."""
    # Since Python 3.8 lineno is that of `def` or `class`, below the decorators:
    # https://bugs.python.org/issue33211
    marks = node.decorator_list if isinstance(node, DEFINITION_TYPES) else []
    return min([node.lineno, *(mark.lineno for mark in marks)]) - 1


def past_line(node: ast.stmt) -> int:
    return node.end_lineno or node.lineno


def lines_of(node: ast.stmt, lines: Sequence[str], indent: str = "") -> tuple[str, ...]:
    """The statement's lines, moved to `indent`. What a string holds stays where it is."""
    check_alone(node, lines)
    return reindent_lines(lines[first_line(node) : past_line(node)], indent)


def replace_statement(node: ast.stmt, lines: Sequence[str], new: tuple[str, ...]) -> Splice:
    """`new` in the place of a statement of `lines`."""
    check_alone(node, lines)
    return Splice(first_line(node), past_line(node), new)


def replace_definition(
    old: Definition,
    new: Definition,
    lines: Sequence[str],
    new_lines: Sequence[str],
    indent: str = "",
) -> Splice:
    """`new` in the place of `old`, whose decorators and comment above stay where it has none."""
    check_alone(old, lines)
    body = lines_of(new, new_lines, indent)
    if old.decorator_list and not new.decorator_list:
        body = (*lines[first_line(old) : old.lineno - 1], *body)
    comment = new_lines[_comment_above(new, new_lines) : first_line(new)]
    if not comment:
        return Splice(first_line(old), past_line(old), body)
    above = reindent_lines(comment, indent)
    return Splice(_comment_above(old, lines), past_line(old), (*above, *body))


def _comment_above(node: ast.stmt, lines: Sequence[str]) -> int:
    """Where the comment right above a statement begins, else the statement itself."""
    first = first_line(node)
    margin = leading_whitespace(lines[first])
    while first and lines[first - 1].startswith(f"{margin}#"):
        first -= 1
    return first


def check_alone(node: ast.stmt, lines: Sequence[str]) -> None:
    """Raises MergeError for a statement that shares a line with another."""
    # col_offset counts the bytes of UTF-8: https://docs.python.org/3/library/ast.html#ast.AST.col_offset
    before = lines[node.lineno - 1].encode()[: node.col_offset]
    after = lines[past_line(node) - 1].encode()[node.end_col_offset or 0 :].strip()
    if before.strip() or (after and not after.startswith(b"#")):
        raise MergeError("two statements share a line")


def indent_of(node: ast.stmt, lines: Sequence[str]) -> str:
    line = lines[first_line(node)]
    return line[: len(line) - len(line.lstrip())]


def index_definitions(body: Sequence[ast.stmt]) -> dict[str, Definition]:
    """By name. Raises MergeError for a name that is defined twice, or inside a branch."""
    found: dict[str, Definition] = {}
    for node in body:
        for name in _names_in_branches(node):
            raise MergeError(f"{name} is defined inside a branch")
        if isinstance(node, DEFINITION_TYPES):
            if node.name in found:
                raise MergeError(f"{node.name} is defined twice")
            found[node.name] = node
    return found


def assigned_name(node: ast.stmt) -> str:
    """The one plain name the statement gives a value, empty where it is something else."""
    if isinstance(node, ast.Assign) and len(node.targets) == 1:
        target: ast.expr = node.targets[0]
    elif isinstance(node, ast.AnnAssign):
        target = node.target
    else:
        return ""
    return target.id if isinstance(target, ast.Name) else ""


def below_docstring(owner: ast.ClassDef) -> ast.stmt:
    return owner.body[1 if ast.get_docstring(owner) is not None and owner.body[1:] else 0]


def import_line(old: ast.Module) -> int:
    """Below the last import at the top, else below the docstring, else at the very top."""
    imports = [node for node in old.body if isinstance(node, ast.Import | ast.ImportFrom)]
    if imports:
        # Imports of __future__ come before all others:
        # https://docs.python.org/3/reference/simple_stmts.html#future-statements
        last = [node for node in imports if not _is_future(node)] or imports
        return past_line(last[-1])
    return past_line(old.body[0]) if ast.get_docstring(old) is not None else 0


def _is_future(node: ast.Import | ast.ImportFrom) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def is_method(node: Definition) -> bool:
    """Whether it is a function whose first parameter is named `self` or `cls`."""
    if isinstance(node, ast.ClassDef):
        return False
    names = [arg.arg for arg in (*node.args.posonlyargs, *node.args.args)]
    # A convention only, though a strong one: https://peps.python.org/pep-0008/#function-and-method-arguments
    return names[:1] in (["self"], ["cls"])


def was_shown(node: ast.stmt, shown: Shown) -> bool:
    """Whether all of it is within the lines that were shown; an empty `shown` means all lines."""
    first, last = first_line(node) + 1, past_line(node)
    return not shown or any(a <= first and last <= b for a, b in shown)


def check_shown(splices: Sequence[Splice], shown: Shown) -> None:
    """Raises MergeError where lines would be replaced that were not shown."""
    for splice in splices:
        inside = any(a <= splice.first + 1 and splice.past <= b for a, b in shown)
        if shown and splice.first < splice.past and not inside:
            raise MergeError(f"lines {splice.first + 1}-{splice.past} were not shown")


def apply_splices(lines: Sequence[str], splices: Sequence[Splice]) -> list[str]:
    """Raises MergeError where two splices want the same lines."""
    result = list(lines)
    ordered = sorted(
        enumerate(splices), key=lambda splice: (splice[1].first, splice[1].past, splice[0])
    )
    for (_, splice), (_, after) in itertools.pairwise(ordered):
        if splice.past > after.first:
            raise MergeError("two changes want the same lines")
    # From the end, so that the numbers of the lines above stay right.
    for _, splice in reversed(ordered):
        result[splice.first : splice.past] = splice.lines
    return result


def _names_in_branches(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.If | ast.Try | ast.With):
        yield from (inner.name for inner in ast.walk(node) if isinstance(inner, DEFINITION_TYPES))
