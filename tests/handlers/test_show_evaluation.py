"""What `bricklayer eval` tells beside its table."""

from dataclasses import replace
from pathlib import Path

import pytest

from bot.config.machine import parse_settings
from bot.config.tiers import TierSettings
from bot.evaluation import Configuration, ReplayResult, TaskClass
from bot.storage.database import sqlite_url
from bot.storage.replays import open_replays
from handlers.show_evaluation import evaluation_data, format_evaluation, format_outcome
from runners.evaluation.asked import Asked, Measured, list_other_versions, run_asked
from runners.evaluation.contenders import Contender
from runners.evaluation.evaluate import Evaluation, Outcome
from runners.evaluation.replay import Replay
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
        "left out: 1 earlier results of local ollama:small: of another version of how Bricklayer asks",
        "left out: 1 earlier results of local ollama:small: of other weights by that name",
    ]
    told = evaluation_data(done)["other_versions"]
    assert isinstance(told, list)
    assert len(told) == 2


@pytest.mark.parametrize(
    ("tiers", "told"),
    [
        ("", ["would be asked: nobody, as the settings have no model for it: docs/models.md"]),
        (
            '[tiers.local]\nmodels = ["ollama:small:7b"]\nbase_url = "http://127.0.0.1:9/v1"\n',
            ["would be asked: local ollama:small:7b"],
        ),
        (
            '[tiers.senior]\nmodels = ["llama-cpp:/nowhere/big.gguf"]\n',
            ["would be asked: senior llama-cpp:big.gguf", "cannot be asked yet: [tiers.senior]"],
        ),
        ('[tiers.local]\nmodels = ["lama:small"]\n', ["cannot be asked yet: models: unknown kind"]),
    ],
    ids=["no model", "a server that is down", "a file that is not there", "a name that is none"],
)
def test_a_dry_run_lists_tasks_without_any_model_that_can_be_asked(
    tmp_path: Path, tiers: str, told: list[str]
) -> None:
    exercise = tmp_path / "track" / "sum"
    for path, body in (
        (".meta/config.json", '{"files": {"solution": ["sum.py"], "test": ["sum_test.py"]}}'),
        (".docs/instructions.md", "Add.\n"),
        ("sum.py", "def add(a, b):\n    pass\n"),
        ("sum_test.py", "import sum\n"),
    ):
        (exercise / path).parent.mkdir(parents=True, exist_ok=True)
        (exercise / path).write_text(body)
    settings = parse_settings(f'state_dir = "{tmp_path / "state"}"\n{tiers}')
    done = run_asked(Asked(sets=(tmp_path / "track",), dry_run=True), settings)
    task, *rest = format_evaluation(done)
    assert task == "task: track/sum: edit short python"
    assert [line[: len(start)] for line, start in zip(rest, told, strict=True)] == told


@pytest.mark.parametrize(
    ("passed", "hidden", "told"),
    [
        (True, True, "passed, 1 attempts"),
        (True, False, "passed, refused by hidden checks, 1 attempts"),
        (False, False, "failed, 1 attempts"),
        (True, None, "passed, 1 attempts"),
    ],
)
def test_only_what_passed_the_checks_in_view_is_told_as_refused_by_hidden_ones(
    passed: bool, hidden: bool | None, told: str
) -> None:
    """They run at the end alone, once the others have passed."""
    contender = Contender(NOW, TierSettings(models=("ollama:small",)))
    end = replace(RUN, passed=passed, hidden_passed=hidden, attempts=1)
    outcome = Outcome(Replay(TASK, contender, 0), end, 3)
    assert f": {told}, " in format_outcome(outcome)
