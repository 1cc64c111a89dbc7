"""The same story from an event file, as a self-hosted runner of GitHub Actions lives it."""

import os
import subprocess

import pytest
from fake_github.world import GitHub
from support.action_runner import Runner
from support.machine import (
    CONFIG,
    GOOD,
    KIND,
    MENDED,
    MODELS,
    Machine,
    bank,
    headline,
    pull_of,
    status,
    until,
)
from support.project import BRICKLAYER

# A story of minutes when the machine is busy: CI and `make test-rest` tell it.
pytestmark = pytest.mark.slow


@pytest.mark.parametrize("ephemeral", [False, True], ids=["kept", "ephemeral"])
def test_the_whole_story_from_event_files(
    github: GitHub, machine: Machine, ephemeral: bool
) -> None:
    """Label, approve, CI red, CI green, review, merge: each a run of its own, nothing else runs.

    On an ephemeral runner all that is known comes from the branch, the comment and git.
    """
    issue = bank(github, {".bricklayer.toml": f'{CONFIG}\n[approval]\nmode = "always"\n'})
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    runner = Runner(machine, ephemeral=ephemeral)

    issue.label("bricklayer", by=mona)
    runner.run()
    assert headline(issue) == "approval required for the plan", runner.said
    pull = pull_of(issue)

    issue.comment("/approve", by=mona)
    runner.run()
    assert headline(issue) == "waiting for CI", runner.said
    assert issue.repo.git.read(pull.head_sha, "bank.py") == GOOD.encode()

    github.ci(pull.head_sha, "red", log="E   AssertionError in bank.py:2\n")
    runner.run()
    assert issue.repo.git.read(pull.head_sha, "bank.py") == MENDED.encode(), runner.said

    github.ci(pull.head_sha, "green")
    runner.run()
    assert headline(issue) == "ready for review", runner.said

    words = "Reject amounts that are not positive."
    pull.review("request_changes", by=mona, body="Close.", threads=[("bank.py", 2, words)])
    runner.run()
    assert issue.repo.git.read(pull.head_sha, "bank.py") == KIND.encode(), runner.said
    github.ci(pull.head_sha, "green")
    runner.run()

    next(c for c in issue.comments if "- [ ] " in c.body).tick(1, by=mona)
    runner.run()
    assert "- [x] Reject amounts" in status(issue)
    pull.merge(by=mona)
    runner.run()
    assert headline(issue) == "merged", runner.said
    pull_of(issue).merge(by=mona)
    assert b"Reject amounts" in (issue.repo.git.read("main", ".bricklayer/coaching.md") or b"")


@pytest.mark.parametrize(
    ("words", "headline_after"), [("/cancel", "cancelled"), ("/pause", "paused")]
)
def test_a_command_reaches_the_build_that_runs(
    github: GitHub, machine: Machine, words: str, headline_after: str
) -> None:
    """The run that the comment starts waits in line behind that very build."""
    issue = bank(github)
    mona = github.person("mona")
    machine.models["local"] = MODELS["local"].replace("fix-withdraw", "fix-withdraw, slow 240")
    machine.more = "sweep_seconds = 0.5"
    runner = Runner(machine)
    issue.label("bricklayer", by=mona)
    event, body = runner.heard[0]
    process = runner.start(event, body)
    until(lambda: headline(issue) == "building", machine.told)
    issue.comment(words, by=mona)
    said, _ = process.communicate(timeout=120)
    assert process.returncode == 0, said
    assert headline(issue) == headline_after, said


@pytest.mark.real_start
def test_outside_of_a_workflow_it_says_what_it_is_for(machine: Machine) -> None:
    """Without an event there is nothing to do, and exit code 2."""
    env = {**os.environ, "BRICKLAYER_CONFIG": str(machine.write())}
    argv = [BRICKLAYER, "action"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "GITHUB_EVENT_PATH" in done.stderr
