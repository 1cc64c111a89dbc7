"""Merging a class of which a reply gives only some methods into the file's class."""

import ast
from collections.abc import Sequence

from runners.edits.python_pieces import (
    DEFINITION_TYPES,
    Definition,
    MergeError,
    Splice,
    assigned_name,
    below_docstring,
    first_line,
    indent_of,
    index_definitions,
    lines_of,
    past_line,
    replace_definition,
    replace_statement,
)


def replace_class_parts(
    old: ast.ClassDef, new: ast.ClassDef, lines: Sequence[str], reply_lines: Sequence[str]
) -> list[Splice]:
    _check_frame(old, new)
    fields = {assigned_name(node): node for node in old.body if assigned_name(node)}
    indent = indent_of(old.body[0], lines)
    splices = []
    for node in new.body:
        if isinstance(node, DEFINITION_TYPES):
            splices.append(replace_method(old, node, lines, reply_lines))
        elif (name := assigned_name(node)) in fields and name:
            splices.append(
                replace_statement(fields[name], lines, lines_of(node, reply_lines, indent))
            )
        elif name:
            at = first_line(below_docstring(old))
            splices.append(Splice(at, at, lines_of(node, reply_lines, indent)))
    return splices


def _check_frame(old: ast.ClassDef, new: ast.ClassDef) -> None:
    """A class given in part may leave out what frames its methods, but not change it."""
    for old_part, new_part in zip(_class_frame(old), _class_frame(new), strict=True):
        if new_part not in {"", old_part}:
            raise MergeError(f"{new.name} is given in part, and changes: {new_part[:60]}")
    # Compared without comments, blanks and kinds of quotes, which `unparse` does not keep:
    # https://docs.python.org/3.11/library/ast.html#ast.unparse
    known = {ast.unparse(node) for node in old.body}
    for node in new.body:
        named = isinstance(node, (*DEFINITION_TYPES, ast.Pass, ast.Expr)) or assigned_name(node)
        if not named and ast.unparse(node) not in known:
            raise MergeError(f"{new.name} is given in part, and changes more than its methods")


def _class_frame(node: ast.ClassDef) -> tuple[str, str, str]:
    bases = ", ".join(map(ast.unparse, (*node.bases, *node.keywords)))
    marks = ", ".join(map(ast.unparse, node.decorator_list))
    return bases, marks, ast.get_docstring(node) or ""


def replace_method(
    owner: ast.ClassDef, node: Definition, lines: Sequence[str], reply_lines: Sequence[str]
) -> Splice:
    indent = indent_of(owner.body[0], lines)
    before = index_definitions(owner.body).get(node.name)
    if before is not None:
        return replace_definition(before, node, lines, reply_lines, indent)
    end = past_line(owner)
    return Splice(end, end, ("", *lines_of(node, reply_lines, indent)))
