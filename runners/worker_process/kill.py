"""Stopping a build from outside, as hard as a kill and with nothing left behind."""

import contextlib
import signal

import psutil


def end_children() -> None:
    """Kill this process's models and checks; a git command would leave its lock: it may finish."""
    for child in psutil.Process().children(recursive=True):
        with contextlib.suppress(psutil.NoSuchProcess):
            if child.name() != "git":
                child.kill()


def end_process(pid: int, patience: float = 15.0) -> None:
    """Ask a process to end, its children with it; one that does not within `patience` s is killed.

    Of a process that is gone already nothing is said.
    """
    with contextlib.suppress(psutil.NoSuchProcess):
        process = psutil.Process(pid)
        family = [process, *process.children(recursive=True)]
        process.send_signal(signal.SIGTERM)
        _, alive = psutil.wait_procs(family, timeout=patience)
        for one in alive:
            with contextlib.suppress(psutil.NoSuchProcess):
                one.kill()
