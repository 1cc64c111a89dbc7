"""What a run says about who did it, and what says nothing."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_models.server import serve_models

from bot.config.machine import parse_settings
from bot.config.repository import JobLimits, RepoConfig
from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.evaluation import ReplayResult, TaskClass
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_parents
from bot.git.references import list_refs, move_branch
from bot.git.write_tree import write_tree
from bot.ledger import AttemptOutcome, LedgerRow
from bot.models.measured_models import Measured, note_measured
from bot.ticket.progress import EndedTask
from runners.build.choose_start import list_offers
from runners.evaluation.contenders import Ways, list_contenders, narrow_settings
from runners.evaluation.own_place import OwnPlace
from runners.evaluation.replay import Replay, Unmeasured, judge, make_request, run_replay
from runners.evaluation.replay_client import ReplayProcess
from runners.evaluation.replay_task import ReplayTask
from runners.worker_process.main import WorkResult

EMPTY_TREE = "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
SETTINGS = parse_settings("""
[tiers.local]
models = ["ollama:small:7b", "ollama:other:7b"]
slots = 4
base_url = "http://127.0.0.1:9/v1"
[tiers.senior]
models = ["ollama:large:70b"]
base_url = "http://127.0.0.1:9/v1"
[[lanes]]
name = "one"
[[lanes]]
name = "two"
""")


def make_replay(tier: str = "local", *, has_hidden: bool = False, run: int = 0) -> Replay:
    task = ReplayTask(
        *("j1/fix", Path("/repo"), "0" * 40, "0" * 40, "", "fix", RepoConfig()),
        TaskClass("fix", "short", "python"),
        has_hidden=has_hidden,
    )
    contender = next(c for c in list_contenders(SETTINGS, Ways()) if c.configuration.tier == tier)
    return Replay(task, contender, run)


def end(state: str, *outcomes: str, passed: bool = False, **more: bool) -> WorkResult:
    rows = tuple(
        LedgerRow("fix", number, "local", "m", 100, 10, seconds=1.5, outcome=outcome, cost=0.1)
        for number, outcome in enumerate(outcomes, 1)
    )
    return WorkResult(passed, "why", tasks=(EndedTask("fix", state),), rows=rows, **more)


def test_what_it_took_is_the_sum_of_its_attempts() -> None:
    result = judge(make_replay(), end("passed", "check failed", "passed", passed=True))
    assert isinstance(result, ReplayResult)
    assert (result.passed, result.hidden_passed, result.attempts) == (True, None, 2)
    assert (result.tokens_in, result.tokens_out, result.seconds) == (200, 20, 3.0)
    assert result.cost == pytest.approx(0.2)


@pytest.mark.parametrize(
    ("state", "gate", "has_hidden", "expected"),
    [
        ("passed", True, True, (True, True)),
        ("passed", False, True, (True, False)),
        ("passed", False, False, (False, None)),
        ("blocked", False, True, (False, False)),
    ],
)
def test_the_end_says_what_was_held_back_or_that_its_own_tests_prove_nothing(
    state: str, *, gate: bool, has_hidden: bool, expected: tuple[bool, bool | None]
) -> None:
    result = judge(make_replay(has_hidden=has_hidden), end(state, "passed", passed=gate))
    assert isinstance(result, ReplayResult)
    assert (result.passed, result.hidden_passed) == expected


@pytest.mark.parametrize(
    "outcomes", [(), (AttemptOutcome.CHECK_CANNOT_RUN,), (AttemptOutcome.NO_MODEL,) * 2]
)
def test_a_check_that_cannot_run_says_nothing_of_a_model(outcomes: tuple[str, ...]) -> None:
    found = judge(make_replay(), end("blocked", *outcomes))
    assert isinstance(found, Unmeasured)
    assert not found.ends_all


@pytest.mark.parametrize("why", ["at_cap", "models_down", "disk_low", "machine_fault", "stopped"])
def test_what_would_end_the_next_one_too_ends_all(why: str) -> None:
    found = judge(make_replay(), end("blocked", "check failed", **{why: True}))
    assert isinstance(found, Unmeasured)
    assert found.ends_all


class ScriptedProcess(ReplayProcess):
    """Answers in turn."""

    def __init__(self, *ends: WorkResult) -> None:
        self.ends = list(ends)

    def run_work(self, *_: object) -> WorkResult:
        return self.ends.pop(0)


def test_a_replay_that_had_ended_before_a_kill_is_done_again_and_not_counted_as_free(
    place: OwnPlace,
) -> None:
    """What its model was asked was told by the run that nobody kept."""
    repo = place.open_empty("bank")
    replay = make_replay()
    replay = replace(replay, task=replace(replay.task, repo=repo.git_dir))
    sha = commit_parents(repo, write_tree(repo, EMPTY_TREE, {}), (), "base\n", BRICKLAYER)
    move_branch(repo, f"replay/{replay.key}", sha, "")
    ends = end("passed", passed=True), end("passed", "passed", passed=True)
    result = run_replay(place, replay, 0, ScriptedProcess(*ends))
    assert isinstance(result, ReplayResult)
    assert (result.passed, result.attempts) == (True, 1)
    assert not list_refs(repo, "refs/heads/replay/")


def test_a_process_that_died_says_nothing_of_a_model() -> None:
    found = judge(make_replay(), end("blocked", "check failed", is_system_error=True))
    assert isinstance(found, Unmeasured)
    assert not found.ends_all


def test_a_tier_is_asked_alone_in_a_lane_of_its_own() -> None:
    """And for the task alone: what it says afterwards of what surprised it is no part of that."""
    for tier, other in (("local", "senior_attempts"), ("senior", "local_attempts")):
        replay = make_replay(tier)
        config = make_request(replay).config
        assert config is not None
        assert getattr(config.limits, other) == 0
        narrow = narrow_settings(SETTINGS, replay.contender, 3)
        assert set(narrow.tiers) == {tier}
        assert [lane.name for lane in narrow.lanes] == ["two"]
        assert not narrow.reflection
        assert len(narrow.tiers[tier].models) == 1  # type: ignore[index]  # one of both


def test_each_way_is_a_contender_with_each() -> None:
    ways = Ways(tiers=("local",), models=("ollama:a:7b", "ollama:b:7b"), candidates=(1, 3))
    found = [each.configuration for each in list_contenders(SETTINGS, ways)]
    assert [(each.model, each.candidates) for each in found] == [
        ("ollama:a:7b", 1),
        ("ollama:a:7b", 3),
        ("ollama:b:7b", 1),
        ("ollama:b:7b", 3),
    ]
    assert len({Replay(make_replay().task, c, 0).key for c in list_contenders(SETTINGS, ways)}) == 4


def test_only_what_may_change_an_answer_makes_another_replay() -> None:
    (local, _) = list_contenders(SETTINGS, Ways())
    tier = local.tier
    slower = tier.model_copy(update={"timeout": 5.0, "wait": 1.0})
    longer = tier.model_copy(update={"context": 16_384})
    assert _digest(tier) == _digest(slower) != _digest(longer)
    assert make_replay(run=0).key != make_replay(run=1).key


def test_another_version_of_prompts_or_weights_is_another_replay() -> None:
    """Else results of before an upgrade would stand for those after it."""
    replay = make_replay()
    who = replay.contender.configuration
    assert who.prompts
    for changed in ({"prompts": "before"}, {"identity": "other weights"}):
        other = replace(replay.contender, configuration=replace(who, **changed))
        assert replace(replay, contender=other).key != replay.key


def test_the_server_says_which_model_it_has_and_who_begins_goes_by_that(tmp_path: Path) -> None:
    with serve_models() as server:
        text = f"""state_dir = "{tmp_path}"
            [tiers.local]
            models = ["openai-chat:m"]
            base_url = "{server.url}"
        """
        settings, found = parse_settings(text), []
        for size in (7, 8):
            server.listed = [{"id": "m", "created": size, "meta": {"n_params": size}}]
            (contender,) = list_contenders(settings, Ways(tiers=("local",)))
            assert list_offers(settings, JobLimits())[0].tell_apart(contender.configuration) is None
            found.append(contender)
    assert found[0].digest != found[1].digest


def _digest(tier: TierSettings) -> str:
    settings = SETTINGS.model_copy(update={"tiers": {"local": tier}})
    return list_contenders(settings, Ways())[0].digest


def test_what_doctor_measured_counts_for_replays_as_for_runs(tmp_path: Path) -> None:
    """Else `tier = "auto"` would go by runs of a model that was asked as if it were small."""
    settings = SETTINGS.model_copy(update={"state_dir": str(tmp_path)})
    local = settings.tiers["local"].model_copy(update={"models": ("ollama:mine",)})
    settings = settings.model_copy(update={"tiers": {**settings.tiers, "local": local}})
    measured = Measured(parameters=70_000_000_000)
    note_measured(settings, local.models[0], local.base_url, measured)
    contender = list_contenders(settings, Ways(tiers=("local",)))[0]
    assert contender.configuration.model_size == contender.tier.size == "large"
    assert list_offers(settings, JobLimits())[0].tell_apart(contender.configuration) is None


def test_nobody_to_do_it_is_an_error() -> None:
    with pytest.raises(UserError, match=r"no \[tiers.local\]"):
        list_contenders(parse_settings(""), Ways(tiers=("local",)))
