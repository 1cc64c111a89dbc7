"""GitHub has its days: limits, lost answers, outages, and repositories that are gone."""

import pytest
from fake_github.world import GitHub
from support.machine import CONFIG, Machine, bank, headline, said, status, until, waits

# A story of minutes when the machine is busy: CI and `make test-rest` tell it.
pytestmark = pytest.mark.slow


def test_limits_and_lost_answers_leave_one_comment_and_one_pull_request(
    github: GitHub, machine: Machine
) -> None:
    """On a server inside, too: its API is below `/api/v3`."""
    github.prefix = "/api/v3"
    issue = bank(github)
    machine.start()
    github.fail("POST", r"/issues/1/comments$", 502, after=True)
    github.fail("POST", r"/pulls$", 0, after=True)
    github.fail("PATCH", r"/issues/comments/", 500, after=True)
    github.fail("GET", r"/issues/1$", 503)
    github.slow_down(1)
    issue.label("bricklayer", by=github.person("mona"))
    until(lambda: headline(issue) not in {"", "a plan is being written"}, machine.told)
    github.exhaust(2)
    waits(machine, issue, "ready for review")
    assert len(issue.repo.pulls) == 1
    assert len([c for c in issue.comments if c.author.login == "bricklayer[bot]"]) == 1
    assert github.count(status=403) > 0


def test_an_outage_in_the_middle_blocks_nothing(github: GitHub, machine: Machine) -> None:
    """Of git or of the API: it is looked at again, and nobody has to say `/retry`."""
    issue = bank(github)
    mona = github.person("mona")
    machine.more = "sweep_seconds = 0.5"
    machine.start()
    github.fail("GET", r"/bank\.git/info/refs$", 503, times=2)
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "ready for review")
    assert "System error" not in status(issue)
    assert len(issue.repo.pulls) == 1


def test_what_is_lost_takes_nothing_else_along(github: GitHub, machine: Machine) -> None:
    """No right to one repository any more: the others' issues are answered."""
    issue = bank(github)
    mona = github.person("mona")
    machine.models["planner"] = said("ANSWER: It adds.")
    other = github.repo("octocat/other", {".bricklayer.toml": CONFIG})
    asked = github.issue("octocat/other", "Does it add?", "Say so.", by=mona)
    machine.more = "sweep_seconds = 0.5"
    machine.start()
    github.fail("*", r"octocat/bank(/|$)", 404, times=10_000)
    issue.label("bricklayer", by=mona)
    asked.label("bricklayer", by=mona)
    waits(machine, asked, "answered")
    assert not status(issue)
    assert not other.pulls
    assert machine.answers()
    github.gate.faults.clear()
    waits(machine, issue, "answered")
