"""Parse and query: the only caller of tree-sitter."""

from collections.abc import Iterator
from typing import TYPE_CHECKING, TypeAlias

from bot.context.code.bounds import step_limit
from bot.context.code.grammars import grammar

if TYPE_CHECKING:
    from tree_sitter import Node

Match: TypeAlias = "dict[str, list[Node]]"
AT_ONCE = 10_000
"""Half-finished matches a query may hold; real files stay under a few hundred."""


def matches(language: str, body: bytes) -> Iterator[Match]:
    """What the language's query captures, match by match; nothing where the parser gives up."""
    # A parser a file: one that is shared could be entered by a second thread at a progress report.
    from tree_sitter import Parser, QueryCursor  # noqa: PLC0415

    syntax, query = grammar(language)
    try:
        tree = Parser(syntax).parse(
            lambda at, _: body[at:], progress_callback=step_limit(len(body))
        )
    except ValueError:  # stopped by the limit
        return
    for _, captures in QueryCursor(query, match_limit=AT_ONCE).matches(tree.root_node):
        yield captures
