"""A Python file without the bodies of the functions that are to be written anew."""

import ast
import re
import warnings
from collections.abc import Iterator, Sequence

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
