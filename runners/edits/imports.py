"""A Python file's own imports: an answer that drops one it still uses is no whole file."""

import ast
import warnings


def lost_imports(before: str, after: str) -> list[str]:
    """Names that `before` imports at its top and `after` uses without saying where they come from.

    Empty where either does not parse, or a star import may bring anything.
    """
    old, new = _tree(before), _tree(after)
    if old is None or new is None:
        return []
    bound = {name for node in ast.walk(new) for name in _binds(node)}
    used = {node.id for node in ast.walk(new) if isinstance(node, ast.Name)}
    had = [name for node in old.body if _is_import(node) for name in _binds(node)]
    return [] if "*" in bound else [name for name in had if name in used and name not in bound]


def _tree(text: str) -> ast.Module | None:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None


def _is_import(node: ast.AST) -> bool:
    return isinstance(node, ast.Import | ast.ImportFrom)


def _binds(node: ast.AST) -> list[str]:
    """The names a node gives a meaning to, wherever they hold: rather too many than too few."""
    match node:
        case ast.Import(names=names) | ast.ImportFrom(names=names):
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
