"""Small changes to a file's code, each of which its tests should notice: mutants.

Few kinds, which exist in every language and seldom leave the meaning as it was: a comparison's
boundary and its negation, `and` and `or`, plus and minus, a number, a truth value, a condition's
negation, what is returned, a call that is left out. The choice is that of the tables of Stryker
and PIT, without what often changes nothing (strings, unary signs, collections):
https://stryker-mutator.io/docs/stryker-net/mutations/
https://pitest.org/quickstart/mutators/
"""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from bot.code.languages import language_of
from bot.code.parse_limits import is_parsable, step_limit
from bot.code.tree_sitter import has_syntax_error, load_grammar

if TYPE_CHECKING:
    from tree_sitter import Node

MAX_NODES = 200_000
"""Of one file's tree; a file of a megabyte may have more."""
MAX_SHOWN = 40
"""Characters of a text that is quoted."""
_SWAPS: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "<": ("<=", ">="),
        "<=": ("<", ">"),
        ">": (">=", "<="),
        ">=": (">", "<"),
        "==": ("!=",),
        "!=": ("==",),
        "===": ("!==",),
        "!==": ("===",),
        "and": ("or",),
        "or": ("and",),
        "&&": ("||",),
        "||": ("&&",),
        "+": ("-",),
        "-": ("+",),
        "*": ("/",),
        "/": ("*",),
        "%": ("*",),
        "+=": ("-=",),
        "-=": ("+=",),
    }
)
# Of each grammar the nodes whose children are operators, by a part of their names: `<` opens the
# arguments of a type as well. https://tree-sitter.github.io/tree-sitter/using-parsers/2-basic-parsing.html
_OPERATIONS = ("binary", "comparison", "boolean_operator", "relational", "equality", "additive",
               "multiplicative", "conjunction", "disjunction", "augmented", "assignment",
               "infix_expression")  # fmt: skip
_NUMBERS = frozenset(
    {"integer", "int_literal", "integer_literal", "number", "number_literal"}
    | {"decimal_integer_literal"}
)
_TRUTH = MappingProxyType({"true": "false", "false": "true", "True": "False", "False": "True"})
_NOTHING = MappingProxyType(
    {
        "python": "None", "javascript": "null", "typescript": "null", "tsx": "null",
        "ruby": "nil", "php": "null",
    }
)  # fmt: skip
"""What stands for a returned value, where a compiler would not refuse it."""
_LEFT_OUT = MappingProxyType({"python": "pass", "ruby": "nil", "c": "0", "cpp": "0"})
_CALLS = frozenset({"call", "call_expression", "method_invocation", "invocation_expression"})
_STATEMENTS = frozenset({"expression_statement", "block", "module", "then", "body_statement"})
"""In which a call stands by itself, and nobody uses what it gives."""
_CONDITIONED = frozenset(
    {"if_statement", "while_statement", "elif_clause", "if_expression"}
    | {"if", "unless", "elsif", "while"}
)
_UNREAD = frozenset({"bash"})
"""A shell's tests are commands with words: nothing here would change what they mean."""


@dataclass(frozen=True, slots=True)
class Mutant:
    """The bytes of `path` from `start` to `end` become `new`. `line` counts from 1."""

    path: str
    line: int
    start: int
    end: int
    old: str
    new: str

    @property
    def label(self) -> str:
        return f"{self.path}:{self.line}: `{_shorten(self.old)}` as `{_shorten(self.new)}`"

    def apply(self, body: bytes) -> bytes:
        return body[: self.start] + self.new.encode() + body[self.end :]


def list_mutants(path: str, body: bytes, lines: Collection[int]) -> Iterator[Mutant]:
    """Those that begin on these lines, in the file's order; none of a language not known here."""
    language = language_of(path, body)
    if (
        not language
        or language in _UNREAD
        or not is_parsable(language, body)
        or has_syntax_error(language, body)
    ):
        return
    for node in _walk(language, body):
        line = node.start_point[0] + 1
        if line in lines:
            for at, new in _replacements(language, node):
                old = body[at.start_byte : at.end_byte].decode(errors="replace")
                yield Mutant(path, line, at.start_byte, at.end_byte, old, new)


def is_sound(mutant: Mutant, body: bytes) -> bool:
    """Whether it still is code: what cannot be parsed would only test the parser."""
    changed = mutant.apply(body)
    return not has_syntax_error(language_of(mutant.path, body), changed)


def _walk(language: str, body: bytes) -> "Iterator[Node]":
    from tree_sitter import Parser  # noqa: PLC0415  # commands that make no mutants do not wait

    syntax, _ = load_grammar(language)
    try:
        tree = Parser(syntax).parse(
            lambda at, _: body[at:], progress_callback=step_limit(len(body))
        )
    except ValueError:  # what py-tree-sitter raises where the callback stopped the parser
        return
    waiting, seen = [tree.root_node], 0
    while waiting and seen < MAX_NODES:
        node = waiting.pop()
        seen += 1
        yield node
        waiting += reversed(node.children)


def _replacements(language: str, node: "Node") -> "Iterator[tuple[Node, str]]":
    kind, parent = node.type, node.parent
    if not node.children:
        text = _text(node)
        if kind in _NUMBERS and text.isascii() and text.isdecimal():
            yield node, str(int(text[:18]) + 1)
        elif text in _TRUTH and (node.is_named or (parent and parent.type == "boolean_literal")):
            yield node, _TRUTH[text]
        elif parent and any(each in parent.type for each in _OPERATIONS):
            yield from ((node, new) for new in _SWAPS.get(text, ()))
        return
    yield from _larger_replacements(language, node)


def _larger_replacements(language: str, node: "Node") -> "Iterator[tuple[Node, str]]":
    if node.type in _CONDITIONED:
        condition = node.child_by_field_name("condition")
        if condition:
            yield condition, _negate(language, condition)
    elif node.type == "return_statement" and language in _NOTHING:
        value = next((each for each in node.named_children if each.type != "comment"), None)
        if value and _text(value) != _NOTHING[language]:
            yield value, _NOTHING[language]
    elif node.type in _CALLS and node.parent and node.parent.type in _STATEMENTS:
        yield node, _LEFT_OUT.get(language, "")


def _negate(language: str, condition: "Node") -> str:
    text = _text(condition)
    if language == "python":
        return f"not ({text})"
    # In most grammars the parentheses that a statement demands are part of the condition.
    return f"(!{text})" if text.startswith("(") else f"!({text})"


def _text(node: "Node") -> str:
    return (node.text or b"").decode(errors="replace")


def _shorten(text: str) -> str:
    line = " ".join(text.split()).replace("`", "'")
    return line if len(line) <= MAX_SHOWN else f"{line[: MAX_SHOWN - 2]} …"
