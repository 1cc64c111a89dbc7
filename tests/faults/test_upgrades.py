"""A job that is killed under one release goes on under another that records something else."""

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from faults.progress import wait_until_asked
from faults.right_end import require_paid_once, require_right_branch
from faults.seeds import ONLY_HERE
from faults.twelve import BRANCH
from faults.words_project import WordsProject

pytestmark = ONLY_HERE
ROOT = Path(__file__).resolve().parents[2]
ROOMS = ("bot", "runners", "handlers")
START = "import sys; sys.path.insert(0, sys.argv.pop(1)); from handlers.cli import main; main()"


def raise_protocol(release: Path) -> None:
    replace_once(
        release / "runners/build/story.py", 'WORKFLOW_VERSION = "', 'WORKFLOW_VERSION = "9'
    )


def add_field(release: Path) -> None:
    """With a default, to what every attempt records."""
    field = '    place: str = ""\n'
    replace_once(release / "bot/ledger.py", field, f'{field}    added: str = "as always"\n')


def add_step(release: Path) -> None:
    """In the middle of every task."""
    attempts = re.compile(r"^( +)for \w+ in self\._list_attempts\(run\):\n", re.MULTILINE)
    file = release / "runners/build/task_attempts.py"
    # Any step will do.
    text, count = attempts.subn(r"\1self.find_head()\n\g<0>", file.read_text())
    assert count == 2, "of a query and of code"
    file.write_text(text)


def replace_once(file: Path, old: str, new: str) -> None:
    text = file.read_text()
    assert old in text
    file.write_text(text.replace(old, new, 1))


@pytest.mark.parametrize("change", [raise_protocol, add_field, add_step])
@pytest.mark.parametrize("calls", [2, 6])
def test_an_upgrade_in_the_middle(
    project: WordsProject, change: Callable[[Path], None], calls: int
) -> None:
    """By the same command, without a word from anybody: what passed is kept and not paid again."""
    process = project.start_job()
    wait_until_asked(project, calls, process)
    os.killpg(process.pid, signal.SIGKILL)
    process.communicate(timeout=30)
    release = project.room / "release"
    for room in ROOMS:
        shutil.copytree(ROOT / room, release / room)
    change(release)
    argv = [sys.executable, "-c", START, str(release), "run", str(project.job)]
    process = subprocess.Popen(
        argv,
        cwd=project.repo,
        env=project.environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )
    code, out = project.finish(process)
    assert code == 0, out
    assert "Traceback" not in out
    require_right_branch(project.repo, "main", BRANCH, None)
    # Of a task that had not passed all attempts may be made again.
    require_paid_once(project.models_server, kills=2)
