"""Parse and query: the only caller of tree-sitter."""

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, TypeAlias, cast

from bot.code.parse_limits import step_limit
from bot.code.queries import TEST_QUERIES, Topic, read_query

if TYPE_CHECKING:
    from tree_sitter import Language, Node, Query
    from tree_sitter_language_pack import SupportedLanguage

Match: TypeAlias = "dict[str, list[Node]]"
MAX_PENDING_MATCHES = 10_000
"""Half-finished matches a query may hold; real files stay under a few hundred.

By default there is no limit; above it the earliest match is silently dropped:
https://docs.rs/tree-sitter/latest/tree_sitter/struct.QueryCursor.html
"""


def find_matches(language: str, body: bytes, topic: Topic = "outline") -> Iterator[Match]:
    """What the language's query captures, match by match; nothing where the parser gives up.

    Nothing either where the language has no query on the topic.
    """
    # A parser a file: one that is shared could be entered by a second thread at a progress report.
    from tree_sitter import Parser, QueryCursor  # noqa: PLC0415

    if topic == "tests" and language not in TEST_QUERIES:
        return
    syntax, query = load_grammar(language, topic)
    try:
        tree = Parser(syntax).parse(
            lambda at, _: body[at:], progress_callback=step_limit(len(body))
        )
    except ValueError:  # what py-tree-sitter raises where the callback stopped the parser
        return
    for _, captures in QueryCursor(query, match_limit=MAX_PENDING_MATCHES).matches(tree.root_node):
        yield captures


def has_syntax_error(language: str, body: bytes) -> bool:
    """Whether the parser had to skip or invent something, or gave up."""
    from tree_sitter import Parser  # noqa: PLC0415

    syntax, _ = load_grammar(language)
    try:
        tree = Parser(syntax).parse(
            lambda at, _: body[at:], progress_callback=step_limit(len(body))
        )
    except ValueError:
        return True
    return bool(tree.root_node.has_error)


@cache
def load_grammar(language: str, topic: Topic = "outline") -> "tuple[Language, Query]":
    """Raises KeyError for a language without a query."""
    # Commands that need no map must not wait for the parsers.
    from tree_sitter import Query  # noqa: PLC0415
    from tree_sitter_language_pack import get_language  # noqa: PLC0415

    syntax = get_language(cast("SupportedLanguage", language))
    return syntax, Query(syntax, read_query(language, topic))
