"""Ending processes together with everything they started."""

import contextlib
import os
import signal
import subprocess

import psutil


def kill_children() -> None:
    """Kill every process below this one, but git commands: they end soon by themselves.

    git removes its lock files when it exits or is sent a signal it can catch; after a SIGKILL they
    stay, and the next command fails at them: https://github.com/git/git/blob/master/lockfile.h
    """
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.name() != "git":
                child.kill()


def terminate_tree(pid: int, patience_seconds: float = 15.0) -> None:
    """Send SIGTERM to a process; what is left of it and its descendants after that is killed.

    A process that is gone already is no error.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        tree = [process, *process.children(recursive=True)]
        process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(tree, timeout=patience_seconds)
        _kill_all(alive)


def kill_session(leader: "subprocess.Popen[bytes]") -> None:
    """Kill a process that was started in a session of its own, and all that it started.

    The tree is listed first, while the parents still link it; then the process group goes at
    once, and one by one what had left that group with a setsid of its own.
    """
    tree: list[psutil.Process] = []
    with contextlib.suppress(psutil.Error):
        tree = psutil.Process(leader.pid).children(recursive=True)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader.pid, signal.SIGKILL)
    _kill_all(tree)


def _kill_all(processes: list[psutil.Process]) -> None:
    """Psutil compares start times, so that a process id that was given anew is left alone.

    https://psutil.readthedocs.io/en/latest/#psutil.Process.kill
    """
    for process in processes:
        with contextlib.suppress(psutil.Error):
            process.kill()
