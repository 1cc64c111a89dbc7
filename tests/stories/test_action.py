"""The same story from an event file, as a self-hosted runner of GitHub Actions lives it."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from fake_github.world import GitHub
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
from support.workflow_if import evaluate

# A story of minutes when the machine is busy: CI and `make test-rest` tell it.
pytestmark = pytest.mark.slow
FLOW: dict[Any, Any] = yaml.safe_load(
    (Path(__file__).parents[2] / ".github/workflows/bricklayer.yml").read_text()
)


def starts(event: str, payload: dict[str, Any]) -> bool:
    """Whether GitHub starts our workflow's job for it."""
    on, job = FLOW[True], FLOW["jobs"]["bricklayer"]
    types = (on.get(event) or {}).get("types", [payload.get("action")])
    if event not in on or payload.get("action") not in types:
        return False
    # What Actions itself reports starts no workflow, but for `workflow_run`:
    # https://docs.github.com/en/actions/reference/workflows-and-actions/events-that-trigger-workflows#check_suite
    if payload.get("check_suite", {}).get("app", {}).get("slug") == "github-actions":
        return False
    owner = payload["repository"]["owner"]["login"]
    github = {"event": payload, "event_name": event, "repository_owner": owner}
    return evaluate(job["if"], github)


class Runner:
    """Runs `bricklayer action` for each event that GitHub tells, one after another."""

    def __init__(self, machine: Machine, *, ephemeral: bool = False) -> None:
        """`ephemeral`: each run finds an empty state folder, as on a runner made for one job."""
        self.machine = machine
        self.ephemeral = ephemeral
        self.heard: list[tuple[str, bytes]] = []
        self.said = ""
        machine.github.hook(self._hear, "secret")

    def _hear(self, headers: dict[str, str], body: bytes) -> int:
        event = {name.lower(): value for name, value in headers.items()}["x-github-event"]
        self.heard.append((event, body))
        return 202

    def run(self) -> None:
        """One run for each event since the last time for which the workflow we ship starts one."""
        heard, self.heard = self.heard, []
        for number, (event, body) in enumerate(heard):
            if starts(event, json.loads(body)):
                self._action(event, body, number)

    def _action(self, event: str, body: bytes, number: int) -> None:
        process = self.start(event, body, number)
        self.said, _ = process.communicate(timeout=250)
        assert process.returncode == 0, self.said

    def start(self, event: str, body: bytes, number: int = 0) -> subprocess.Popen[str]:
        """A run that has begun; the caller waits for its end."""
        if self.ephemeral:
            shutil.rmtree(self.machine.room / "state", ignore_errors=True)
        path = self.machine.room / f"event-{number}.json"
        path.write_bytes(body)
        env = {
            **os.environ,
            "BRICKLAYER_CONFIG": str(self.machine.write()),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REPOSITORY": json.loads(body)["repository"]["full_name"],
        }
        argv = [BRICKLAYER, "action", "--hours", "0.05"]
        return subprocess.Popen(
            argv, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )


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
