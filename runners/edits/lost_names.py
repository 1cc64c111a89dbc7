"""Finding names that a whole-file answer in Python dropped although it still uses them."""

import ast
import builtins
from collections.abc import Iterable

from bot.code.python_tree import PARSE_ERRORS, parse_python
from runners.edits.line_gaps import strip_filled


def describe_lost_names(before: str, after: str) -> str:
    """Why the answer cannot be the whole file: a name, or what the file runs, is gone."""
    if lost := find_lost_imports(before, after):
        return f"it uses {', '.join(dict.fromkeys(lost))} and leaves its import out"
    if lost := find_lost_values(before, after):
        return f"it leaves out {', '.join(dict.fromkeys(lost))}, which it still uses"
    return "it leaves out what the file runs by itself" if _lost_main(before, after) else ""


def find_lost_values(before: str, after: str) -> list[str]:
    """Names that `before` gives a value at its top and `after` uses without one."""
    old, new = _parse_module(before), _parse_module(after)
    if old is None or new is None:
        return []
    bound = {name for node in ast.walk(new) for name in _bound_names(node)}
    used = {node.id for node in ast.walk(new) if isinstance(node, ast.Name)} - bound
    assigned_names = [
        name for node in old.body for part in _top_nodes(node) for name in _bound_names(part)
    ]
    # Which names a star import binds is decided by the module that is imported:
    # https://docs.python.org/3.11/reference/simple_stmts.html#the-import-statement
    return (
        []
        if "*" in bound
        else [n for n in assigned_names if n in used and not hasattr(builtins, n)]
    )


def _top_nodes(node: ast.stmt) -> Iterable[ast.AST]:
    inner = isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
    return [node] if inner or _is_import(node) else ast.walk(node)


def _lost_main(before: str, after: str) -> bool:
    """Whether `if __name__` is gone, not it alone, and nothing else runs in its place."""
    old, new = _parse_module(before), _parse_module(after)
    mains = [node for node in old.body if _is_main(node)] if old else []
    if not mains or new is None or any(_is_executed(node) for node in new.body):
        return False
    lines = before.splitlines()
    # From the end, so that the numbers of the lines above stay right.
    for node in reversed(mains):
        del lines[node.lineno - 1 : node.end_lineno]
    return strip_filled(lines) != strip_filled(after.splitlines())


def _is_main(node: ast.AST) -> bool:
    return isinstance(node, ast.If) and any(
        isinstance(part, ast.Name) and part.id == "__name__" for part in ast.walk(node.test)
    )


def _is_executed(node: ast.stmt) -> bool:
    call = isinstance(node, ast.Expr) and isinstance(node.value, ast.Call | ast.Await)
    return call or isinstance(node, ast.If | ast.Try | ast.For | ast.While | ast.With | ast.Raise)


def find_lost_imports(before: str, after: str) -> list[str]:
    """Names that `before` imports at its top and `after` uses without saying where they come from.

    Empty where either does not parse, or a star import may bring anything.
    """
    old, new = _parse_module(before), _parse_module(after)
    if old is None or new is None:
        return []
    bound = {name for node in ast.walk(new) for name in _bound_names(node)}
    used = {node.id for node in ast.walk(new) if isinstance(node, ast.Name)}
    imported_names = [name for node in old.body if _is_import(node) for name in _bound_names(node)]
    return (
        []
        if "*" in bound
        else [name for name in imported_names if name in used and name not in bound]
    )


def _parse_module(text: str) -> ast.Module | None:
    try:
        return parse_python(text)
    except PARSE_ERRORS:
        return None


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _bound_names(node: ast.AST) -> list[str]:
    """The names a node gives a meaning to, wherever they hold: rather too many than too few."""
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
            # `import a.b` binds `a`: https://docs.python.org/3.11/reference/simple_stmts.html#the-import-statement
            return [(name.asname or name.name).partition(".")[0] for name in names]
        case ast.Global(names=names) | ast.Nonlocal(names=names):
            return list(names)
        case (
            ast.Name(id=str(name), ctx=ast.Store() | ast.Del())
            | ast.arg(arg=str(name))
            | ast.FunctionDef(name=str(name))
            | ast.AsyncFunctionDef(name=str(name))
            | ast.ClassDef(name=str(name))
            | ast.ExceptHandler(name=str(name))
            | ast.MatchAs(name=str(name))
            | ast.MatchStar(name=str(name))
            | ast.MatchMapping(rest=str(name))
        ):
            return [name]
    return []
