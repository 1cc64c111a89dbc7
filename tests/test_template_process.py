"""A command that is forked from the template process is like one that was started."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest
from support.machine import until
from support.template_client import COMMAND, start_template

WAITS = "## reply: fix, slow 60\nnothing\n"


def running(*args: str, **options: object) -> "subprocess.Popen[bytes]":
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
    return subprocess.Popen([COMMAND, *args], **(pipes | options))  # type: ignore[call-overload,no-any-return]


@pytest.fixture
def waiting(tmp_path: Path) -> "subprocess.Popen[bytes]":
    """A command that waits for its standard input, started in a folder of the test's."""
    return running("apply", "--root", ".", cwd=tmp_path)


def test_it_is_a_child_of_who_started_it_and_was_forked(
    waiting: "subprocess.Popen[bytes]", tmp_path: Path
) -> None:
    """Its own process in its own folder, in the group of who started it, with three files open."""
    seen = psutil.Process(waiting.pid)
    assert seen.ppid() == os.getpid()
    assert seen.cmdline()[1].endswith("template_process.py")
    assert os.getpgid(waiting.pid) == os.getpgid(0)
    until_it_reads(waiting)
    assert seen.cwd() == str(tmp_path)
    assert sorted(os.listdir(f"/proc/{waiting.pid}/fd")) == ["0", "1", "2"]  # noqa: PTH208
    assert waiting.poll() is None
    out, err = waiting.communicate(b"no edit in here", timeout=60)
    assert (waiting.returncode, out) == (1, b"")
    assert err


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_signal_ends_it_as_any_process(
    waiting: "subprocess.Popen[bytes]", number: signal.Signals
) -> None:
    waiting.send_signal(number)
    assert waiting.wait(60) == -number


def test_it_has_its_own_environment_arguments_and_exit_code(tmp_path: Path) -> None:
    """What an earlier one was given is gone."""
    config = tmp_path / "bricklayer.toml"
    config.write_text("nonsense = 1\n")
    wrong = running("spend", env={**os.environ, "BRICKLAYER_CONFIG": str(config)})
    out, err = wrong.communicate(timeout=60)
    assert wrong.returncode == 2, out
    assert b"nonsense" in err
    right = running("--version", env={"HOME": str(tmp_path)})
    out, err = right.communicate(timeout=60)
    assert (right.returncode, err) == (0, b"")
    assert out.startswith(b"bricklayer ")


def test_a_module_of_ours_is_run_as_python_runs_it() -> None:
    """`python -m runners...`, as the server starts its workers: no work on its input ends it."""
    argv = [sys.executable, "-m", "runners.worker_process.main", "7", "text"]
    process = subprocess.Popen(argv, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE)
    assert psutil.Process(process.pid).cmdline()[1].endswith("template_process.py")
    assert process.communicate(timeout=60)[1] == b""
    assert process.returncode == 0


@pytest.mark.slow
def test_what_only_a_new_interpreter_heeds_is_started_for_real(tmp_path: Path) -> None:
    env = {**os.environ, "PYTHONUTF8": "0"}
    process = running("apply", "--root", str(tmp_path), env=env)
    started = psutil.Process(process.pid)
    # Popen hears of the exec before the kernel has the new arguments: the list is empty till then.
    # https://docs.kernel.org/filesystems/proc.html, `cmdline`
    until(started.cmdline, lambda: "the arguments are never there")
    assert COMMAND in started.cmdline()
    process.communicate(b"", timeout=60)


@pytest.mark.slow
def test_the_template_ends_with_who_asks_it(tmp_path: Path) -> None:
    """However that ends: nothing is left behind."""
    code = (
        "import os, subprocess, sys\n"
        "from support.template_client import COMMAND, popen_with, start_template\n"
        "done = popen_with(start_template)([COMMAND, '--version'])\n"
        "assert done.wait(60) == 0\n"
        "os.kill(os.getpid(), 9)\n"
    )
    env = {**os.environ, "PYTHONPATH": str(Path(__file__).parent), "TMPDIR": str(tmp_path)}
    reading, writing = os.pipe()
    argv = [sys.executable, "-c", code]
    done = subprocess.run(argv, env=env, stderr=writing, timeout=60, check=False)
    assert done.returncode == -signal.SIGKILL
    os.close(writing)
    with os.fdopen(reading) as pipe:
        assert pipe.read() == "", "the template has it open until it ends"


def test_there_is_one_template_a_test_process() -> None:
    assert start_template() is start_template()


def until_it_reads(process: "subprocess.Popen[bytes]") -> None:
    """It is forked at once and becomes the command a moment later."""
    files = Path(f"/proc/{process.pid}/fd")
    end = time.monotonic() + 60
    while len(list(files.iterdir())) > 3:
        assert time.monotonic() < end
        time.sleep(0.01)
