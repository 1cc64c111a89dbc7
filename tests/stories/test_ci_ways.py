"""What CI does, beside being green or red once: stay red, be absent, come late, wait, not begin."""

import pytest
from fake_github.world import GitHub
from support.machine import (
    CONFIG,
    GOOD,
    MENDED,
    MODELS,
    Machine,
    bank,
    pull_of,
    said,
    status,
    until,
    waits,
    whole,
)

# A story of minutes when the machine is busy: CI and `make test-rest` tell it.
pytestmark = pytest.mark.slow

WORKFLOW = "on:\n  push:\njobs: {}\n"
BY_HAND = "on:\n  push:\n  workflow_dispatch:\njobs: {}\n"
SOON = CONFIG.replace("grace = 20", "grace = 0.5")


def other(number: int) -> str:
    return whole("bank.py", f"{GOOD}\n\nROUND = {number}\n")


def test_ci_that_stays_red_is_given_up_after_three_rounds(github: GitHub, machine: Machine) -> None:
    """The first round by the local tier, the others by the senior; then a plain `blocked`."""
    issue = bank(github)
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    machine.models["senior"] = said(other(2), "mend-2") + said(other(3), "mend-3")
    machine.start()
    issue.label("bricklayer", by=mona)
    waits(machine, issue, "waiting for CI")
    pull = pull_of(issue)
    for number in range(1, 4):
        before = pull.head_sha
        github.ci(before, "red", log=f"E   AssertionError {number} in bank.py:2\n")
        until(lambda b=before: pull.head_sha != b, lambda: f"{status(issue)}\n{machine.told()}")  # type: ignore[misc]
        waits(machine, issue, "waiting for CI")
    assert (issue.repo.git.read(pull.head_sha, "bank.py") or b"").endswith(b"ROUND = 3\n")
    tiers = [line.split("|")[1].strip() for line in status(issue).splitlines() if "script:" in line]
    assert "senior" in tiers
    github.ci(pull.head_sha, "red", log="E   AssertionError in bank.py:2\n")
    waits(machine, issue, "blocked")
    assert "still red after 3 build rounds" in status(issue)
    assert pull.state == "open"


def test_no_ci_is_said_and_what_is_red_late_is_mended(github: GitHub, machine: Machine) -> None:
    """Nothing is waited for that nobody configured; a check that comes after all still counts."""
    issue = bank(github)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    waits(machine, issue, "ready for review")
    assert "No CI is configured" in status(issue)
    pull = pull_of(issue)
    before = pull.head_sha
    github.ci(before, "red", log="E   AssertionError in bank.py:2\n")
    until(lambda: pull.head_sha != before, lambda: f"{status(issue)}\n{machine.told()}")
    waits(machine, issue, "ready for review")
    assert issue.repo.git.read(pull.head_sha, "bank.py") == MENDED.encode()


def test_workflows_that_wait_for_approval_are_said(github: GitHub, machine: Machine) -> None:
    issue = bank(github, {".github/workflows/ci.yml": WORKFLOW})
    github.ci_on("octocat/bank")
    issue.repo.checks.hold = True
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    until(lambda: "Approve and run" in status(issue), lambda: status(issue) + machine.told())
    waits(machine, issue, "waiting for CI")


@pytest.mark.parametrize("named", [True, False])
def test_workflows_that_never_began_are_started_where_they_are_named(
    github: GitHub, machine: Machine, *, named: bool
) -> None:
    """A push with Actions' own token starts none, and one that can be started may well deploy."""
    config = f'{SOON}dispatch = ["ci.yml"]\n' if named else SOON
    issue = bank(github, {".github/workflows/ci.yml": BY_HAND, ".bricklayer.toml": config})
    github.ci_on("octocat/bank", on_push=False, dispatchable=True)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    checks = issue.repo.checks
    if not named:
        waits(machine, issue, "ready for review")
        assert "none started for this commit" in status(issue)
        assert not checks.runs
        return
    until(lambda: checks.runs, lambda: status(issue) + machine.told())
    assert checks.runs[0].event == "workflow_dispatch"
    github.ci(pull_of(issue).head_sha, "green")
    waits(machine, issue, "ready for review")
    assert "none started for this commit" not in status(issue)


def test_a_machine_without_a_senior_tier_mends_twice_with_what_it_has(
    github: GitHub, machine: Machine
) -> None:
    issue = bank(github)
    github.ci_on("octocat/bank")
    machine.models["local"] = MODELS["local"] + said(other(2), "mend-2")
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    waits(machine, issue, "waiting for CI")
    pull = pull_of(issue)
    for _ in range(2):
        before = pull.head_sha
        github.ci(before, "red", log="E   AssertionError in bank.py:2\n")
        until(lambda b=before: pull.head_sha != b, lambda: f"{status(issue)}\n{machine.told()}")  # type: ignore[misc]
        waits(machine, issue, "waiting for CI")
    assert (issue.repo.git.read(pull.head_sha, "bank.py") or b"").endswith(b"ROUND = 2\n")
