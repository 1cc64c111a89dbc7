"""A model's server that the work in a process of its own started, and the server that began it."""

import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from support.gguf import small_gguf
from support.llama_server import find_server
from support.processes import list_processes_in

pytestmark = [pytest.mark.model, pytest.mark.timeout(300)]
# Two pieces of work, one after the other, as `bricklayer serve` has them done; then it stays.
SERVE = """\
import sys
from pathlib import Path
from bot.config.machine import parse_settings
from runners.build.load_plan import RunRequest
from runners.worker_process.client import WorkerProcess
from runners.worker_process.main import WorkRequest
from runners.worker_process.questions import Question

room = Path(sys.argv[1])
settings = parse_settings((room / "bricklayer.toml").read_text())
question = Question("one", "local", "Answer in a sentence.", "Say hello.", reply=64)
for _ in range(2):
    work = WorkRequest(settings, RunRequest("", room), questions=(question,))
    done = WorkerProcess(work, print, room / "log").run_work()
    print("passed" if done.passed else done.why, flush=True)
sys.stdin.read()
"""
SETTINGS = """\
state_dir = "{room}/state"
[tiers.local]
models = ["llama-server:{model}"]
context = 2048
answer = 64
threads = 2
llama = {{server = "{server}"}}
"""
END_SECONDS = 20.0


def list_llamas(room: Path) -> list[psutil.Process]:
    return [each for each in list_processes_in(room) if "--model" in each.info["cmdline"]]


def test_it_stays_from_one_work_to_the_next(tmp_path: Path) -> None:
    """It is loaded once; when the server that had the work done is killed, it ends too."""
    names = {"room": tmp_path, "model": small_gguf(), "server": find_server()}
    (tmp_path / "bricklayer.toml").write_text(SETTINGS.format(**names))
    argv = [sys.executable, "-c", SERVE, str(tmp_path)]
    serve = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert serve.stdout is not None
        said = [serve.stdout.readline().strip() for _ in range(2)]
        assert said == ["passed", "passed"], (tmp_path / "log").read_text()
        assert len(list_llamas(tmp_path)) == 1
        (log,) = tmp_path.glob("state/servers/*/server.log")
        assert log.read_text().count("model loaded") == 1
        serve.kill()
        serve.communicate()
        deadline = time.monotonic() + END_SECONDS
        while list_llamas(tmp_path):
            assert time.monotonic() < deadline, "it is left over"
            time.sleep(0.05)
    finally:
        serve.kill()
        for each in list_llamas(tmp_path):
            each.kill()
