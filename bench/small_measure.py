"""What benchmarks of a small local model have in common: its options, its tier, and their loop."""

import argparse
import os
import sys
from collections.abc import Callable, Iterable
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

from engine_runs import name_tree
from small_scores import Score, append_score, read_scores

from bot.config.tiers import Mode, TierSettings


class Wanted(NamedTuple):
    """A score that is to be had: of whom, on which task, under which seed; and how it is had."""

    contender: str
    task: str
    seed: int
    build: Callable[[], Score]


def make_options(about: str | None) -> argparse.ArgumentParser:
    options = argparse.ArgumentParser(description=about)
    options.add_argument("--only", default="", help="names of tasks, separated by blanks")
    options.add_argument("--seeds", type=int, default=1, help="so many runs of each task")
    options.add_argument("--out", type=Path, help="scores as JSON lines; a run goes on behind them")
    options.add_argument("--evidence", type=Path, help="keeps every prompt and reply there")
    options.add_argument("--threads", type=int, default=0)
    options.add_argument("--base-url", default="", help="of a server for `openai-chat:`")
    options.add_argument("--slots", type=int, default=1, help="requests that it answers at once")
    return options


def read_tier(
    asked: argparse.Namespace, *, context: int, answer: int, mode: Mode | None = None
) -> TierSettings | None:
    """The model that BRICKLAYER_LOCAL names; None, which is said, where it names none."""
    model = os.environ.get("BRICKLAYER_LOCAL", "")
    if not model:
        print("skipped: BRICKLAYER_LOCAL names no model")
        return None
    return TierSettings(
        models=(model,),
        context=context,
        answer=answer,
        mode=mode,
        threads=asked.threads,
        base_url=asked.base_url,
        slots=asked.slots,
        candidates=1,
    )


def measure(wanted: Iterable[Wanted], out: Path | None) -> list[Score]:
    """The scores that are wanted of this code: those of `out`, and the others, written behind."""
    tree, wanted = name_tree(), tuple(wanted)
    scores = read_scores(out)
    done = {score.key for score in scores}
    for each in wanted:
        if (tree, each.contender, each.task, each.seed) not in done:
            scores.append(replace(each.build(), tree=tree))
            append_score(out, scores[-1])
            print(f"  {scores[-1]}", file=sys.stderr, flush=True)
    keys = {(tree, each.contender, each.task, each.seed) for each in wanted}
    return [score for score in scores if score.key in keys]
