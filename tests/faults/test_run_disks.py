"""A disk is full or read-only: the run ends in plain words, and goes on once there is room."""

import subprocess
import sys
from collections.abc import Iterator

import pytest
from support.mounted_room import MEBIBYTE, MountedRoom, mounted_room
from support.template_client import COMMAND as BRICKLAYER

from faults.progress import wait_until_asked
from faults.right_end import git, require_paid_once, require_right_branch
from faults.seeds import ONLY_HERE
from faults.twelve import BRANCH
from faults.words_project import WordsProject

pytestmark = ONLY_HERE
PLACES = ("state", "tmp")


@pytest.fixture
def small(project: WordsProject) -> Iterator[MountedRoom]:
    """The state folder and the folder of temporary files are file systems of their own."""
    folders = {project.room / name: 64 * MEBIBYTE for name in PLACES}
    for folder in folders:
        folder.mkdir(exist_ok=True)
    with mounted_room(folders) as made:
        yield made


def start(project: WordsProject, room: MountedRoom) -> "subprocess.Popen[str]":
    argv = room.enter(sys.executable, BRICKLAYER, "run", str(project.job), folder=project.repo)
    return project.start_argv(argv)


def require_plain_words(code: int, out: str) -> None:
    """It did not succeed, and that is no fault of the program: no trace, nothing to report."""
    assert code, out
    assert "Traceback" not in out
    assert "please report" not in out


def require_end(project: WordsProject, code: int, out: str, *, kills: int) -> None:
    assert code == 0, out
    require_right_branch(project.repo, "main", BRANCH, None)
    require_paid_once(project.models_server, kills=kills)
    assert not git(project.repo, "fsck", "--strict", "--no-dangling", "--no-progress")


@pytest.mark.parametrize("place", PLACES)
def test_full_from_the_start(project: WordsProject, small: MountedRoom, place: str) -> None:
    """It may end, in plain words, or need nothing of what is full."""
    small.fill(project.room / place)
    code, out = project.finish(start(project, small))
    if code:
        require_plain_words(code, out)
    small.empty(project.room / place)
    code, out = project.finish(start(project, small))
    require_end(project, code, out, kills=0)


@pytest.mark.parametrize("place", PLACES)
def test_full_in_the_middle(project: WordsProject, small: MountedRoom, place: str) -> None:
    """It may end or go on with what it has; what was answered meanwhile may be paid again."""
    process = start(project, small)
    wait_until_asked(project, 3, process)
    small.fill(project.room / place)
    code, out = project.finish(process)
    if code:
        require_plain_words(code, out)
    small.empty(project.room / place)
    code, out = project.finish(start(project, small))
    require_end(project, code, out, kills=1)


def test_read_only_in_the_middle(project: WordsProject, small: MountedRoom) -> None:
    """As Linux makes a file system that has errors."""
    process = start(project, small)
    wait_until_asked(project, 3, process)
    file_system = project.room / "state"
    small.turn_read_only(file_system)
    code, out = project.finish(process)
    if code:
        require_plain_words(code, out)
    small.turn_writable(file_system)
    code, out = project.finish(start(project, small))
    require_end(project, code, out, kills=1)


def test_read_only_from_the_start(project: WordsProject, small: MountedRoom) -> None:
    file_system = project.room / "state"
    small.turn_read_only(file_system)
    code, out = project.finish(start(project, small))
    require_plain_words(code, out)
