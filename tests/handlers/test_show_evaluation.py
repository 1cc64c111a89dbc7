"""What `bricklayer eval` tells beside its table."""

from dataclasses import replace
from pathlib import Path

from bot.config.tiers import TierSettings
from bot.evaluation import Configuration, ReplayResult, TaskClass
from bot.storage.database import sqlite_url
from bot.storage.replays import open_replays
from handlers.show_evaluation import evaluation_data, format_evaluation
from runners.evaluation.asked import Measured, list_other_versions
from runners.evaluation.contenders import Contender
from runners.evaluation.evaluate import Evaluation
from runners.evaluation.replay_task import FoundTasks, ReplayTask

NOW = Configuration("local", "ollama:small", prompts="new", identity="w2")
RUN = ReplayResult("j1/fix", "fix", "short", "python", NOW, 0, passed=True, at=1.0)
TASK = ReplayTask(
    *("j1/fix", Path("/repo"), "0" * 40, "0" * 40, "", "fix", None),  # type: ignore[arg-type]
    TaskClass("fix", "short", "python"),
)


def test_results_by_other_prompts_or_of_other_weights_are_told_and_not_counted(
    tmp_path: Path,
) -> None:
    store = open_replays(sqlite_url(tmp_path))
    kept = {
        "now": RUN,
        "prompts": replace(RUN, configuration=replace(NOW, prompts="")),
        "weights": replace(RUN, configuration=replace(NOW, identity="w1")),
        "another model": replace(RUN, configuration=replace(NOW, model="ollama:x", prompts="")),
        "another task": replace(RUN, task="j2/fix", configuration=replace(NOW, prompts="")),
    }
    for key, result in kept.items():
        store.keep(key, result)
    found = FoundTasks((TASK,))
    contenders = (Contender(NOW, TierSettings(models=("ollama:small",))),)
    others = tuple(list_other_versions(store, found, contenders))
    done = Measured(found, contenders, Evaluation(()), ("kind",), 0, other_versions=others)
    assert list(format_evaluation(done)) == [
        "left out: 1 earlier results of local ollama:small: measured with other prompts",
        "left out: 1 earlier results of local ollama:small: measured with other weights",
    ]
    told = evaluation_data(done)["other_versions"]
    assert isinstance(told, list)
    assert len(told) == 2
