"""A Python file without the bodies of the functions that are to be written anew."""

import ast
import re
from collections.abc import Iterator, Sequence

from bot.code.python_tree import PARSE_ERRORS, parse_python

Function = ast.FunctionDef | ast.AsyncFunctionDef
LEFT_OUT = "..."
MAX_BODY_LINES = 15
"""A longer one is not written anew from its name."""
PLAIN_VALUES = (0, 1)
NUMBER = re.compile(r"\d+\.\d+")
NAME = re.compile(r"\w+")


def make_skeleton(text: str, mentions: Sequence[str]) -> str:
    """`text` with `...` for the body of each function that the first telling text names.

    `mentions` are looked through in order until one names a function of the file. Signatures and
    docstrings stay, and so does a body that nobody could write anew: a long one, or one with values
    that no mention has. Empty where the text is no Python or nothing of it is named. For a model
    copies what it is shown, faults included.
    """
    tree = _parse_python(text)
    functions = list(_functions(tree)) if tree else []
    for words in (set(NAME.findall(each)) for each in mentions):
        if meant := [node for node in functions if node.name in words]:
            known = "\n".join(mentions)
            return _remove_bodies(text, [node for node in meant if _is_writable(node, known)])
    return ""


def _is_writable(node: Function, known: str) -> bool:
    """Whether its body can be told from its name and `known`: it is short and hides no value."""
    body = _code_body(node)
    if (body[-1].end_lineno or body[-1].lineno) - body[0].lineno >= MAX_BODY_LINES:
        return False
    values = (x.value for part in body for x in ast.walk(part) if isinstance(x, ast.Constant))
    numbers = set(NAME.findall(known)) | set(NUMBER.findall(known))
    return all(_is_known(value, known, numbers) for value in values)


def _is_known(value: object, known: str, numbers: set[str]) -> bool:
    if value is None or value is Ellipsis or isinstance(value, bool) or value in PLAIN_VALUES:
        return True
    if isinstance(value, str):
        return not value.strip() or value in known
    return str(value) in numbers


def _code_body(node: Function) -> list[ast.stmt]:
    """Without its docstring, where there is anything else."""
    documented = ast.get_docstring(node) is not None and len(node.body) > 1
    return node.body[1 if documented else 0 :]


def _parse_python(text: str) -> ast.Module | None:
    """None where it is no Python, or beyond the parser."""
    try:
        return parse_python(text)
    except PARSE_ERRORS:
        return None


def _functions(tree: ast.Module) -> Iterator[Function]:
    """Those of the file and of its classes, dunder methods left out: nobody rewrites those."""
    classes = [node.body for node in tree.body if isinstance(node, ast.ClassDef)]
    for node in (node for body in (tree.body, *classes) for node in body):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name[:2] != "__":
            yield node


def _remove_bodies(text: str, meant: Sequence[Function]) -> str:
    if not meant:
        return ""
    lines = text.split("\n")
    for node in sorted(meant, key=lambda node: -node.lineno):
        body = _code_body(node)
        first, last = body[0], body[-1]
        if first.lineno > node.lineno:  # not a body on the line of its def
            lines[first.lineno - 1 : last.end_lineno] = [" " * first.col_offset + LEFT_OUT]
    return "\n".join(lines)
