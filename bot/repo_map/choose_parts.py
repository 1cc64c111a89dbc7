"""Which parts of which files a map shows: those most likely meant, for the tokens they cost."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from heapq import nsmallest
from typing import NamedTuple

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
MIN_NAME_TOKENS = 2
"""What the shortest name costs, with its comma."""
MIN_LINE_TOKENS = 6
"""Less than that holds no definition."""


class Part(NamedTuple):
    """What may be shown of the file ranked `file`: its path, a definition's name or signature.

    `at` is the definition's place in the outline, -1 for the path alone. `loss` is the negative of
    how likely it is meant, and then of that divided by its tokens: the least comes first.
    """

    loss: float
    file: int
    at: int
    with_signature: bool = False


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
    outlines: Mapping[str, Outline]
    prices: Prices
    parts: list[Part] = field(default_factory=list)
    files: set[int] = field(default_factory=set)
    rows: set[tuple[int, str]] = field(default_factory=set)
    names: set[tuple[int, str, str]] = field(default_factory=set)

    def price(self, part: Part) -> int:
        """0 for what is there already."""
        path = 0 if part.file in self.files else self.prices.of_path(self.ranked[part.file].path)
        if part.at < 0:
            return path
        symbol = self.symbol(part)
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
        if part.at >= 0:
            symbol = self.symbol(part)
            self.names.add((part.file, symbol.owner, symbol.name))
            if not part.with_signature:
                self.rows.add((part.file, symbol.owner))

    def symbol(self, part: Part) -> Symbol:
        return self.outlines[self.ranked[part.file].path].symbols[part.at]

    def options(self, part: Part) -> Iterator[Part]:
        """A path or a name by its value for a token; and a name's signature, by what that adds."""
        loss, file, at, _ = part
        if at < 0:
            yield Part(loss / self.prices.of_path(self.ranked[file].path), file, at)
            return
        symbol = self.symbol(part)
        name, whole = self.prices.of_name(symbol), self.prices.of_signature(symbol)
        yield Part(loss / name, file, at)
        more = max(whole - name, MIN_LINE_TOKENS)
        yield Part(SIGNATURE_VALUE * loss / more, file, at, with_signature=True)


def choose_parts(
    ranked: Sequence[RankedFile],
    outlines: Mapping[str, Outline],
    scores: Scores,
    tokens: int,
    prices: Prices,
) -> list[Part]:
    """The best for their tokens, first, that fit; a definition brings its file's path."""
    chosen = _Chosen(ranked, outlines, prices)
    left, most = tokens, max(tokens // MIN_NAME_TOKENS, 0)
    likely = nsmallest(most, _value_parts(ranked[:most], outlines, scores))
    options = sorted(option for each in likely for option in chosen.options(each))
    for part in options:
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
        yield Part(-share * PATH_VALUE, file, -1)
        symbols = outlines[item.path].symbols if item.path in outlines else ()
        own = scores.get(item.path) or (0.0,) * len(symbols)
        weights = [
            KIND_WEIGHTS.get(symbol.kind, OTHER_KIND_WEIGHT) * (score + base)
            for symbol, score in zip(symbols, own, strict=True)
        ]
        total = sum(weights)
        yield from (Part(-share * weight / total, file, at) for at, weight in enumerate(weights))
