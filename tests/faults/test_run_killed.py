"""`bricklayer run` is killed, and the same command goes on: as if nothing had been."""

import os
import random
import signal
import subprocess

import pytest

from faults.right_end import require_recorded_once, require_right_run
from faults.seeds import IN_CI, ONLY_HERE, seeds
from faults.words_project import WordsProject

MOST_STARTS = 400
KILLS_A_JOB = 4
MOST_SECONDS = 6.0
"""Of a start that is killed; an undisturbed job takes about as long on a quiet machine."""


def end_within(process: subprocess.Popen[str], seconds: float | None) -> bool:
    """Whether it ended by itself; else all of its group is dead."""
    if seconds is None:
        return True
    try:
        process.wait(seconds)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.communicate(timeout=30)
        return False
    return True


@IN_CI
def test_undisturbed(project: WordsProject) -> None:
    """What every fault is held against: twelve commits of sixteen attempts, each call paid once."""
    code, out = project.finish(project.start_job())
    require_right_run(project, code, out)


@ONLY_HERE
def test_killed_at_every_boundary_of_a_step(project: WordsProject) -> None:
    """Done and not recorded, and just recorded: each once, in one job."""
    kills = 0
    for _ in range(MOST_STARTS):
        code, out = project.finish(project.start_at_boundaries("kill"))
        if code != -signal.SIGKILL:
            break
        kills += 1
    require_right_run(project, code, out, kills=kills)
    require_recorded_once(project)
    assert kills == len(project.met_boundaries()) > 100


@ONLY_HERE
def test_pruned_at_every_boundary_of_a_step(project: WordsProject) -> None:
    """`git gc --prune=now` beside three lanes: what the job still needs is referred to."""
    code, out = project.finish(project.start_at_boundaries("gc"))
    require_right_run(project, code, out)


@ONLY_HERE
def test_pruned_and_killed_at_every_boundary_of_a_step(project: WordsProject) -> None:
    kills = 0
    for _ in range(MOST_STARTS):
        code, out = project.finish(project.start_at_boundaries("gc", "kill"))
        if code != -signal.SIGKILL:
            break
        kills += 1
    require_right_run(project, code, out, kills=kills)


@pytest.mark.parametrize("seed", seeds(20, in_ci=1))
def test_killed_at_seeded_instants(project: WordsProject, seed: int) -> None:
    """The whole process group, four times a job, wherever it happens to be."""
    instants = random.Random(seed)
    kills = 0
    while True:
        process = project.start_job()
        wait = instants.uniform(0.2, MOST_SECONDS) if kills < KILLS_A_JOB else None
        if not end_within(process, wait):
            kills += 1
            continue
        code, out = project.finish(process)
        break
    require_right_run(project, code, out, kills=kills)
