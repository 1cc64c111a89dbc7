"""Killed at any moment, the machine goes on: no second comment, no second pull request."""

import pytest
from fake_github.world import GitHub
from support.machine import Machine, bank, headline, pull_of, status, until, waits

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

MOMENTS = ("a plan is being written", "building", "publishing", "waiting for CI")


@pytest.mark.parametrize(
    "moment", [*MOMENTS[:1], *(pytest.param(late, marks=pytest.mark.slow) for late in MOMENTS[1:])]
)
def test_killed_and_started_again(github: GitHub, machine: Machine, moment: str) -> None:
    """What was under way is done once in the end."""
    issue = bank(github)
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    machine.start()
    issue.label("bricklayer", by=mona)
    passed = MOMENTS[MOMENTS.index(moment) :]
    until(lambda: headline(issue) in passed, lambda: f"{status(issue)}\n{machine.told()}")
    machine.kill()
    machine.start()
    waits(machine, issue, "waiting for CI")
    pull = pull_of(issue)
    github.ci(pull.head_sha, "green")
    waits(machine, issue, "ready for review")
    assert len(issue.repo.pulls) == 1
    commits = issue.repo.git.git("log", "--format=%s", f"main..{pull.head_sha}").splitlines()
    # The plan, its removal once it was approved, and the task.
    assert len(commits) == len(set(commits)) == 3, commits


def test_a_lost_database_is_made_again_from_github(github: GitHub, machine: Machine) -> None:
    """Branch, comment and pull request are the record; the database is a cache."""
    issue = bank(github)
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    machine.start()
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "waiting for CI")
    machine.kill()
    for file in (machine.room / "state").glob("bricklayer.sqlite*"):
        file.unlink()
    machine.more = "sweep_seconds = 0.5"
    machine.start()
    pull = pull_of(issue)
    github.ci(pull.head_sha, "green")
    waits(machine, issue, "ready for review")
    assert len(issue.repo.pulls) == 1
