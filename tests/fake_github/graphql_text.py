"""Reads a GraphQL document: just the part of the language that clients send."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

TOKEN = re.compile(
    r"[\s,\ufeff]+|\#[^\n]*|(?P<token>\.\.\.|[!$():=@\[\]{}|&]|[_A-Za-z]\w*|-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?"
    r'|"""(?:\\"""|[^"]|"(?!""))*"""|"(?:\\.|[^"\\\n])*")'
)


class Unreadable(Exception):  # noqa: N818 - what was sent is at fault
    """Not GraphQL."""


@dataclass
class Field:
    name: str
    alias: str
    args: dict[str, Any]
    selected: list["Field | Fragment"]


@dataclass
class Fragment:
    """`... on Type { }`, or a spread of a named one (then `name` is set)."""

    type: str
    selected: list["Field | Fragment"]
    name: str = ""


@dataclass
class Variable:
    name: str


@dataclass
class Document:
    kind: str = "query"
    selected: list[Field | Fragment] = field(default_factory=list)
    fragments: dict[str, Fragment] = field(default_factory=dict)
    variables: dict[str, bool] = field(default_factory=dict)
    """Those declared, and whether they must be given."""
    defaults: dict[str, Any] = field(default_factory=dict)


def tokens(text: str) -> list[str]:
    found, at = [], 0
    while at < len(text):
        met = TOKEN.match(text, at)
        if met is None:
            raise Unreadable(f"Parse error on {text[at : at + 10]!r}")
        at = met.end()
        if met["token"]:
            found.append(met["token"])
    return found


def parse(text: str) -> Document:
    return _Reader(tokens(text)).document()


def filled(value: Any, variables: Mapping[str, Any]) -> Any:
    """A value with its variables put in."""
    if isinstance(value, Variable):
        return variables.get(value.name)
    if isinstance(value, dict):
        return {name: filled(each, variables) for name, each in value.items()}
    return [filled(each, variables) for each in value] if isinstance(value, list) else value


class _Reader:
    def __init__(self, words: list[str]) -> None:
        self.words = [*words, ""]
        self.at = 0

    def next(self, wanted: str = "") -> str:
        word = self.words[self.at]
        if not word or (wanted and word != wanted):
            raise Unreadable(f"Expected {wanted or 'more'}, actual: {word or 'end of document'}")
        self.at += 1
        return word

    def sees(self, word: str) -> bool:
        return self.words[self.at] == word

    def took(self, word: str) -> bool:
        if self.sees(word):
            self.at += 1
            return True
        return False

    def document(self) -> Document:
        made = Document()
        while not self.sees(""):
            if self.took("fragment"):
                name, _ = self.next(), self.next("on")
                made.fragments[name] = Fragment(self.next(), self.selection())
            else:
                self.operation(made)
        return made

    def operation(self, made: Document) -> None:
        if made.selected:
            raise Unreadable("the stand-in takes one operation a document")
        if not self.sees("{"):
            made.kind = self.next()
            if not self.sees("(") and not self.sees("{"):
                self.next()
            if self.took("("):
                while not self.took(")"):
                    self.variable(made)
        made.selected = self.selection()

    def variable(self, made: Document) -> None:
        self.next("$")
        name = self.next()
        self.next(":")
        needed = self.type()
        if self.took("="):
            made.defaults[name], needed = self.value(), False
        made.variables[name] = needed

    def type(self) -> bool:
        """Whether null is not allowed."""
        if self.took("["):
            self.type()
            self.next("]")
        else:
            self.next()
        return self.took("!")

    def selection(self) -> list[Field | Fragment]:
        self.next("{")
        found: list[Field | Fragment] = []
        while not self.took("}"):
            found.append(self.fragment() if self.took("...") else self.field())
        return found

    def fragment(self) -> Fragment:
        if self.took("on"):
            return Fragment(self.next(), self.selection())
        return Fragment("", [], self.next())

    def field(self) -> Field:
        alias = name = self.next()
        if self.took(":"):
            name = self.next()
        args = self.pairs(")") if self.took("(") else {}
        return Field(name, alias, args, self.selection() if self.sees("{") else [])

    def pairs(self, end: str) -> dict[str, Any]:
        found = {}
        while not self.took(end):
            name = self.next()
            self.next(":")
            found[name] = self.value()
        return found

    def value(self) -> Any:
        if self.took("$"):
            return Variable(self.next())
        if self.took("["):
            found = []
            while not self.took("]"):
                found.append(self.value())
            return found
        if self.took("{"):
            return self.pairs("}")
        return _literal(self.next())


def _literal(word: str) -> Any:
    if word.startswith('"""'):
        return word[3:-3].replace('\\"""', '"""').strip()
    if word.startswith('"') or word[0] in "-0123456789":
        return json.loads(word)
    return {"true": True, "false": False, "null": None}.get(word, word)
