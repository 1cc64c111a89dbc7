"""Which parts of which files a map shows: those most likely meant, for the tokens they cost."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from heapq import nlargest

from bot.code import Outline, Symbol
from bot.models.token_count import count_line
from bot.repo_map.definition_scores import Scores
from bot.repo_map.escape_names import escape_hidden
from bot.repo_map.ranking import RankedFile

KIND_WEIGHTS = {"function": 1.0, "method": 1.0, "class": 0.8, "type": 0.6, "constant": 0.35}
OTHER_KIND_WEIGHT = 0.3
RANK_PENALTY = 0.8
"""How much less each further file counts."""
UNASKED_SHARE = 0.15
"""What every definition counts beside its own score, in units of the best one's."""
SIGNATURE_VALUE = 0.25
"""What a signature is worth beside the name, in units of the name."""
PATH_VALUE = 0.1
"""What a path without a definition is worth, in units of all that the file defines."""
MIN_SHARE = 0.01
"""What a file counts that no word of the question is in, in units of the best one."""
MIN_LINE_TOKENS = 6
"""Less than that holds no definition."""


@dataclass(frozen=True, slots=True)
class Part:
    """What may be shown of the file ranked `file`: its path, a definition's name or signature.

    `at` is the definition's place in the outline. `value` is how likely it is meant, and then
    divided by its tokens.
    """

    value: float
    file: int
    at: int = -1
    symbol: Symbol | None = None
    with_signature: bool = False

    @property
    def sort_key(self) -> tuple[float, int, int, bool]:
        return (-self.value, self.file, self.at, self.with_signature)


class Prices:
    """Tokens that parts of a map add to it, line by line, each line counted once."""

    def __init__(self, count: Callable[[str], int]) -> None:
        self.of_line = lru_cache(maxsize=None)(lambda line: count_line(count, line))

    def of_path(self, path: str) -> int:
        return max(self.of_line(f"{escape_hidden(path)}\n"), 1)

    def of_name(self, symbol: Symbol) -> int:
        return max(self.of_line(f", {escape_hidden(symbol.name)}"), 1)

    def of_row(self, owner: str) -> int:
        """A new row for the names of what stands in `owner`."""
        return self.of_line(f"    {escape_hidden(owner.rpartition('.')[2])}:\n")

    def of_signature(self, symbol: Symbol) -> int:
        return self.of_line(f"    {escape_hidden(symbol.signature)}\n")


@dataclass(slots=True)
class _Chosen:
    """What was taken, in order, and what of a next part is paid for already."""

    ranked: Sequence[RankedFile]
    prices: Prices
    parts: list[Part] = field(default_factory=list)
    files: set[int] = field(default_factory=set)
    rows: set[tuple[int, str]] = field(default_factory=set)
    names: set[tuple[int, str, str]] = field(default_factory=set)

    def price(self, part: Part) -> int:
        """0 for what is there already."""
        path = 0 if part.file in self.files else self.prices.of_path(self.ranked[part.file].path)
        symbol = part.symbol
        if symbol is None:
            return path
        if part.with_signature:
            return path + self.prices.of_signature(symbol)
        if (part.file, symbol.owner, symbol.name) in self.names:
            return 0
        new_row = (part.file, symbol.owner) not in self.rows
        row = self.prices.of_row(symbol.owner) if new_row else 0
        return path + row + self.prices.of_name(symbol)

    def add(self, part: Part) -> None:
        self.parts.append(part)
        self.files.add(part.file)
        if part.symbol is not None:
            self.names.add((part.file, part.symbol.owner, part.symbol.name))
            if not part.with_signature:
                self.rows.add((part.file, part.symbol.owner))


def choose_parts(
    ranked: Sequence[RankedFile],
    outlines: Mapping[str, Outline],
    scores: Scores,
    tokens: int,
    prices: Prices,
) -> list[Part]:
    """The best for their tokens, first, that fit; a definition brings its file's path."""
    chosen = _Chosen(ranked, prices)
    left = tokens
    valued = _value_parts(ranked[: max(tokens, 0)], outlines, scores)
    best = nlargest(max(tokens, 0), valued, key=lambda part: (part.value, -part.file, -part.at))
    for part in sorted(_per_token(best, ranked, prices), key=lambda part: part.sort_key):
        if left < MIN_LINE_TOKENS:
            break
        price = chosen.price(part)
        if 0 < price <= left:
            left -= price
            chosen.add(part)
    return chosen.parts


def _value_parts(
    ranked: Sequence[RankedFile], outlines: Mapping[str, Outline], scores: Scores
) -> Iterator[Part]:
    """Each file, and each definition with its part of the file's share: how likely it is meant."""
    best = ranked[0].score if ranked and ranked[0].score > 0 else 1.0
    highest = max((score for item in ranked for score in scores.get(item.path, ())), default=0.0)
    base = UNASKED_SHARE * (highest or 1.0)
    for file, item in enumerate(ranked):
        share = max(item.score / best, MIN_SHARE) / (1 + RANK_PENALTY * file)
        yield Part(share * PATH_VALUE, file)
        symbols = outlines[item.path].symbols if item.path in outlines else ()
        own = scores.get(item.path) or (0.0,) * len(symbols)
        weights = [
            KIND_WEIGHTS.get(symbol.kind, OTHER_KIND_WEIGHT) * (score + base)
            for symbol, score in zip(symbols, own, strict=True)
        ]
        total = sum(weights)
        for at, (symbol, weight) in enumerate(zip(symbols, weights, strict=True)):
            yield Part(share * weight / total, file, at, symbol)


def _per_token(
    parts: Iterable[Part], ranked: Sequence[RankedFile], prices: Prices
) -> Iterator[Part]:
    """Paths and names by value for a token, and for each name its signature, by what that adds."""
    for part in parts:
        if part.symbol is None:
            yield replace(part, value=part.value / prices.of_path(ranked[part.file].path))
            continue
        name, whole = prices.of_name(part.symbol), prices.of_signature(part.symbol)
        yield replace(part, value=part.value / name)
        more = SIGNATURE_VALUE * part.value / max(whole - name, MIN_LINE_TOKENS)
        yield replace(part, value=more, with_signature=True)
