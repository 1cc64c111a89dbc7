"""Checks that run while a plan is made: in the sandbox, each once, within so many seconds."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import pytest
from support.planted import plant

from bot.config.machine import parse_settings
from bot.config.repository import CheckCommand, RepoConfig, Setup
from bot.git.write_tree import write_tree
from bot.plan import Check
from bot.spending import Payer
from runners.activities import Activities
from runners.checks.setup_cache import TrustedTree
from runners.planning.check_results import CheckResult, describe_results
from runners.planning.run_checks import PlanChecks, open_plan_checks
from runners.spending import open_meter

FILES = {"a.py": "x = 1\n", "test_a.py": "import unittest\n"}
NOISY = "date +%s%N; exit 1"
Opened = Callable[..., PlanChecks]


@dataclass
class Planning:
    """One machine that plans on one repository, process after process."""

    room: Path
    stack: ExitStack

    def __post_init__(self) -> None:
        self.repo = plant(self.room / "repo.git", FILES)
        self.base = self.repo.branch_head("main")
        self.tree = self.repo.resolve_rev(self.base, "tree")

    def open(
        self, config: RepoConfig, *, seconds: float = 60, asking: str = "1", more: str = ""
    ) -> PlanChecks:
        text = f'state_dir = "{self.room / "state"}"\n{more}[planner]\nchecks = {seconds}\n'
        settings = parse_settings(text)
        meter = open_meter(settings, Payer("7#1", "7", 42, asking=asking))
        trusted = TrustedTree(self.repo, self.base, config)
        return self.stack.enter_context(
            open_plan_checks(
                trusted, self.base, settings,
                told=Activities(), meter=meter, evidence=self.room / "evidence",
            )
        )  # fmt: skip


@pytest.fixture
def planning(tmp_path: Path) -> Iterator[Planning]:
    with ExitStack() as stack:
        yield Planning(tmp_path, stack)


def config(**lines: str) -> RepoConfig:
    return RepoConfig(checks={name: CheckCommand(run=line) for name, line in lines.items()})


@pytest.mark.slow
def test_each_check_runs_once_and_is_told_as_it_ended(planning: Planning) -> None:
    """Red with how it fails; what cannot run is told as the machine's affair, with the reason."""
    checks = planning.open(config(good="true", red="echo it broke; exit 3", gone="no-such-thing"))
    results = checks.run_on_base(planning.tree)
    assert [each.state for each in results] == ["green", "red", "unable"]
    text = describe_results(results)
    assert "- good: green" in text
    assert "- red: red: exit 3" in text
    assert "How red fails:\n```\nit broke\n```" in text
    assert "- gone: cannot run here: the check did not find its command" in text
    assert "that is for the people who run this machine" in text
    assert "it broke" in (planning.room / "evidence" / "checks.txt").read_text()


@pytest.mark.slow
def test_what_was_found_before_a_kill_is_found_again(planning: Planning) -> None:
    """Word for word, so that the planner is asked the same; other work looks anew."""
    noisy = config(noisy=NOISY)
    first = planning.open(noisy).run_on_base(planning.tree)
    assert first[0].digest
    assert planning.open(noisy).run_on_base(planning.tree) == first
    assert planning.open(noisy, asking="2").run_on_base(planning.tree) != first
    assert planning.open(config(noisy=f"{NOISY};:")).run_on_base(planning.tree) != first


@pytest.mark.slow
def test_one_that_a_draft_names_again_is_not_run_again(planning: Planning) -> None:
    """Whichever task names it, and however often its plan is mended."""
    checks = planning.open(config(noisy=NOISY))
    check = Check("run", "noisy", ("a.py",))
    first = checks.run(planning.tree, check, {"a.py"})
    assert checks.run(planning.tree, check, {"b.py"}) is first
    other = write_tree(planning.repo, planning.tree, {"a.py": b"x = 2\n"})
    assert checks.run(other, check, {"a.py"}).digest != first.digest


@pytest.mark.slow
def test_what_has_no_time_is_not_known(planning: Planning) -> None:
    """It is no red check: nobody knows. The base takes its share, drafts have the rest."""
    checks = planning.open(config(slow="sleep 60", quick="true"), seconds=3)
    slow, quick = checks.run_on_base(planning.tree)
    assert (slow.state, quick.state) == ("unknown", "unknown")
    assert "it had not ended after" in slow.why
    assert "a build gives it 300 s" in slow.why
    assert "the time for checks is used up" in quick.why
    assert checks.run(planning.tree, Check("run", "quick")).state == "green"


def test_without_time_none_is_run(planning: Planning) -> None:
    assert planning.open(config(good="true"), seconds=0).run_on_base(planning.tree) == []


@pytest.mark.slow
def test_a_setup_that_fails_is_the_machines_affair(planning: Planning) -> None:
    """No plan is refused for it, and it is tried once."""
    broken = config(good="true", other="true").model_copy(
        update={"setup": Setup(command="echo no index >&2; exit 4")}
    )
    results = planning.open(broken).run_on_base(planning.tree)
    assert {each.state for each in results} == {"unable"}
    assert "[setup]: `echo no index >&2; exit 4` failed (exit 4)" in results[0].why


def test_without_a_sandbox_nothing_is_run(planning: Planning) -> None:
    """Never in a weaker one: it is said, and planning goes on."""
    wants = config(good="true").model_copy(update={"image": "python:3.11"})
    (result,) = planning.open(wants, more='sandbox = "none"\n').run_on_base(planning.tree)
    assert result.state == "unable"
    assert 'sandbox = "none"' in result.why


def test_how_checks_fail_has_a_bound(planning: Planning) -> None:
    """Whatever they printed; what is left out is dots."""
    results = [
        CheckResult(f"c{n}", "red", "exit 1", "word " * 400 + "\nmore\n" * 900) for n in range(9)
    ]
    assert planning.tree
    assert len(describe_results(results)) < 9 * 200 + 4 * 1200
