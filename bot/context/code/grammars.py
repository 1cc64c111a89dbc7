"""A language's grammar and compiled query: made once a process, when first asked for."""

from functools import cache
from typing import TYPE_CHECKING, cast

from bot.context.code.queries import QUERIES

if TYPE_CHECKING:
    from tree_sitter import Language, Query
    from tree_sitter_language_pack import SupportedLanguage


@cache
def grammar(language: str) -> "tuple[Language, Query]":
    """Raises KeyError for a language without a query."""
    # Commands that need no map must not wait for the parsers.
    from tree_sitter import Query  # noqa: PLC0415
    from tree_sitter_language_pack import get_language  # noqa: PLC0415

    syntax = get_language(cast("SupportedLanguage", language))
    return syntax, Query(syntax, QUERIES[language])
