"""The other end of `runners/work.py`: start it, hear what it tells, stop it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bot.config import Settings
from runners.site import Told
from runners.stopping import end_process
from runners.work import OUTCOME, WORK, Outcome, Work

STOPPED = Outcome(passed=False, why="it was stopped", stopped=True)
_ROOT = Path(__file__).resolve().parent.parent
_LAST_WORDS = 4000


def without_github(settings: Settings) -> dict[str, str]:
    """The environment of a process that asks models and runs checks: it has no way to GitHub.

    A variable that a tier takes its own key from stays.
    """
    github = settings.github
    ways = {github.webhook_secret_env, github.token_env, "GITHUB_TOKEN", "GH_TOKEN"}
    kept = {tier.api_key_env for tier in settings.tiers.values()}
    return {
        name: value
        for name, value in os.environ.items()
        if name in kept or not (name in ways or name.startswith("ACTIONS_"))
    }


class Child:
    """One piece of work in a process of its own. Nothing else may be asked of it twice."""

    def __init__(self, work: Work, tell: Callable[[Told], None], log: Path) -> None:
        self._work = work
        self._tell = tell
        self._log = log
        self._process: subprocess.Popen[bytes] | None = None
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Safe from any thread, before it is started, twice and after its end."""
        self._stopped.set()
        if self._process:
            end_process(self._process.pid)

    def outcome(self) -> Outcome:
        """Run it to its end. One that died without a word is a fault of ours, with its last."""
        reading, writing = os.pipe()
        self._log.parent.mkdir(parents=True, exist_ok=True)
        with self._log.open("ab") as log, os.fdopen(reading, encoding="utf-8") as pipe:
            argv = [sys.executable, "-m", "runners.work", str(writing)]
            given = WORK.dump_json(self._work)
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.PIPE,
                stdout=log,
                stderr=log,
                pass_fds=(writing,),
                cwd=_ROOT,
                env=without_github(self._work.settings),
            )
            os.close(writing)
            if self._stopped.is_set():
                self.stop()
            threading.Thread(target=_feed, args=(self._process, given), daemon=True).start()
            end = self._read(pipe)
            self._process.wait()
        if end:
            return end
        return STOPPED if self._stopped.is_set() else self._died(self._process.returncode)

    def _read(self, pipe: Any) -> Outcome | None:  # noqa: ANN401  # a text file
        end = None
        for line in pipe:
            said = json.loads(line)
            if "end" in said:
                end = OUTCOME.validate_python(said["end"])
            else:
                self._tell(Told(**{**said["told"], "row": None}))
        return end

    def _died(self, code: int) -> Outcome:
        last = self._log.read_bytes()[-_LAST_WORDS:].decode(errors="replace").strip()
        said = last.splitlines()[-1] if last else "it said nothing"
        return Outcome(
            passed=False, why=f"the process that built it died ({code}): {said}", ours=True
        )


def _feed(process: "subprocess.Popen[bytes]", given: bytes) -> None:
    if process.stdin:
        try:
            with process.stdin as pipe:
                pipe.write(given)
        except BrokenPipeError:
            return  # it died before it read all: its end says so
