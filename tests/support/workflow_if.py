"""Whether a workflow's `if` lets a job run for an event, by the rules of GitHub's expressions.

https://docs.github.com/en/actions/reference/workflows-and-actions/expressions
"""

import json
import re
from typing import Any

_TOKEN = re.compile(r"\s*(?:('(?:[^']|'')*')|([A-Za-z_][\w.-]*)|(&&|\|\||==|!=|!|[(),]))")


def evaluate(expression: str, github: dict[str, Any]) -> bool:
    """Raises SyntaxError for what GitHub would refuse."""
    tokens = _split(expression)
    value = _Parser(tokens, {"github": github}).parse()
    return _truth(value)


def _split(expression: str) -> list[str]:
    tokens, at = [], 0
    while at < len(expression.rstrip()):
        found = _TOKEN.match(expression, at)
        if not found:
            raise SyntaxError(expression[at:])
        tokens.append(found[0].strip())
        at = found.end()
    return tokens


def _truth(value: Any) -> bool:  # noqa: ANN401  # a JSON value
    # Falsy are false, 0, the empty string and null; objects and lists never are.
    return isinstance(value, dict | list) or bool(value)


def _text(value: Any) -> str:  # noqa: ANN401  # a JSON value
    if value is None:
        return ""
    return value.casefold() if isinstance(value, str) else json.dumps(value)


class _Parser:
    def __init__(self, tokens: list[str], context: dict[str, Any]) -> None:
        self.tokens, self.at, self.context = tokens, 0, context

    def parse(self) -> Any:  # noqa: ANN401  # a JSON value
        value = self._either()
        if self.at < len(self.tokens):
            raise SyntaxError(self.tokens[self.at])
        return value

    def _next(self) -> str:
        return self.tokens[self.at] if self.at < len(self.tokens) else ""

    def _take(self, token: str = "") -> str:
        found = self._next()
        if not found or (token and found != token):
            raise SyntaxError(f"{token or 'more'} is missing before {found!r}")
        self.at += 1
        return found

    def _either(self) -> Any:  # noqa: ANN401  # a JSON value
        value = self._both()
        while self._next() == "||":
            self._take()
            other = self._both()
            value = value if _truth(value) else other
        return value

    def _both(self) -> Any:  # noqa: ANN401  # a JSON value
        value = self._compare()
        while self._next() == "&&":
            self._take()
            other = self._compare()
            value = other if _truth(value) else value
        return value

    def _compare(self) -> Any:  # noqa: ANN401  # a JSON value
        value = self._unary()
        while self._next() in {"==", "!="}:
            sign = self._take()
            other = self._unary()
            # Strings are compared without regard to case.
            strings = isinstance(value, str) and isinstance(other, str)
            same = value.casefold() == other.casefold() if strings else value == other
            value = same if sign == "==" else not same
        return value

    def _unary(self) -> Any:  # noqa: ANN401  # a JSON value
        word = self._take()
        if word == "!":
            return not _truth(self._unary())
        if word == "(":
            value = self._either()
            self._take(")")
            return value
        if word.startswith("'"):
            return word[1:-1].replace("''", "'")
        return self._call(word) if self._next() == "(" else self._look_up(word)

    def _call(self, name: str) -> Any:  # noqa: ANN401  # a JSON value
        self._take("(")
        values = [self._either()]
        while self._next() == ",":
            self._take()
            values.append(self._either())
        self._take(")")
        if name == "fromJSON":
            return json.loads(values[0])
        whole, part = map(_text, values)
        return {"startsWith": whole.startswith, "contains": whole.__contains__}[name](part)

    def _look_up(self, path: str) -> Any:  # noqa: ANN401  # a JSON value
        value: Any = self.context
        for name in path.split("."):
            # What is not there is null, and so is all below it.
            value = value.get(name) if isinstance(value, dict) else None
        return value
