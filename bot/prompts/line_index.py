"""What else a file holds, a line for each definition: its lines and its signature."""

from collections.abc import Sequence

from bot.code import Outline, Symbol
from bot.models.token_estimate import estimate_tokens
from bot.prompts.line_spans import Span
from bot.text.invisible import make_printable

MAX_SIGNATURE_CHARS = 100
LEFT_OUT_TOKENS = 30
"""Tokens of the line that says what an index leaves out."""


def render_index(
    outline: Outline, max_tokens: int, *, shown: Sequence[Span] = (), first: Sequence[Symbol] = ()
) -> str:
    """Definitions in the order of the file, those inside of another indented.

    Within `max_tokens` stay those in `first`, in its order, then the outer before the inner; each
    comes with what is around it. A line says how many are left out. What is `shown` needs none.
    """
    symbols = outline.symbols
    known = [each for each in symbols if not _is_shown(each, shown)]
    kept = _choose_entries(symbols, [*first, *sorted(known, key=_depth)], known, max_tokens)
    entries = [_entry(each) for each in symbols if each in kept]
    return "\n".join([*entries, *_left_out(known, kept)])


def _choose_entries(
    symbols: Sequence[Symbol], order: Sequence[Symbol], known: Sequence[Symbol], max_tokens: int
) -> set[Symbol]:
    by_path = {_path_of(each): each for each in reversed(symbols)}
    wanted, spent = set(known), 0
    kept: set[Symbol] = set()
    for each in order:
        if each not in wanted or each in kept:
            continue
        new = [each, *_owners(each, by_path)]
        cost = sum(
            estimate_tokens(f"{_entry(new_one)}\n") for new_one in new if new_one not in kept
        )
        if spent + cost + LEFT_OUT_TOKENS > max_tokens:
            break
        spent += cost
        kept.update(new)
    return kept


def _owners(symbol: Symbol, by_path: dict[str, Symbol]) -> list[Symbol]:
    path, found = symbol.owner, []
    while path:
        found += [by_path[path]] if path in by_path else []
        path = path.rpartition(".")[0]
    return found


def _left_out(known: Sequence[Symbol], kept: set[Symbol]) -> list[str]:
    """That some are left out, and up to where."""
    gone = [each for each in known if each not in kept]
    last = max((each.last for each in gone), default=0)
    return [f"... and {len(gone)} more definitions up to line {last}"] if gone else []


def _is_shown(symbol: Symbol, spans: Sequence[Span]) -> bool:
    return any(first <= symbol.first and symbol.last <= last for first, last in spans)


def _path_of(symbol: Symbol) -> str:
    return f"{symbol.owner}.{symbol.name}" if symbol.owner else symbol.name


def _depth(symbol: Symbol) -> int:
    return symbol.owner.count(".") + 1 if symbol.owner else 0


def _entry(symbol: Symbol) -> str:
    signature = make_printable(symbol.signature.strip(), MAX_SIGNATURE_CHARS)
    return f"{'  ' * _depth(symbol)}{symbol.first}-{symbol.last} {signature}"
