"""Runs of tasks as if `bricklayer eval` had measured them, kept in a machine's database."""

import time
from pathlib import Path

from bot.config.tiers import DoingTier
from bot.evaluation import Configuration, ReplayResult
from bot.storage.database import sqlite_url
from bot.storage.replays import open_replays
from runners.build.asked_version import digest_asking


def keep_runs(  # noqa: PLR0913  # whose they are, and how they went
    state: Path,
    tier: DoingTier,
    model: str,
    passed: int,
    *,
    runs: int = 40,
    tasks: int = 10,
    cost: float = 0.0,
    at: float = 0.0,
    prompts: str = "",
) -> None:
    """So many runs of short fixes in Python, of which the first passed; `at` is now by default."""
    way = Configuration(tier, model, prompts=prompts or digest_asking())
    store = open_replays(sqlite_url(state))
    for run in range(runs):
        result = ReplayResult(
            f"job/task-{run % tasks}",
            "fix",
            "short",
            "python",
            way,
            run // tasks,
            passed=run < passed,
            cost=cost,
            at=at or time.time(),
        )
        store.keep(f"{way}-{run}-{at}", result)
