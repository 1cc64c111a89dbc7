"""Turns the rows of bench/context.py into the table of bench/RESULTS.md."""

import re
from collections.abc import Callable, Sequence
from operator import itemgetter
from statistics import mean, median
from typing import Any

Row = dict[str, Any]
BUDGETS = ("1000", "4000", "8000")
TOKENIZER = "o200k_base"
HEAD = (
    "",
    "recall, 1k / 4k / 8k",
    "the same, text names no gold file",
    "control: recall by another case's text",
    f"over budget ({TOKENIZER})",
    "over budget (Qwen)",
    "same bytes, two hash seeds",
    "cold, median: in process / whole process / its processor seconds",
    "peak memory, median / most",
)


def table(rows: list[Row]) -> str:
    names = list(dict.fromkeys(row["contender"] for row in rows))
    lines = [HEAD, ("---",) * len(HEAD)]
    for name in names:
        own = [row for row in rows if row["contender"] == name]
        lines.append(_line(name, own))
        if "recall_in_code" in own[0]:
            lines.append(_in_code(own))
    return "\n".join(f"| {' | '.join(line)} |" for line in lines) + _ours(rows)


def _line(name: str, rows: list[Row]) -> tuple[str, ...]:
    blind = [row for row in rows if not row["named"]]
    return (
        f"{name}, {len(rows)} cases",
        _recall(rows, "recall"),
        f"{_recall(blind, 'recall')} ({len(blind)} cases)",
        _control(rows),
        _over(rows, TOKENIZER),
        _over(rows, "qwen"),
        _same(rows),
        " / ".join(f"{_median(rows, itemgetter(key)):.2f} s" for key in ("cold", "whole", "cpu")),
        f"{_median(rows, _megabytes):.0f} MB / {max(map(_megabytes, rows)):.0f} MB",
    )


def _in_code(rows: list[Row]) -> tuple[str, ...]:
    blind = [row for row in rows if not row["named"]]
    own = [sum(row["own"][b] > int(b) for row in rows) for b in BUDGETS]
    return (
        "of these: counting only files whose code it gives, and tokens as it counts",
        _recall(rows, "recall_in_code"),
        _recall(blind, "recall_in_code"),
        "",
        " / ".join(map(str, own)),
        *("",) * (len(HEAD) - 5),
    )


def _recall(rows: list[Row], key: str) -> str:
    if not rows:
        return "none"
    return " / ".join(f"{mean(row[key][b] for row in rows):.2f}".lstrip("0") for b in BUDGETS)


def _control(rows: list[Row]) -> str:
    """Gold files in what was sent for the repository's other cases: what listing paths finds."""
    pairs = [
        (a, b) for a in rows for b in rows if a["repo"] == b["repo"] and a["case"] != b["case"]
    ]
    if not pairs:
        return "none"
    found = {at: mean(recalled(b["sent"][at], a["gold"]) for a, b in pairs) for at in BUDGETS}
    return " / ".join(f"{found[at]:.2f}".lstrip("0") for at in BUDGETS)


def recalled(text: str, gold: Sequence[str]) -> float:
    """The share of these paths that the text has whole, not as an end or a start of others."""
    found = [re.search(rf"(?<![\w./-]){re.escape(path)}(?![\w/-])", text) for path in gold]
    return sum(one is not None for one in found) / len(gold)


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
