"""Measures choosing alone, in one process: what of a fix's definitions a map shows, by set.

python bench/context_ranks.py --mirrors DIR [CASES.jsonl...]     those of $BRICKLAYER_BENCH, else

Faster than bench/context.py, which also times every contender in a process of its own. Sets of
other cases are made by bench/context_gold.py, a seeded sample.
"""

import argparse
import os
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import mean, median
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
sys.path[:0] = [str(ROOT), str(ROOT / "bench"), str(ROOT / "bench/context_drivers")]

import ask_floor  # noqa: E402 - after the path is set
from context_cases import CASE_FILES, Case, load, mirror_of, paths_of  # noqa: E402
from context_judge import code_alone, first_rank, shown  # noqa: E402

from bot.git.repo import Repo  # noqa: E402
from bot.repo_map import BlobCache, Maps  # noqa: E402
from bot.repo_map.terms import parse_question  # noqa: E402

BUDGETS = (1000, 2000, 4000, 8000)
Row = dict[str, Any]
Ask = Callable[[Case, Path], tuple[dict[int, str], list[str]]]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("cases", nargs="*", type=Path)
    parser.add_argument("--mirrors", type=Path, default=ROOT.parent / ".mirror")
    parser.add_argument("--no-floor", action="store_true", help="ask this project alone")
    options = parser.parse_args()
    folder = Path(os.environ.get("BRICKLAYER_BENCH", ROOT.parent / "shared/bench"))
    print("| cases | | shown, 1k / 2k / 4k / 8k | by another case's text | MRR | seconds a text |")
    print("| --- | --- | --- | --- | --- | --- |")
    with tempfile.TemporaryDirectory() as room:
        asks: dict[str, Ask] = {"this project": _our_ask(Path(room))}
        if not options.no_floor:
            asks = {"plain BM25 + renderer": _ask_floor, **asks}
        for file in options.cases or [folder / name for name in CASE_FILES]:
            cases = load([file], options.mirrors)
            for name, ask in asks.items():
                rows = [
                    _measure(case, mirror_of(case.repo, options.mirrors), ask) for case in cases
                ]
                if rows:
                    print(f"| {file.stem}, {len(rows)} | {name} | {_describe(rows)} |", flush=True)


def _our_ask(cache: Path) -> Ask:
    maps = Maps(BlobCache(cache))

    def ask(case: Case, mirror: Path) -> tuple[dict[int, str], list[str]]:
        area = maps.map_of(Repo(mirror), case.base)
        ranked = area.rank_files(parse_question(case.text))
        sent = {budget: area.render_text(case.text, budget).text for budget in BUDGETS}
        return sent, [item.path for item in ranked]

    return ask


def _ask_floor(case: Case, mirror: Path) -> tuple[dict[int, str], list[str]]:
    found = ask_floor.ranked(str(mirror), case.base, case.text)
    sent = {budget: ask_floor.rendered(found, budget) for budget in BUDGETS}
    return sent, [path for path, _ in found]


def _measure(case: Case, mirror: Path, ask: Ask) -> Row:
    began = time.perf_counter()
    sent, ranked = ask(case, mirror)
    return {
        "case": case,
        "sent": sent,
        "seconds": (time.perf_counter() - began) / len(BUDGETS),
        "rank": first_rank(code_alone(ranked, case.gold), case.gold),
        "paths": paths_of(mirror, case.base),
    }


def _describe(rows: list[Row]) -> str:
    pairs = [(row, row) for row in rows]
    others = [
        (a, b)
        for a in rows
        for b in rows
        if a["case"].repo == b["case"].repo and a["case"].id != b["case"].id
    ]
    rank = mean(1 / row["rank"] if row["rank"] else 0 for row in rows)
    seconds = median(row["seconds"] for row in rows)
    return f"{_shares(pairs)} | {_shares(others)} | {rank:.3f} | {seconds:.2f}"


def _shares(pairs: list[tuple[Row, Row]]) -> str:
    """Of the first's definitions, how many the second's map shows."""
    if not pairs:
        return "none"
    found = [
        mean(shown(b["sent"][budget], a["case"].gold, a["paths"]) for a, b in pairs)
        for budget in BUDGETS
    ]
    return " / ".join(f"{share:.3f}".lstrip("0") for share in found)


if __name__ == "__main__":
    main()
