"""What a process of work writes has the form of the server's log, and says what it is about."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from bot.config.machine import Settings
from bot.logs.formats import OF_TRACE
from runners.build.load_plan import RunRequest
from runners.worker_process.main import REQUEST_JSON, WorkRequest
from runners.worker_process.questions import Question

ABOUT = {"ticket": "octocat/bank#1", "repository": "octocat/bank", "job": "0a1b"}
FAULTY = """
import sys
from runners.worker_process import main as process
def fail(*_):
    raise RuntimeError("one line\\n2026-01-01 00:00:00,000 INFO and a forged one")
process.open_meter = fail
process.main()
"""


def write_log(room: Path, form: str) -> list[str]:
    """Of work that ends by a fault of ours."""
    asked = (Question("why", "planner", "Answer.", "Why?"),)
    log, repo = room / "work.log", RunRequest("", room)
    work = WorkRequest(Settings(), repo, questions=asked, log=str(log), log_fields=ABOUT)
    reading, writing = os.pipe()
    argv = [sys.executable, "-c", FAULTY, str(writing), form]
    request = REQUEST_JSON.dump_json(work)
    subprocess.run(argv, input=request, pass_fds=(writing,), timeout=60, check=True)
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert json.loads(pipe.readlines()[-1])["end"]["is_system_error"]
    return log.read_text().splitlines()


@pytest.mark.slow
def test_as_json_each_line_is_an_object_with_the_ids_of_the_work(tmp_path: Path) -> None:
    [line] = map(json.loads, write_log(tmp_path, "json"))
    assert line["level"] == "ERROR"
    assert line["error"].startswith("Traceback")
    assert {name: line[name] for name in ABOUT} == ABOUT


@pytest.mark.slow
def test_as_text_each_line_of_a_trace_is_marked(tmp_path: Path) -> None:
    first, *rest = write_log(tmp_path, "text")
    assert " ERROR " in first
    assert any("forged" in line for line in rest)
    assert all(line.startswith(OF_TRACE) for line in rest)
