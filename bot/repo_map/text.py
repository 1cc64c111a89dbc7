"""The map as a model sees it: the files that matter, best first, under each what it defines.

The definitions that matter most are shown with their signatures. Of the others there are the names
alone, which cost a fifth: what is named can be asked for, what is not cannot.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.code import Outline, Symbol
from bot.models.token_estimate import SLACK_TOKENS
from bot.repo_map.choose_parts import Part, Prices, choose_parts
from bot.repo_map.definition_scores import Scores
from bot.repo_map.escape_names import escape_hidden
from bot.repo_map.ranking import RankedFile

TITLE = "Files of the repository, those that matter most first, with definitions:"
MORE_TITLE = "And these files:"
DROPPED_SHARE = 40
"""One part in so many is taken away at once where the whole is too long."""


@dataclass(frozen=True, slots=True)
class MapText:
    """`text` has `tokens` tokens, never more than asked for; `files` are those it names."""

    text: str
    tokens: int
    files: tuple[RankedFile, ...]


def render_map(
    ranked: Sequence[RankedFile],
    outlines: Mapping[str, Outline],
    scores: Scores,
    tokens: int,
    count: Callable[[str], int],
) -> MapText:
    """Never more than `tokens` by `count`, which is asked about the whole text at last."""
    prices = Prices(count)
    titles = prices.of_line(f"{TITLE}\n") + prices.of_line(f"{MORE_TITLE}\n")
    left = tokens - titles - SLACK_TOKENS
    chosen = choose_parts(ranked, outlines, scores, left, prices)
    return _fit(ranked, outlines, chosen, tokens, count)


def _fit(
    ranked: Sequence[RankedFile],
    outlines: Mapping[str, Outline],
    chosen: Sequence[Part],
    tokens: int,
    count: Callable[[str], int],
) -> MapText:
    """Count the whole; where parts counted one by one made less than it, take the last away."""
    parts = list(chosen)
    while parts:
        text, files = _compose(ranked, outlines, parts)
        needs = count(text)
        if needs <= tokens:
            return MapText(text, needs, files)
        del parts[-1 - len(parts) // DROPPED_SHARE :]
    return MapText("", 0, ())


def _compose(
    ranked: Sequence[RankedFile], outlines: Mapping[str, Outline], parts: Iterable[Part]
) -> tuple[str, tuple[RankedFile, ...]]:
    """The text, and the files in the order they stand in it."""
    shown: dict[int, dict[int, bool]] = {}
    for part in parts:
        under = shown.setdefault(part.file, {})
        if part.at >= 0:
            under[part.at] = under.get(part.at, False) or part.with_signature
    detailed = [at for at in sorted(shown) if shown[at]]
    bare = [at for at in sorted(shown) if not shown[at]]
    rows = [TITLE] if detailed else []
    for at in detailed:
        path = ranked[at].path
        rows += [escape_hidden(path), *_definition_rows(outlines[path].symbols, shown[at])]
    if bare:
        rows += [MORE_TITLE, *(escape_hidden(ranked[at].path) for at in bare)]
    return "".join(f"{row}\n" for row in rows), tuple(ranked[at] for at in (*detailed, *bare))


def _definition_rows(symbols: Sequence[Symbol], shown: Mapping[int, bool]) -> list[str]:
    """Signatures in the file's order, below what they stand in; names in one row for each owner."""
    rows: list[str | tuple[str, str]] = []
    names: dict[str, dict[str, None]] = {}
    around: list[Symbol] = []
    with_signature = {(symbols[at].owner, symbols[at].name) for at, full in shown.items() if full}
    for at in sorted(shown):
        symbol = symbols[at]
        while around and (not symbol.owner or around[-1].last < symbol.last):
            around.pop()
        indent = "  " * (len(around) + 1)
        owner = "" if around else _last_part(symbol.owner)
        if shown[at]:
            prefix = f"{owner}: " if owner and owner not in symbol.signature else ""
            rows.append(indent + escape_hidden(prefix + symbol.signature))
            around.append(symbol)
        elif (symbol.owner, symbol.name) not in with_signature:
            if symbol.owner not in names:
                names[symbol.owner] = {}
                rows.append((indent + escape_hidden(f"{owner}: " if owner else ""), symbol.owner))
            names[symbol.owner][symbol.name] = None
    return [
        row if isinstance(row, str) else row[0] + escape_hidden(", ".join(names[row[1]]))
        for row in rows
    ]


def _last_part(owner: str) -> str:
    return owner.rpartition(".")[2]
