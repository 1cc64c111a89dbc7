"""What others do beside a run: a second one, a person's push, a deleted folder, another clock."""

import os
import shutil
import signal
import subprocess
import sys

import pytest
from support.template_client import SHIFTED_CLOCK

from faults.progress import PAUSE, wait_until_asked, wait_until_landed
from faults.right_end import require_right_branch, require_right_run
from faults.seeds import ONLY_HERE
from faults.twelve import BRANCH, count_calls
from faults.words_project import WordsProject

FROZEN_SECONDS = 20


@ONLY_HERE
def test_frozen_and_thawed(project: WordsProject) -> None:
    """As a laptop whose lid is shut."""
    process = project.start_job()
    wait_until_asked(project, 3, process)
    os.killpg(process.pid, signal.SIGSTOP)
    PAUSE.wait(FROZEN_SECONDS)
    os.killpg(process.pid, signal.SIGCONT)
    code, out = project.finish(process)
    require_right_run(project, code, out)


@pytest.mark.parametrize("jump", [-864_000, 36_000])
@ONLY_HERE
def test_a_clock_that_jumps(project: WordsProject, jump: int) -> None:
    """Ten days back or ten hours ahead: no limit is reached by it, and nothing waits for it."""
    shift = project.room / "shift"
    process = project.start(SHIFTED_CLOCK, shift, "run", project.job, program=sys.executable)
    wait_until_asked(project, 3, process)
    shift.write_text(str(jump))
    code, out = project.finish(process)
    require_right_run(project, code, out)


@ONLY_HERE
def test_two_processes_with_one_state_folder(project: WordsProject) -> None:
    """The second says who builds, and changes nothing."""
    first = project.start_job()
    wait_until_asked(project, 2, first)
    code, out = project.finish(project.start_job())
    assert (code, f"process {first.pid}" in out) == (2, True), out
    code, out = project.finish(first)
    require_right_run(project, code, out)


@ONLY_HERE
def test_two_processes_with_two_state_folders(project: WordsProject) -> None:
    """Neither knows of the other: one branch comes of it, as one of them alone would make it."""
    twin = WordsProject(project.room, models_server=project.models_server, folder="other-state")
    first, second = project.start_job(), twin.start_job()
    ends = [project.finish(first), twin.finish(second)]
    if any(code for code, _ in ends):
        ends = [each.finish(each.start_job()) for each in (project, twin)]
    code, out = ends[-1]
    assert code == 0, out
    require_right_branch(project.repo, "main", BRANCH, None)
    # Nothing on this machine leads from one folder to the other: each may pay once.
    repeated = project.models_server.repeated()
    assert not repeated - count_calls(), repeated


@ONLY_HERE
def test_a_person_commits_on_the_branch_meanwhile(project: WordsProject) -> None:
    """Their commit stays, the run stops and says so, and nothing is laid over it."""
    process = project.start_job()
    wait_until_landed(project, 1, process)
    mine = ""
    while not mine:
        before = project.git("rev-parse", BRANCH)
        made = project.git("commit-tree", "-p", before, "-m", "Mine", f"{before}^{{tree}}")
        try:
            project.git("update-ref", f"refs/heads/{BRANCH}", made, before)
        except subprocess.CalledProcessError:
            continue  # the bot moved it just now
        mine = made
    code, out = project.finish(process)
    assert code == 2, out
    assert "Traceback" not in out
    assert project.git("rev-parse", BRANCH) == mine
    code, out = project.finish(project.start("run", project.job, "--fresh"))
    assert code == 0, out
    require_right_branch(project.repo, "main", BRANCH, None)
    assert project.git("rev-parse", f"{BRANCH}.1") == mine


@pytest.mark.parametrize("killed", [True, False])
@ONLY_HERE
def test_the_state_folder_is_deleted(project: WordsProject, killed: bool) -> None:
    """What landed is on the branch, what passed is referred to: only what was in flight is lost."""
    process = project.start_job()
    wait_until_landed(project, 2, process)
    if killed:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
    shutil.rmtree(project.state, ignore_errors=True)
    if not killed:
        project.finish(process)
    code, out = project.finish(project.start_job())
    require_right_run(project, code, out, kills=2, whole_ledger=False)
