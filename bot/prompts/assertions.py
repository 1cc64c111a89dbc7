"""A failed assertion in plain words: what came, and what must come. Small models read no diffs."""

import ast
import re

EQUAL_METHODS = frozenset({"assertEqual", "assertEquals", "assertListEqual", "assertDictEqual"})
DIFFER = re.compile(r"^(?:\w+ differ: )?(?P<got>.+?) != ")
RAISED = re.compile(r"^(?P<name>\w+) not raised")
ASSERTED = re.compile(r"^(?:AssertionError: )?assert (?P<got>.+?) == ")


def explain_assertion(test_line: str, outcome: str) -> str:
    """One sentence for `asked`, a test's line, and `wrong`, how it ended; empty if neither fits."""
    kind, _, message = outcome.partition(": ")
    node = _parse_statement(test_line)
    if isinstance(node, ast.With) and (raised := RAISED.match(message)):
        return f"{raised['name']} must be raised, but is not"
    if kind not in {"AssertionError", "E", "assert"} and not outcome.startswith("assert "):
        return ""
    match node:
        case ast.Expr(ast.Call(func=ast.Attribute(attr=name), args=[first, second, *_])):
            found = DIFFER.match(message) if name in EQUAL_METHODS else None
            return _compose_sentence(first, found, second)
        case ast.Assert(ast.Compare(left=first, ops=[ast.Eq()], comparators=[second])):
            return _compose_sentence(first, ASSERTED.match(outcome), second)
    return ""


def _compose_sentence(first: ast.expr, found: re.Match[str] | None, second: ast.expr) -> str:
    return (
        f"{ast.unparse(first)} is {found['got']}, but must be {ast.unparse(second)}"
        if found
        else ""
    )


def _parse_statement(line: str) -> ast.stmt | None:
    text = line.strip()
    try:
        body = ast.parse(f"{text} pass" if text.endswith(":") else text).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return body[0] if len(body) == 1 else None
