"""What a prompt says of the failures: in few words for a small model, but as they were printed."""

import ast
import re
from collections.abc import Sequence

from bot.code.python_tree import PARSE_ERRORS, parse_python
from bot.failures import Failure
from bot.failures.describe import describe_failure

MAX_FAILURES = 4
MAX_MESSAGE_LINES = 14
"""What of the failures, and of one of them, a small model still reads."""


def summarize_failures(failures: Sequence[Failure], *, shown: int = MAX_FAILURES) -> str:
    """The first failures with what was printed of each; the others by their number."""
    told = list(dict.fromkeys(map(report_failure, failures)))
    more = [f"and {len(told) - shown} more"] if len(told) > shown else []
    return "\n\n".join([*told[:shown], *more])


def report_failure(failure: Failure) -> str:
    """The failure as printed, under a sentence that says the same where one is certain."""
    described = describe_failure(failure, MAX_MESSAGE_LINES)
    line = next((each.source for each in reversed(failure.places) if each.source), "")
    sentence = explain_assertion(line, failure.message[0] if failure.message else "")
    if not sentence:
        return described
    named = described.split("\n", 1)
    if not failure.name:
        return f"{sentence}\n{described}"
    return "\n".join([f"{named[0]}: {sentence}", *named[1:]])


EQUAL_METHODS = frozenset({"assertEqual", "assertEquals", "assertListEqual", "assertDictEqual"})
DIFFER = re.compile(r"^(?:\w+ differ: )?(?P<got>.+?) != ")
RAISED = re.compile(r"^(?P<name>\w+) not raised")
ASSERTED = re.compile(r"^(?:AssertionError: )?assert (?P<got>.+?) == ")


def explain_assertion(test_line: str, outcome: str) -> str:
    """One sentence for a test's line and how it ended; empty where no form fits."""
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
        body = parse_python(f"{text} pass" if text.endswith(":") else text).body
    except PARSE_ERRORS:
        return None
    return body[0] if len(body) == 1 else None
