"""Runs of tasks as if `bricklayer eval` had measured them, kept in a machine's database."""

import time
from pathlib import Path

from bot.config.tiers import DoingTier
from bot.evaluation import Configuration, ReplayResult
from bot.evaluation.prompt_version import digest_prompts
from bot.storage.database import sqlite_url
from bot.storage.replays import open_replays


def keep_runs(  # noqa: PLR0913  # whose they are, and how they went
    state: Path, tier: DoingTier, model: str, passed: int, *, runs: int = 40, cost: float = 0.0
) -> None:
    """So many runs of ten short fixes in Python, of which the first passed."""
    way = Configuration(tier, model, prompts=digest_prompts())
    store = open_replays(sqlite_url(state))
    for run in range(runs):
        result = ReplayResult(
            f"job/task-{run % 10}",
            "fix",
            "short",
            "python",
            way,
            run // 10,
            passed=run < passed,
            cost=cost,
            at=time.time(),
        )
        store.keep(f"{way}-{run}", result)
