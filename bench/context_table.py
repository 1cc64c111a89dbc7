"""Turns the rows of bench/context.py into the table of bench/RESULTS.md."""

from collections.abc import Callable
from operator import itemgetter
from statistics import mean, median
from typing import Any

from context_judge import shown

Row = dict[str, Any]
BUDGETS = ("1000", "2000", "4000", "8000")
TOKENIZER = "o200k_base"
HEAD = (
    "",
    "changed definitions shown under their file, 1k / 2k / 4k / 8k",
    "control: by another case's text",
    "their files named",
    "mean reciprocal rank",
    f"over budget ({TOKENIZER})",
    "over budget (Qwen)",
    "same bytes, two hash seeds",
    "cold, median: in process / whole process / its processor seconds",
    "peak memory, median / most",
)


def table(rows: list[Row]) -> str:
    names = list(dict.fromkeys(row["contender"] for row in rows))
    lines = [HEAD, ("---",) * len(HEAD)]
    lines += [_line(name, [row for row in rows if row["contender"] == name]) for name in names]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + _ours(rows)


def _line(name: str, rows: list[Row]) -> tuple[str, ...]:
    return (
        f"{name}, {len(rows)} cases",
        _shares(rows, "shown"),
        _control(rows),
        _shares(rows, "named"),
        _reciprocal_rank(rows),
        _over(rows, TOKENIZER),
        _over(rows, "qwen"),
        _same(rows),
        " / ".join(f"{_median(rows, itemgetter(key)):.2f} s" for key in ("cold", "whole", "cpu")),
        f"{_median(rows, _megabytes):.0f} MB / {max(map(_megabytes, rows)):.0f} MB",
    )


def _shares(rows: list[Row], key: str) -> str:
    return _by_budget(lambda budget: mean(row[key][budget] for row in rows))


def _control(rows: list[Row]) -> str:
    """The same of what was sent for the repository's other cases: what listing names finds."""
    pairs = [
        (a, b) for a in rows for b in rows if a["repo"] == b["repo"] and a["case"] != b["case"]
    ]
    if not pairs:
        return "none"
    return _by_budget(
        lambda budget: mean(shown(b["sent"][budget], a["gold"], a["paths"]) for a, b in pairs)
    )


def _by_budget(share: Callable[[str], float]) -> str:
    return " / ".join(f"{share(budget):.2f}".lstrip("0") for budget in BUDGETS)


def _reciprocal_rank(rows: list[Row]) -> str:
    """Of the first file of the fix, among files of code that are no tests; 0 where it is absent."""
    ranks = [row["rank"] for row in rows if "rank" in row]
    return f"{mean(1 / rank if rank else 0 for rank in ranks):.3f}" if ranks else "not told"


def _over(rows: list[Row], tokenizer: str) -> str:
    """How many, by budget, and the worst ratio of them."""
    if not all(tokenizer in row["tokens"][b] for row in rows for b in BUDGETS):
        return "not counted"
    ratios = {b: [row["tokens"][b][tokenizer] / int(b) for row in rows] for b in BUDGETS}
    counts = " / ".join(str(sum(ratio > 1 for ratio in ratios[b])) for b in BUDGETS)
    return f"{counts} of {len(rows)}, at most {max(map(max, ratios.values())):.2f}x"


def _same(rows: list[Row]) -> str:
    known = [row["same_bytes"] for row in rows if row["same_bytes"] is not None]
    return f"{sum(known)} of {len(known)}"


def _median(rows: list[Row], value: Callable[[Row], float]) -> float:
    return median(map(value, rows))


def _megabytes(row: Row) -> float:
    return float(row["peak"]) / 1e6


def _ours(rows: list[Row]) -> str:
    own = [row for row in rows if "same" in row]
    if not own:
        return ""
    unchanged = _median(own, lambda row: row["same"]) * 1000
    other = _median(own, lambda row: row["other"]) * 1000
    changed = _median(own, lambda row: row["changed"]["1"]) * 1000
    return (
        f"\n\nIn process: nothing changed {unchanged:.0f} ms asked the same again, "
        f"{other:.0f} ms asked another text; one changed file {changed:.0f} ms."
    )
