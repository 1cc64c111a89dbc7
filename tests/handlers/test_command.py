"""The installed command runs its own packages, whatever else has their names."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
from support.project import Project
from support.template_client import COMMAND

from bot.config.machine import Settings
from runners.worker_process.standby import start_worker

pytestmark = pytest.mark.real_start  # a template would import these modules itself
THEIRS = "raise SystemExit('of another project: ' + __file__)\n"


def _show_version(folder: Path) -> "subprocess.CompletedProcess[str]":
    argv = [COMMAND, "--version"]
    return subprocess.run(argv, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.fixture
def namesakes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder on PYTHONPATH whose modules have the names of the bot's packages."""
    folder = tmp_path / "namesakes"
    (folder / "handlers").mkdir(parents=True)
    for name in ("bot.py", "runners.py", "handlers/__init__.py"):
        (folder / name).write_text(THEIRS)
    monkeypatch.setenv("PYTHONPATH", str(folder))
    return folder


@pytest.mark.usefixtures("namesakes")
def test_a_project_on_pythonpath_with_the_same_module_names_is_not_imported(
    project: Project,
) -> None:
    """A `bot.py`, a `runners.py` and a `handlers/` of somebody else change nothing."""
    code, out = project.bricklayer("map", "--query", "withdraw")
    assert (code, "bank.py" in out) == (0, True)


def test_a_relative_pythonpath_is_no_different(
    namesakes: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`PYTHONPATH=.` in the folder of such a project."""
    monkeypatch.setenv("PYTHONPATH", ".")
    done = _show_version(namesakes)
    assert (done.returncode, done.stdout[:11], done.stderr) == (0, "bricklayer ", "")


def test_a_module_of_the_same_name_that_is_loaded_already_is_named(namesakes: Path) -> None:
    """Exit 2: what it is, where it is, and what to do."""
    (namesakes / "bot.py").write_text("")
    (namesakes / "sitecustomize.py").write_text("import bot\n")
    done = _show_version(namesakes)
    assert done.returncode == 2
    assert done.stderr.startswith(f"{namesakes}/bot.py: the module 'bot' of another project")
    assert "Unset PYTHONPATH" in done.stderr


@pytest.mark.slow
@pytest.mark.usefixtures("namesakes")
def test_nor_does_a_worker_process_import_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With PYTHONSAFEPATH too, which takes the working directory off the import path."""
    monkeypatch.setenv("PYTHONSAFEPATH", "1")
    log = tmp_path / "log"
    with log.open("wb") as log_file:
        started = start_worker(Settings(), log_file=log_file)
    with started.process as process:
        process.communicate(b"no work", timeout=60)
    os.close(started.pipe)
    assert "another project" not in log.read_text()
    assert "ValidationError" in log.read_text()


@pytest.mark.parametrize(
    "redirection",
    [
        "<&- >&- 2>&-",
        *(pytest.param(one, marks=pytest.mark.slow) for one in ("<&-", ">&-", "2>&-")),
    ],
)
@pytest.mark.parametrize(
    ("arguments", "code"), [("apply", 1), ("check no-such.md", 2), ("map --query -", 0)]
)
@pytest.mark.slow
def test_a_closed_standard_stream_is_an_empty_one(
    project: Project, arguments: str, code: int, redirection: str
) -> None:
    """A command that was started without one of them ends as it does with /dev/null in its place."""
    line = f"{COMMAND} {arguments} < /dev/null {redirection}"
    argv = ["/bin/sh", "-c", line]
    done = subprocess.run(argv, cwd=project.repo, capture_output=True, timeout=60, check=False)
    assert (done.returncode, b"Traceback" in done.stderr) == (code, False)


SLOW_IMPORT = """
import os, signal, sys
class Finder:
    def find_spec(self, name, *_):
        if name == {name!r}:
            os.kill(os.getpid(), signal.SIGINT)
sys.meta_path.insert(0, Finder())
import bricklayer_command
bricklayer_command.main()
"""


@pytest.mark.slow
@pytest.mark.parametrize("name", ["handlers.cli", "typer", "runners.history"])
def test_ctrl_c_while_the_command_is_loaded_ends_it_without_a_trace(name: str) -> None:
    """Python would show where in which import it was."""
    argv = [sys.executable, "-c", SLOW_IMPORT.format(name=name), "jobs"]
    run = subprocess.run(argv, capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 130
    assert "Traceback" not in run.stderr
