"""Putting back definitions that a whole-file answer in Python dropped."""

import ast
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass

from runners.edits.python_pieces import (
    DEFINITION_TYPES,
    Definition,
    MergeError,
    Splice,
    apply_splices,
    assigned_name,
    check_alone,
    first_line,
    import_line,
    indent_of,
    index_definitions,
    lines_of,
    parse_module,
    past_line,
    reindent_lines,
)

IMPORT_TYPES = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True, slots=True)
class _Body:
    """Statements of the file or of one class, before and in the answer."""

    old: Sequence[ast.stmt]
    new: Sequence[ast.stmt]
    start: int
    indent: str = ""
    gap: int = 2


def restore_lost(original: str, answer: str, names: Collection[str]) -> str | None:
    """`answer`, a whole file of Python, with the definitions of these names put back as they were.

    The imports and constants that only they use come along. Nothing else changes. None where the
    places cannot be told, or where it would be no Python.
    """
    try:
        return _restore(original, answer, {name.rpartition(".")[2] for name in names})
    except (MergeError, RecursionError):
        return None


def _restore(original: str, answer: str, names: set[str]) -> str:
    old, new = parse_module(original), parse_module(answer)
    old_definitions, new_definitions = _defined_names(old), _defined_names(new)
    restored = names & (old_definitions.keys() - new_definitions.keys())
    needed_keys = _needed_keys(old, new, [old_definitions[name] for name in restored])
    old_lines, lines = original.split("\n"), answer.removesuffix("\n").split("\n")
    bodies = _pair_bodies(old, new, restored, lines)
    splices = [
        splice
        for body in bodies
        for splice in _splice_restored(body, restored | needed_keys, old_lines, lines)
    ]
    merged = "\n".join(apply_splices(lines, splices)) + "\n" * answer.endswith("\n")
    parse_module(merged)
    return merged


def _defined_names(tree: ast.Module) -> dict[str, Definition]:
    """Functions and classes at the top, and the methods of those classes."""
    top = index_definitions(tree.body)
    classes = [node for node in top.values() if isinstance(node, ast.ClassDef)]
    # A name that is both a method and a function counts once, as the function.
    return {n: node for c in classes for n, node in index_definitions(c.body).items()} | top


def _needed_keys(old: ast.Module, new: ast.Module, restored: Sequence[Definition]) -> set[str]:
    """Keys of the imports and constants that only what comes back still uses."""
    used = {
        node.id
        for definition in restored
        for node in ast.walk(definition)
        if isinstance(node, ast.Name)
    }
    bound = {name for node in new.body for name in _bound_names(node)}
    return {_key(node) for node in old.body if (set(_bound_names(node)) & used) - bound}


def _bound_names(node: ast.stmt) -> list[str]:
    if isinstance(node, IMPORT_TYPES):
        return [(name.asname or name.name).partition(".")[0] for name in node.names]
    return [assigned_name(node)] if assigned_name(node) else []


def _key(node: ast.stmt) -> str:
    if isinstance(node, DEFINITION_TYPES):
        return node.name
    return assigned_name(node) or ast.unparse(node)


def _pair_bodies(
    old: ast.Module, new: ast.Module, restored: set[str], lines: Sequence[str]
) -> Iterator[_Body]:
    yield _Body(old.body, new.body, import_line(new))
    new_definitions = index_definitions(new.body)
    for name, node in index_definitions(old.body).items():
        new_class = new_definitions.get(name)
        if not isinstance(node, ast.ClassDef) or not isinstance(new_class, ast.ClassDef):
            continue
        if restored & index_definitions(node.body).keys():
            check_alone(new_class.body[0], lines)
            documented = ast.get_docstring(new_class) is not None
            start = past_line(new_class.body[0]) if documented else first_line(new_class.body[0])
            yield _Body(node.body, new_class.body, start, indent_of(new_class.body[0], lines), 1)


def _splice_restored(
    body: _Body, restored: Collection[str], old_lines: Sequence[str], lines: Sequence[str]
) -> Iterator[Splice]:
    """Each below the neighbour it followed."""
    places = {_key(node): past_line(node) for node in body.new}
    at = body.start
    for node in body.old:
        key = _key(node)
        if key in places:
            at = max(places[key], body.start)
        elif key in restored and isinstance(node, IMPORT_TYPES):
            yield Splice(body.start, body.start, lines_of(node, old_lines))
        elif key in restored and (isinstance(node, DEFINITION_TYPES) or not body.indent):
            gap = ("",) * (body.gap if isinstance(node, DEFINITION_TYPES) else 0)
            above = gap if at and lines[at - 1].strip()[-1:] not in {"", ":"} else ()
            below = gap if at < len(lines) and lines[at].strip() else ()
            yield Splice(
                at, at, (*above, *_lines_with_comment(node, old_lines, body.indent), *below)
            )


def _lines_with_comment(node: ast.stmt, old_lines: Sequence[str], indent: str) -> tuple[str, ...]:
    check_alone(node, old_lines)
    first = first_line(node)
    while first and old_lines[first - 1].lstrip().startswith("#"):
        first -= 1
    return reindent_lines(old_lines[first : past_line(node)], indent)
