"""Jobs by `llama-server:`: the server that Bricklayer starts for them, and what becomes of it."""

import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest
from support.gguf import small_gguf
from support.llama_server import find_server
from support.processes import list_processes_in
from support.project import Project

pytestmark = [pytest.mark.model, pytest.mark.timeout(600)]
CONFIG = """\
[checks.tree]
run = "test -f bank.py"

[checks.says]
run = "grep -q '[a-z]'"
"""
TASK = "### Task: {id}\n- file: {id}.txt\n- check: says {id}.txt\n\nWrite a short greeting.\n"
# So small a model rarely keeps to a form: the grammar names the file, what it writes is its own.
TIER = """\
[tiers.local]
models = ["llama-server:{model}"]
context = 2048
answer = 512
threads = 2
extra = {{grammar = '''
root ::= "{file}.txt\\n```\\n" line "\\n```\\n"
line ::= [A-Za-z] [A-Za-z ,.!']{{{least},{most}}}
'''}}

[tiers.local.llama]
server = "{server}"
"""
END_SECONDS = 20.0


@pytest.fixture
def project(project: Project) -> Iterator[Project]:
    project.write(".bricklayer.toml", CONFIG)
    project.commit()
    yield project
    for server in list_processes_in(project.room):
        server.kill()


def write_settings(project: Project, file: str, least: int = 4, most: int = 60) -> Path:
    names = {"model": small_gguf(), "server": find_server(), "file": file}
    text = TIER.format(**names, least=least, most=most)
    path = project.room / "bricklayer.toml"
    path.write_text(text)
    return path


def list_llamas(room: Path) -> list[psutil.Process]:
    return [each for each in list_processes_in(room) if "--model" in each.info["cmdline"]]


def wait_until(is_so: Callable[[], object], seconds: float = 60.0) -> None:
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, "it never came to that"
        time.sleep(0.05)


def test_a_job_lands_and_its_server_ends(project: Project) -> None:
    """It is started for the job, answers, stands in the ledger, and is gone soon after."""
    write_settings(project, "greet")
    code, out = project.bricklayer("run", project.plan(TASK.format(id="greet"), "checks: [tree]"))
    assert code == 0, out
    assert project.git("show", "bricklayer/mend-it:greet.txt")
    said = project.git("log", "-1", "--format=%B", "bricklayer/mend-it")
    assert f"Bricklayer-Model: llama-server:{small_gguf().name}" in said
    assert str(small_gguf().parent) not in said
    wait_until(lambda: not list_processes_in(project.room), END_SECONDS)
    (log,) = project.room.glob("state/**/servers/*/server.log")
    assert "model loaded" in log.read_text()


def test_a_killed_run_leaves_no_server(project: Project) -> None:
    """Nobody said good-bye: the kernel told its keeper. The same command then does the job."""
    write_settings(project, "greet", least=400, most=500)
    plan = project.plan(TASK.format(id="greet"), "checks: [tree]")
    run = project.start("run", plan)
    wait_until(lambda: is_answering(project.room))
    run.send_signal(signal.SIGKILL)
    run.communicate()
    wait_until(lambda: not list_processes_in(project.room), END_SECONDS)
    write_settings(project, "greet")
    code, out = project.bricklayer("run", plan)
    assert code == 0, out


def test_a_server_that_is_killed_is_no_failed_attempt(project: Project) -> None:
    """It is started again, the call is made again, and the ledger has one attempt."""
    write_settings(project, "greet", least=200, most=300)
    run = project.start("run", project.plan(TASK.format(id="greet"), "checks: [tree]"))
    wait_until(lambda: is_answering(project.room))
    (server,) = list_llamas(project.room)
    server.kill()
    code, out = project.finish(run)
    assert code == 0, out
    said = project.git("log", "-1", "--format=%B", "bricklayer/mend-it")
    assert "Bricklayer-Attempt: 1\n" in f"{said}\n", said


def is_answering(room: Path) -> bool:
    logs = room.glob("state/**/servers/*/server.log")
    return any("processing task" in log.read_text() for log in logs)


def test_two_runs_at_once_share_one_server(project: Project) -> None:
    """One process loads the model, the other finds it; both jobs land."""
    write_settings(project, "greet", least=100, most=200)
    first = project.plan(TASK.format(id="greet"), "checks: [tree]")
    second = first.with_name("other.md")
    second.write_text(first.read_text().replace("Mend it", "Mend more"))
    runs = [project.start("run", plan) for plan in (first, second)]
    most = 0
    while any(run.poll() is None for run in runs):
        most = max(most, len(list_llamas(project.room)))
        time.sleep(0.2)
    ended = [project.finish(run) for run in runs]
    assert [code for code, _ in ended] == [0, 0], ended
    (log,) = project.room.glob("state/**/servers/*/server.log")
    assert (most, log.read_text().count("model loaded")) == (1, 1)


def test_the_doctor_asks_it(project: Project) -> None:
    """It starts the server for its one question, and says what a lane has."""
    write_settings(project, "greet")
    _, out = project.bricklayer("doctor", "--models")
    assert f"llama-server:{small_gguf()}: a server of its own, with one slot" in " ".join(
        out.split()
    )
    assert f"llama-server:{small_gguf()} answers" in " ".join(out.split()), out
