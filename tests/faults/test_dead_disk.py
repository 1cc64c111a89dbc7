"""The disk dies with database, mirrors and jobs: what had passed is on GitHub, and not paid again."""

import random
import shutil

import pytest
from fake_github.world import GitHub
from support.action_runner import Runner
from support.machine import headline, pull_of, until

from faults.right_end import require_paid_once, require_right_branch
from faults.saved_progress import list_saved
from faults.seeds import seeds
from faults.twelve import TASKS
from faults.words_machine import REPO, WordsMachine, end_ticket, words_issue


@pytest.mark.parametrize("seed", seeds(5, in_ci=1))
def test_a_disk_that_dies_costs_only_the_attempts_in_flight(
    github: GitHub, machine: WordsMachine, seed: int
) -> None:
    """After some of the tasks, at any moment; the planner is not asked again either."""
    issue, least = words_issue(github), random.Random(seed).randrange(1, len(TASKS) - 1)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    until(lambda: len(list_saved(issue)) >= least, machine.told)
    machine.kill_group()
    kept = list_saved(issue)
    shutil.rmtree(machine.room / "state")
    machine.start()
    issue.comment("/status", by=github.person("mona"))
    end_ticket(github, issue, machine)
    assert machine.words
    again = {task for task, _ in machine.words.repeated()}
    assert not again & (kept | {""}), (again, kept)
    assert len(again) <= machine.lanes, again
    assert len(issue.repo.pulls) == 1
    head = pull_of(issue).head_sha
    require_right_branch(issue.repo.git.path, issue.repo.default_branch, head, None)


@pytest.mark.parametrize("seed", seeds(3, in_ci=1))
def test_where_the_database_is_another_machines_no_answered_call_is_made_again(
    github: GitHub, machine: WordsMachine, seed: int
) -> None:
    """Neither of attempts that failed, of tasks that were under way: only what no model answered."""
    machine.database = f"sqlite:///{machine.room / 'shared.sqlite'}"
    issue, least = words_issue(github), random.Random(seed).randrange(1, len(TASKS) - 1)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    until(lambda: len(list_saved(issue)) >= least, machine.told)
    machine.kill_group()
    shutil.rmtree(machine.room / "state")
    machine.start()
    end_ticket(github, issue, machine)
    assert machine.words
    require_paid_once(machine.words, kills=1, lanes=machine.lanes)
    head = pull_of(issue).head_sha
    require_right_branch(issue.repo.git.path, issue.repo.default_branch, head, None)


@pytest.mark.parametrize("seed", seeds(3))
def test_a_runner_made_for_one_job_that_is_killed_costs_no_more(
    github: GitHub, machine: WordsMachine, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    """The next run of Actions has nothing but GitHub."""
    monkeypatch.setenv("OPENAI_API_KEY", "none")
    issue, least = words_issue(github), random.Random(seed).randrange(1, len(TASKS) - 1)
    runner = Runner(machine, ephemeral=True)
    issue.label("bricklayer", by=github.person("mona"))
    name, body = runner.heard[-1]
    first = runner.start(name, body)
    until(lambda: len(list_saved(issue)) >= least, lambda: str(first.poll()))
    first.kill()
    first.communicate(timeout=60)
    kept = list_saved(issue)
    runner.run_schedule(REPO)
    assert headline(issue) == "waiting for CI", runner.said
    assert machine.words
    again = {task for task, _ in machine.words.repeated()}
    assert not again & (kept | {""}), (again, kept)
    head = pull_of(issue).head_sha
    require_right_branch(issue.repo.git.path, issue.repo.default_branch, head, None)
