"""A job of the command line is paused, cancelled and taken up again from another terminal."""

import json
import subprocess

import pytest
from support.project import Project

from bot.locks import find_live_holder
from runners.stop_request import ask_to_stop

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
NOTE = "\n### Task: note\n- file: NOTE\n- after: fix\n- exists: NOTE\n\nWrite a note.\n"
GOOD = f"## reply: fix\n```python\n{FIXED}```\n"
SLOW = "## reply: note, slow 600\n```file=NOTE\nhi\n```\n"
QUICK = "## reply: note\n```\nhi\n```\n"
EXACT = f"{FIX}\n```python file=bank.py\n{FIXED}```\n"
BAD = "## reply: fix\n```python\ndef withdraw(balance, amount):\n    return amount\n```\n"


def situation(project: Project) -> str:
    jobs = json.loads(project.bricklayer("jobs", "--json")[1])["jobs"]
    return str(jobs[0]["situation"])


@pytest.fixture
def building(project: Project) -> "subprocess.Popen[str]":
    """`fix` has passed; `note` is asked of a model that takes ten minutes."""
    project.models(local=GOOD + SLOW)
    process = project.start("run", project.plan(FIX + NOTE))
    assert process.stdout
    while "task    note: NOTE" not in (line := process.stdout.readline()):
        assert line, "it ended"
    return process


@pytest.mark.slow
def test_a_running_job_is_paused_at_once_and_resumed_where_it_was(
    project: Project, building: "subprocess.Popen[str]"
) -> None:
    """The one that built it ends with 1 and says how to go on; nothing that passed is done again."""
    code, out = project.bricklayer("pause", "bricklayer/mend-it")
    assert (code, "paused: `bricklayer resume" in out) == (0, True), out
    code, out = project.finish(building)
    assert (code, "paused from the terminal" in out) == (1, True), out
    assert situation(project) == "paused"
    code, out = project.bricklayer("pause")
    assert (code, "no process builds it now" in out) == (2, True)
    project.models(local=QUICK)
    code, out = project.bricklayer("resume", "--json")
    assert code == 0, out
    lines = [json.loads(line) for line in out.splitlines()]
    assert lines[0]["run"] == 1
    assert not [one for one in lines if one.get("what") == "attempt" and one["task"] == "fix"]
    assert project.landed() == ["fix", "note"]
    assert situation(project) == "passed"
    code, out = project.bricklayer("resume")
    assert (code, "it has ended: passed" in out) == (2, True)


@pytest.mark.slow
def test_a_running_job_is_cancelled_and_can_be_retried(
    project: Project, building: "subprocess.Popen[str]"
) -> None:
    code, out = project.bricklayer("cancel", "--json")
    assert (code, json.loads(out)["heard"], "cancelled" in out) == (0, True, True), out
    assert project.finish(building)[0] == 1
    assert situation(project) == "cancelled"
    for again in ("cancel", "resume", "pause"):
        assert project.bricklayer(again)[0] == 2
    project.models(local=QUICK)
    assert project.bricklayer("retry")[0] == 0
    assert project.landed() == ["fix", "note"]


@pytest.mark.slow
def test_a_killed_job_is_cancelled_or_resumed_without_its_process(project: Project) -> None:
    project.models(local=GOOD + QUICK)
    project.killed_at("land a commit", "after", "run", project.plan(FIX + NOTE))
    assert situation(project) == "stopped"
    assert project.bricklayer("cancel")[0] == 0
    assert situation(project) == "cancelled"
    assert project.bricklayer("retry")[0] == 0
    assert project.landed() == ["fix", "note"]


@pytest.mark.slow
def test_one_blocked_task_is_retried_by_its_name_from_any_folder(project: Project) -> None:
    """By the plan that the job was begun with, which is said where the file reads otherwise now."""
    project.models(local=BAD)
    plan = project.plan(FIX + NOTE)
    assert project.bricklayer("run", plan)[0] == 1
    plan.write_text(plan.read_text().replace("Why.", "Why not."))
    project.models(local=GOOD)
    code, out = project.bricklayer("retry", "bricklayer/mend-it", "fix")
    assert code == 0, out
    assert "was changed since" in out
    assert project.landed() == ["fix"]
    # `note` is still open, so the job has not passed, and goes on without being begun anew.
    assert situation(project) == "stopped"
    assert "1 of 2 tasks left; `resume` goes on" in project.bricklayer("jobs")[1]
    project.models(local=GOOD + QUICK)
    assert project.bricklayer("resume")[0] == 0
    assert (situation(project), project.landed()) == ("passed", ["fix", "note"])
    code, out = project.bricklayer("approve")
    assert (code, "nothing is to be approved" in out) == (2, True)


@pytest.mark.slow
def test_who_asks_a_job_to_stop_is_heard_as_soon_as_it_is_seen_to_be_built(
    project: Project,
) -> None:
    """Also while its process still reads the plan, long before any task is begun."""
    project.models(local=GOOD + QUICK)
    process = project.start("run", project.plan(FIX + NOTE))
    while not (locks := [*project.room.glob("state/bricklayer/jobs/*/lock")]) or not (
        find_live_holder(locks[0])
    ):
        assert process.poll() is None
    ask_to_stop(locks[0].parent, "cancel")
    code, out = project.finish(process)
    assert (code, "cancelled from the terminal" in out) == (1, True), out
    assert project.landed() == []


@pytest.mark.slow
def test_a_shell_completes_the_jobs_there_are(project: Project) -> None:
    """Ids and branches; nothing where there are none, and no word of that in the middle of a line."""

    def complete(words: str) -> tuple[int, str]:
        variables = {"_BRICKLAYER_COMPLETE": "complete_bash", "COMP_WORDS": words}
        with pytest.MonkeyPatch.context() as patch:
            for key, value in {**variables, "COMP_CWORD": "2"}.items():
                patch.setenv(key, value)
            return project.bricklayer()

    assert complete("bricklayer show br") == (0, "\n")
    assert project.bricklayer("run", project.plan(EXACT))[0] == 0
    assert complete("bricklayer show br") == (0, "bricklayer/mend-it\n")


def test_where_there_is_no_job_nothing_is_steered(project: Project) -> None:
    for command in ("approve", "cancel"):
        code, out = project.bricklayer(command)
        assert (code, "there are no jobs yet" in out) == (2, True), command
