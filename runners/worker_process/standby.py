"""Starts worker processes, one of them ahead of its work: its imports take seconds."""

import logging
import os
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from bot.config.machine import Settings
from bot.end_processes import terminate_tree
from bot.models.spec import HOSTED_KINDS, SERVER_CLIENT, parse_spec

log = logging.getLogger("bricklayer")
READY_WORKERS = 2
"""Kept ready: another plan may be asked for while the place of one that was taken is filled."""
PAUSE_SECONDS = 5.0
"""Seconds between taking one and starting the next, whose imports would slow the first one."""
ONE_WORK = "runners.worker_process.main"
_ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class StartedWorker:
    """`pipe` is the file descriptor to read its messages from."""

    process: "subprocess.Popen[bytes]"
    pipe: int


def start_worker(
    settings: Settings, *kinds: str, log_file: IO[bytes] | None = None, module: str = ONE_WORK
) -> StartedWorker:
    """`kinds` of hosted models it imports before it has its work. `module` is what it runs.

    It ends with the thread that starts it, by PR_SET_PDEATHSIG: that must live as long as the work.
    """
    # Neither end is inherited but by `pass_fds`: the pipe must end with the worker alone.
    # https://docs.python.org/3.11/library/os.html#os.pipe
    reading, writing = os.pipe()
    env = without_github(settings)
    # `-m` searches the working directory before PYTHONPATH, so no other project's `runners` is run;
    # not with this variable: https://docs.python.org/3.11/using/cmdline.html#envvar-PYTHONSAFEPATH
    env.pop("PYTHONSAFEPATH", None)
    argv = [sys.executable, "-m", module]
    argv += [str(writing), settings.log.format, *kinds]
    try:
        process = subprocess.Popen(
            argv,
            stdin=subprocess.PIPE,
            stdout=log_file,
            stderr=log_file,
            pass_fds=(writing,),
            cwd=_ROOT,
            env=env,
        )
    except BaseException:
        os.close(reading)
        raise
    finally:
        os.close(writing)
    return StartedWorker(process, reading)


def without_github(settings: Settings) -> dict[str, str]:
    """The environment of a process that asks models and runs checks: it has no way to GitHub.

    A variable that a tier takes its own key from stays, and one that `setup_env` names.
    """
    github = settings.github
    ways = {github.webhook_secret_env, github.token_env, "GITHUB_TOKEN", "GH_TOKEN"}
    ways.add(settings.signals.metrics_token_env)
    kept = {tier.api_key_env for tier in settings.tiers.values()}
    kept |= {each.env for each in settings.setup_env.values() if not isinstance(each, str)}
    return {
        name: value
        for name, value in os.environ.items()
        # The headers of OTLP are a key of who takes the traces: only the parent sends them.
        if name in kept or not (name in ways or name.startswith(("ACTIONS_", "OTEL_")))
    }


class StandbyWorker:
    """Processes kept ready for the planner: a person waits for the plan."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        tier = settings.tiers.get("planner")
        kinds = [parse_spec(model).kind for model in tier.models] if tier else []
        asked = [SERVER_CLIENT if kind == "llama-server" else kind for kind in kinds]
        self._kinds = tuple(dict.fromkeys(kind for kind in asked if kind in HOSTED_KINDS))
        self._enabled = bool(kinds)
        self._not_before = 0.0
        self._lock = threading.Lock()
        self._ready: list[StartedWorker] = []

    def prepare(self) -> None:
        """Have one more started. Call it from a thread that lives as long as the server."""
        with self._lock:
            if not self._enabled or time.monotonic() < self._not_before:
                return
            ended = [code for each in self._ready if (code := each.process.poll()) is not None]
            if ended:
                log.warning("a process kept for the planner ended (%s): none is kept now", ended[0])
                self._enabled = False
                self._end_workers()
            elif len(self._ready) < READY_WORKERS:
                self._ready.append(start_worker(self._settings, *self._kinds))
                # Not both at once: what is asked of the machine meanwhile has its cores, too.
                self._not_before = time.monotonic() + PAUSE_SECONDS

    def take(self) -> StartedWorker | None:
        """The process that is ready; None where there is none, or it has died."""
        with self._lock:
            if not self._ready or self._ready[0].process.poll() is not None:
                self._not_before = time.monotonic() + PAUSE_SECONDS
                return None
            started = self._ready.pop(0)
            # With none left the next plan would wait for all of the imports.
            self._not_before = time.monotonic() + (PAUSE_SECONDS if self._ready else 0.0)
            return started

    def close(self) -> None:
        with self._lock:
            self._enabled = False
            self._end_workers()

    def _end_workers(self) -> None:
        for started in self._ready:
            _end_worker(started)
        self._ready.clear()


def _end_worker(started: StartedWorker) -> None:
    terminate_tree(started.process.pid)
    started.process.wait()
    os.close(started.pipe)
