"""Which version of the prompts models were asked by: rates of one say little of another."""

import ast
import hashlib
from functools import cache
from importlib.resources import files

PACKAGES = ("bot.prompts", "bot.failures")
"""What models are told, in which order of ways, and what they are told of a failure."""


@cache
def digest_prompts() -> str:
    """Of the source as installed; comments, docstrings and layout do not count."""
    found = hashlib.sha256()
    for package in PACKAGES:
        for file in sorted(files(package).iterdir(), key=lambda each: each.name):
            if file.name.endswith(".py"):
                found.update(f"{package} {file.name}\n".encode())
                found.update(digest_source(file.read_text("utf-8")).encode())
    return found.hexdigest()[:12]


def digest_source(text: str) -> str:
    tree = ast.parse(text)
    for node in ast.walk(tree):
        for name in ("body", "orelse", "finalbody"):
            body = getattr(node, name, None)
            if isinstance(body, list):
                setattr(node, name, [each for each in body if not _is_text(each)])
    return hashlib.sha256(ast.dump(tree).encode()).hexdigest()


def _is_text(node: ast.AST) -> bool:
    """A docstring, of a module, class, function or name: an expression that does nothing."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
