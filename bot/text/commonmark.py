"""Constructors of the Markdown parser, used wherever the program must agree with a rendered page.

CommonMark, https://spec.commonmark.org/0.31.2/; GitHub's dialect adds tables and struck out text:
https://github.github.com/gfm/
"""

from collections.abc import Iterable, Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from markdown_it import MarkdownIt


def new_block_parser(*rules: str) -> "MarkdownIt":
    """Blocks only: what a paragraph holds is left as text. `rules` are added to CommonMark's."""
    parser = _new_parser(rules)
    # Parsing runs a chain of core rules, of which `block` and `inline` are two:
    # https://markdown-it-py.readthedocs.io/en/latest/architecture.html
    parser.core.ruler.disable("inline")
    return parser


def new_inline_parser(*, without: Iterable[str] = ()) -> "MarkdownIt":
    """For the text of one paragraph, without these of CommonMark's rules."""
    return _new_parser().disable([*without])


def find_definitions(env: Mapping[str, Any]) -> Iterator[tuple[str, int, int]]:
    """Link definitions that a parse left in `env`: label, first line, line after the last.

    Those too whose label was taken: the first one counts, no page shows either.
    https://spec.commonmark.org/0.31.2/#link-reference-definitions
    """
    first = list(env.get("references", {}).items())
    again = [(definition["label"], definition) for definition in env.get("duplicate_refs", [])]
    for label, definition in [*first, *again]:
        start, end = definition["map"]
        yield label, start, end


def _new_parser(rules: Iterable[str] = ()) -> "MarkdownIt":
    from markdown_it import MarkdownIt  # noqa: PLC0415  # 0.1 s, and most commands read no Markdown

    return MarkdownIt("commonmark").enable([*rules])
