"""Processes end with everything they started, on real process trees."""

import subprocess
import sys
from collections.abc import Iterator

import psutil
import pytest

from bot.end_processes import kill_session, terminate_tree

STUBBORN = "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN)"
PARENT = """
import subprocess, sys, time
{before}
child = [sys.executable, "-c", "{before}; print('ready', flush=True); time.sleep(600)"]
subprocess.Popen(child, start_new_session={apart})
time.sleep(600)
"""
LIMIT = 30.0
"""Seconds for what takes a tenth of one."""


@pytest.fixture
def started() -> Iterator[list["subprocess.Popen[bytes]"]]:
    trees: list[subprocess.Popen[bytes]] = []
    yield trees
    for tree in trees:
        tree.kill()
        tree.communicate()


def family_of(
    started: list["subprocess.Popen[bytes]"], before: str, *, apart: bool
) -> list[psutil.Process]:
    """A process in a session of its own and its child, which is in another one if `apart`."""
    code = PARENT.format(before=before, apart=apart)
    tree = subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE, start_new_session=True
    )
    started.append(tree)
    assert tree.stdout
    assert tree.stdout.readline() == b"ready\n"
    parent = psutil.Process(tree.pid)
    return [parent, *parent.children(recursive=True)]


@pytest.mark.parametrize("apart", [False, True])
@pytest.mark.slow
def test_a_session_is_killed_with_a_child_that_left_its_group(
    started: list["subprocess.Popen[bytes]"], *, apart: bool
) -> None:
    family = family_of(started, STUBBORN, apart=apart)
    kill_session(started[0])
    assert len(family) == 2
    assert psutil.wait_procs(family, timeout=LIMIT)[1] == []


@pytest.mark.parametrize("before", ["import time", STUBBORN])
@pytest.mark.slow
def test_a_tree_that_does_not_heed_sigterm_is_killed(
    started: list["subprocess.Popen[bytes]"], before: str
) -> None:
    family = family_of(started, before, apart=True)
    terminate_tree(started[0].pid, patience_seconds=0.2)
    assert psutil.wait_procs(family, timeout=LIMIT)[1] == []


def test_to_end_what_is_gone_is_no_error(started: list["subprocess.Popen[bytes]"]) -> None:
    family_of(started, "import time", apart=False)
    kill_session(started[0])
    started[0].wait(LIMIT)
    kill_session(started[0])
    terminate_tree(started[0].pid)
