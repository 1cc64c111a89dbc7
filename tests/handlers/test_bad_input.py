"""What must end well whatever a plan, a repository, a machine or a model brings."""

import re
import shutil
import subprocess
from pathlib import Path
from typing import Literal

import pytest
from fake_models.server import ModelServer, ScriptedAnswer
from support.project import BRICKLAYER, Project

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

FIXED = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = f"### Task: fix\n- file: bank.py\n- check: test\n\n```python file=bank.py\n{FIXED}```\n"
ASK = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
NOTE = "\n### Task: note\n- file: NOTE\n- after: fix\n- exists: NOTE\n\n```file=NOTE\nhi\n```\n"
GOOD = f"```python\n{FIXED}```\n"
ASKING = ("check the base", "start a task", "ask a model", "apply a reply")
LANDING = ("land a commit", "move the branch", "the final gate")


@pytest.mark.slow
@pytest.mark.parametrize("when", ["before", "after"])
@pytest.mark.parametrize("points", [ASKING, LANDING], ids=["asking", "landing"])
def test_killed_in_any_step_it_goes_on_there(
    project: Project, points: tuple[str, ...], when: Literal["before", "after"]
) -> None:
    """Kill -9 right before or right after each piece of work: nothing lost, nothing twice."""
    project.models(local="## reply: fix\n" + GOOD)
    plan = project.plan(ASK + NOTE)
    for point in points:
        project.killed_at(point, when, "run", plan)
    code, out = project.bricklayer("run", plan)
    assert code == 0, out
    assert project.landed() == ["fix", "note"]
    assert re.search(r"local +script:local.md +1 ", out), out


@pytest.mark.parametrize("room", [50_000, 200_000])
def test_no_room_for_the_state_is_told_and_loses_nothing(project: Project, room: int) -> None:
    """The command says that the disk is full; with room it goes on."""
    plan = project.plan(FIX + NOTE)
    (project.room / "state").mkdir()
    full = ["--dev-bind", "/", "/", "--size", str(room), "--tmpfs", project.room / "state"]
    process = project.start(*full, BRICKLAYER, "run", plan, program=str(shutil.which("bwrap")))
    code, out = project.finish(process)
    assert code == 70, out
    assert re.search("no space|disk is full", out, re.IGNORECASE), out
    assert "Nothing is lost" in out
    assert project.bricklayer("run", plan)[0] == 0
    assert project.landed() == ["fix", "note"]


def test_no_room_for_gits_objects_is_told(project: Project, tmp_path: Path) -> None:
    """The repository's own disk is full: said in git's words, and no branch points at a hole."""
    full = tmp_path / "full"
    full.mkdir()
    fill = (
        f"cp -r {project.repo} {full}/repo && cd {full}/repo && "
        f"dd if=/dev/zero of={full}/fill bs=1k status=none 2>/dev/null; "
        f"{BRICKLAYER} run {project.plan(FIX)}; echo exit $?; git fsck --strict"
    )
    argv = ["--dev-bind", "/", "/", "--size", "3000000", "--tmpfs", full, "sh", "-c", fill]
    code, out = project.finish(project.start(*argv, program=str(shutil.which("bwrap"))))
    assert code == 0, out
    assert "exit 70" in out
    assert "system error" in out
    assert "did not make" not in out


def test_a_submodule_is_left_as_it_is(project: Project, tmp_path: Path) -> None:
    """The job builds beside it, its commit stays pinned, and no task may write into it."""
    other = tmp_path / "other"
    subprocess.run(["git", "clone", "-q", project.repo, other], timeout=30, check=True)
    allow = ("-c", "protocol.file.allow=always")
    project.git(*allow, "submodule", "add", "-q", str(other), "vendor/other")
    project.commit()
    code, out = project.bricklayer("run", project.plan(FIX))
    assert code == 0, out
    assert project.git("rev-parse", "bricklayer/mend-it:vendor/other") == project.git(
        "rev-parse", "main:vendor/other"
    )
    inside = FIX.replace("bank.py", "vendor/other/bank.py")
    code, out = project.bricklayer("check", project.plan(inside))
    assert code == 2, out
    assert "submodule" in out


def test_a_plan_of_five_megabytes_is_refused(project: Project) -> None:
    """At once, by its size, without reading it whole."""
    plan = project.plan(FIX + "x" * 5_000_000)
    code, out = project.bricklayer("check", plan)
    assert code == 2
    assert "larger than 1 MiB" in out


@pytest.mark.parametrize(
    ("content", "word"), [(b"\x00\x01", "binary"), ("caf\xe9".encode("latin-1"), "UTF-8")]
)
def test_a_target_that_is_no_text_is_refused(project: Project, content: bytes, word: str) -> None:
    """A file no edit can be laid into is a fault of the plan, told before anything is asked."""
    (project.repo / "data").write_bytes(content)
    project.commit()
    code, out = project.bricklayer("check", project.plan(ASK.replace("bank.py", "data")))
    assert code == 2
    assert word in out


def served(project: Project, url: str, **settings: object) -> None:
    extra = "".join(f"{key} = {value}\n" for key, value in settings.items())
    (project.room / "bricklayer.toml").write_text(
        f'reflection = false\n[tiers.local]\nmodels = ["openai-chat:x"]\nretries = 0\n'
        f'base_url = "{url}"\n{extra}'
    )


@pytest.mark.slow
def test_a_model_that_never_comes_to_an_end_costs_its_time_limit_only(
    project: Project, model_server: ModelServer
) -> None:
    """A server that keeps the line open and says nothing: each call ends, then the run, undone."""
    model_server.answers = [ScriptedAnswer(drip=True)]
    served(project, model_server.url, timeout=1, wait=2)
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 70
    assert "no whole answer within 1 s" in out
    assert project.landed() == []


@pytest.mark.parametrize(
    "act",
    [
        ScriptedAnswer(body=b"\xff\xfe<html>502 Bad Gateway</html>"),
        ScriptedAnswer(body=b'data: {"choices": [{"delta": {"content": 12}}]}\n\n'),
        ScriptedAnswer("\x1b[2J\x00\ufffd```\n```python\n", times=40),
        ScriptedAnswer("half", broken=True),
        ScriptedAnswer("bank.py\ud800\n```python\n\ud83d\n```\n"),
    ],
    ids=["html", "wrong types", "control characters", "broken off", "half a character"],
)
def test_garbage_from_a_server_is_no_attempt_and_it_is_asked_again(
    project: Project, model_server: ModelServer, act: ScriptedAnswer
) -> None:
    """Whatever bytes come, nothing lands, nothing crashes, and the next answer may pass."""
    model_server.answers = [act, act, ScriptedAnswer(GOOD)]
    served(project, model_server.url)
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    assert project.landed() == ["fix"]
    assert "\x1b[2J" not in out


def test_a_missing_dependency_is_the_setups_fault(project: Project) -> None:
    """A module nobody installed is told as that, before any model is asked to chew on it."""
    project.models(local="## reply: fix\n" + GOOD)
    project.write("tests/test_bank.py", "import nowhere_to_be_found\n")
    project.commit()
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 2
    assert "Python has no module nowhere_to_be_found: [setup] must install it" in out
    assert "no attempt" not in out


def test_a_module_the_plan_will_write_is_no_fault(project: Project) -> None:
    """Red because what it needs is still to be built: that is what the job is for."""
    project.write(
        "tests/test_bank.py",
        "import unittest\nimport sums\n\n\nclass T(unittest.TestCase):\n    def test_it(self):\n        sums.add(1, 2)\n",
    )
    project.commit()
    body = "### Task: sums\n- file: sums.py\n- check: test\n\n```file=sums.py\ndef add(a, b):\n    return a + b\n```\n"
    code, out = project.bricklayer("run", project.plan(body))
    assert code == 0, out


def test_a_model_that_fell_is_named_beside_the_one_that_answered(project: Project) -> None:
    """The ledger says which model did what, and which could not."""
    (project.room / "local.md").write_text("## reply: fix\n" + GOOD)
    served(project, "http://127.0.0.1:9/v1")
    config = project.room / "bricklayer.toml"
    both = f'["openai-chat:x", "script:{project.room}/local.md"]'
    config.write_text(config.read_text().replace('["openai-chat:x"]', both))
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    assert "openai-chat:x did not answer:" in out
    assert re.search(r"local +openai-chat:x +1 +0 +0 ", out), out
    said = project.git("log", "-1", "--format=%B", "bricklayer/mend-it")
    assert "Bricklayer-Model: script:local.md" in said


def test_an_answer_that_drops_a_function_nobody_spoke_of_keeps_it(project: Project) -> None:
    """What the task does not name stays, though the answer was to be the whole file."""
    project.write(
        "bank.py", "def withdraw(a, b):\n    return a + b\n\n\ndef fee():\n    return 1\n"
    )
    project.commit()
    project.models(local="## reply: fix\n" + GOOD)
    code, out = project.bricklayer("run", project.plan(ASK))
    assert code == 0, out
    assert "def fee" in project.git("show", "bricklayer/mend-it:bank.py")
