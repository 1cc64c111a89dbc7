"""A self-hosted runner that GitHub starts for what the workflow we ship asks for."""

import json
import os
import shutil
import subprocess
from pathlib import Path
from typing import Any

import yaml

from support.machine import Machine
from support.project import BRICKLAYER
from support.workflow_if import evaluate

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

    def run_schedule(self, repo: str) -> None:
        """The run that the schedule starts, which tells of nothing."""
        name = {"full_name": repo, "owner": {"login": repo.partition("/")[0]}}
        body = json.dumps({"schedule": "*/15 * * * *", "repository": name})
        self._action("schedule", body.encode(), 0)

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
