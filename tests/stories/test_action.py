"""The same story from an event file, as a self-hosted runner of GitHub Actions lives it."""

import json
import os
import subprocess

import pytest
from fake_github.world import GitHub
from support.machine import CONFIG, GOOD, KIND, MENDED, Machine, bank, headline, pull_of, status
from support.project import BRICKLAYER

# A story of minutes when the machine is busy: CI and `make test-rest` tell it.
pytestmark = pytest.mark.slow


class Runner:
    """Runs `bricklayer action` for each event that GitHub tells, one after another."""

    def __init__(self, machine: Machine) -> None:
        self.machine = machine
        self.heard: list[tuple[str, bytes]] = []
        self.said = ""
        machine.github.hook(self._hear, "secret")

    def _hear(self, headers: dict[str, str], body: bytes) -> int:
        event = {name.lower(): value for name, value in headers.items()}["x-github-event"]
        self.heard.append((event, body))
        return 202

    def run(self, *events: str) -> None:
        """One run for each event of these kinds since the last time."""
        heard, self.heard = self.heard, []
        for number, (event, body) in enumerate(heard):
            said = json.loads(body)
            ended, person = said.get("action") == "completed", said["sender"]["type"] != "Bot"
            if event in events and (ended if event == "workflow_run" else person):
                self._action(event, body, number)

    def _action(self, event: str, body: bytes, number: int) -> None:
        path = self.machine.room / f"event-{number}.json"
        path.write_bytes(body)
        env = {
            **os.environ,
            "BRICKLAYER_CONFIG": str(self.machine.write()),
            "GITHUB_EVENT_NAME": event,
            "GITHUB_EVENT_PATH": str(path),
            "GITHUB_REPOSITORY": json.loads(body)["repository"]["full_name"],
        }
        argv = [BRICKLAYER, "action", "--hours", "0.02"]
        done = subprocess.run(
            argv, env=env, capture_output=True, text=True, timeout=250, check=False
        )
        self.said = done.stdout + done.stderr
        assert done.returncode == 0, self.said


def test_the_whole_story_from_event_files(github: GitHub, machine: Machine) -> None:
    """Label, approve, CI red, CI green, review, merge: each a run of its own, nothing else runs."""
    issue = bank(github, {".bricklayer.toml": f'{CONFIG}\n[approval]\nmode = "always"\n'})
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    runner = Runner(machine)

    issue.label("bricklayer", by=mona)
    runner.run("issues")
    assert headline(issue) == "approval required for the plan", runner.said
    pull = pull_of(issue)

    issue.comment("/approve", by=mona)
    runner.run("issue_comment")
    assert headline(issue) == "waiting for CI", runner.said
    assert issue.repo.git.read(pull.head_sha, "bank.py") == GOOD.encode()

    github.ci(pull.head_sha, "red", log="E   AssertionError in bank.py:2\n")
    runner.run("workflow_run")
    assert issue.repo.git.read(pull.head_sha, "bank.py") == MENDED.encode(), runner.said

    github.ci(pull.head_sha, "green")
    runner.run("workflow_run")
    assert headline(issue) == "ready for review", runner.said

    words = "Reject amounts that are not positive."
    pull.review("request_changes", by=mona, body="Close.", threads=[("bank.py", 2, words)])
    runner.run("pull_request_review")
    assert issue.repo.git.read(pull.head_sha, "bank.py") == KIND.encode(), runner.said
    github.ci(pull.head_sha, "green")
    runner.run("workflow_run")

    next(c for c in issue.comments if "- [ ] " in c.body).tick(1, by=mona)
    runner.run("issue_comment")
    assert "- [x] Reject amounts" in status(issue)
    pull.merge(by=mona)
    runner.run("pull_request")
    assert headline(issue) == "merged", runner.said
    pull_of(issue).merge(by=mona)
    assert b"Reject amounts" in (issue.repo.git.read("main", ".bricklayer/coaching.md") or b"")


@pytest.mark.real_start
def test_outside_of_a_workflow_it_says_what_it_is_for(machine: Machine) -> None:
    """Without an event there is nothing to do, and exit code 2."""
    env = {**os.environ, "BRICKLAYER_CONFIG": str(machine.write())}
    argv = [BRICKLAYER, "action"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "GITHUB_EVENT_PATH" in done.stderr
