"""The machine's owner steers an issue's job in the terminal, and the issue's page tells of it."""

import json
import os
import re
import subprocess

import pytest
from fake_github.world import GitHub
from support.machine import CONFIG, Machine, bank, pull_of, status, until, waits
from support.template_client import COMMAND

pytestmark = pytest.mark.slow
ISSUE = "octocat/bank#1"
OWNER = "The owner of the bot's machine"


def owner(machine: Machine, *args: str) -> "subprocess.CompletedProcess[str]":
    env = {**os.environ, "BRICKLAYER_CONFIG": str(machine.room / "bricklayer.toml")}
    return subprocess.run(
        [COMMAND, *args], env=env, capture_output=True, text=True, timeout=120, check=False
    )


def as_data(machine: Machine, *args: str) -> dict:  # type: ignore[type-arg]  # any JSON
    done = owner(machine, *args, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)  # type: ignore[no-any-return]


def test_a_job_is_approved_paused_cancelled_and_retried_by_its_owner(
    github: GitHub, machine: Machine
) -> None:
    """Each is the decision of the comment of that name, and the status comment says whose it was."""
    config = f'{CONFIG}\n[approval]\nmode = "always"\n'
    issue = bank(github, {".bricklayer.toml": config})
    github.ci_on("octocat/bank")
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    waits(machine, issue, "approval required for the plan")

    (job,) = as_data(machine, "jobs")["jobs"]
    assert (job["id"], job["situation"]) == (ISSUE, "waiting")
    code = re.search(r"`/approve ([0-9a-f]{12})`", owner(machine, "show").stdout)
    assert code, "show tells what is to be typed"
    assert "work.log" in owner(machine, "show").stdout
    wrong = owner(machine, "approve", ISSUE, "abcdef0")
    assert "is not what waits for approval" in wrong.stdout
    done = owner(machine, "approve", ISSUE, code[1])
    assert (done.returncode, f"{OWNER} approved plan" in done.stdout) == (0, True), done
    waits(machine, issue, "waiting for CI")
    assert f"{OWNER} approved" in status(issue)
    assert f"@{OWNER}" not in status(issue)

    (job,) = as_data(machine, "jobs")["jobs"]
    assert (job["done"], job["total"], job["situation"]) == (1, 1, "running")
    shown = as_data(machine, "show", "#1", "fix-withdraw")
    assert "return balance - amount" in {p["title"]: p["text"] for p in shown["parts"]}["diff"]
    assert '"type": "begin"' in owner(machine, "logs", ISSUE, "--json").stdout

    assert owner(machine, "pause", ISSUE).returncode == 0
    waits(machine, issue, "paused")
    assert f"{OWNER} paused the job" in status(issue)
    assert owner(machine, "resume", f"#{pull_of(issue).number}").returncode == 0
    waits(machine, issue, "waiting for CI")
    assert owner(machine, "cancel", "withdraw adds").returncode == 0
    waits(machine, issue, "cancelled")
    nothing = owner(machine, "pause", ISSUE)
    assert "is over already" in nothing.stdout
    assert owner(machine, "retry", ISSUE).returncode == 0
    waits(machine, issue, "waiting for CI")


def test_what_is_said_while_no_server_runs_is_done_by_the_next_one(
    github: GitHub, machine: Machine
) -> None:
    """The command says so, with exit 1: it is not done yet."""
    issue = bank(github)
    github.ci_on("octocat/bank")
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    waits(machine, issue, "waiting for CI")
    machine.stop()
    done = owner(machine, "cancel", ISSUE)
    assert (done.returncode, "kept for the next `bricklayer serve`" in done.stdout) == (1, True)
    assert as_data(machine, "jobs")["jobs"][0]["situation"] == "running"
    machine.start()
    waits(machine, issue, "cancelled")
    until(lambda: f"{OWNER} cancelled the job" in status(issue), machine.told)
