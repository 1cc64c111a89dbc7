"""What `bricklayer watch` does at a key: the commands of the same names, told in a line."""

import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from bot.errors import UserError
from handlers.steer_ticket import send_command
from runners.history.find_job import find_job
from runners.history.job_model import AnyJob, LocalJob
from runners.history.open_history import OpenHistory
from runners.history.steer_local import stop_local
from runners.history.watch_job import WatchedJob

PROGRAM = Path(__file__).parents[1] / "bricklayer_command.py"
START_SECONDS = 5.0
"""Within which a build that cannot go on has said so."""
_AT_WORK = "it is built in the background, and goes on when this is left"


def approve(history: OpenHistory, watched: WatchedJob) -> str:
    if isinstance(watched.job, LocalJob):
        hint = "Its branch is yours to merge: nothing of `bricklayer run` waits for approval."
        raise UserError("nothing is to be approved", where=f"job {watched.name}", hint=hint)
    return send_command(history, watched.job, f"/approve {watched.code}".strip()).told


def retry(history: OpenHistory, watched: WatchedJob) -> str:
    """Once more what did not pass; one that was paused or killed goes on."""
    job = find_job(history, watched.name)
    goes_on = watched.summary.situation in {"paused", "stopped"}
    if not isinstance(job, LocalJob):
        return send_command(history, job, "/resume" if goes_on else "/retry").told
    if job.holder:
        hint = "Pause or cancel it first."
        raise UserError("it is being built", where=f"job {watched.name}", hint=hint)
    return build_in_background("resume" if goes_on else "retry", watched.name)


def pause(history: OpenHistory, watched: WatchedJob) -> str:
    return _stop(history, watched, "pause")


def cancel(history: OpenHistory, watched: WatchedJob) -> str:
    return _stop(history, watched, "cancel")


Act = Callable[[OpenHistory, WatchedJob], str]
"""Returns what came of it. Raises UserError where there is nothing to do, and says why."""


def _stop(history: OpenHistory, watched: WatchedJob, how: str) -> str:
    job: AnyJob = find_job(history, watched.name)
    if not isinstance(job, LocalJob):
        return send_command(history, job, f"/{how}").told
    return stop_local(history, job, "pause" if how == "pause" else "cancel")


def build_in_background(command: str, name: str) -> str:
    """What came of it within some seconds. Raises UserError where it cannot go on.

    In a session of its own: a closed terminal does not end it.
    """
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            [sys.executable, str(PROGRAM), command, name, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=said,
            start_new_session=True,
        )
        try:
            code = process.wait(START_SECONDS)
        except subprocess.TimeoutExpired:
            return _AT_WORK
        said.seek(0)
        text = said.read(4000).decode(errors="replace").strip()
    if code and text:
        raise UserError(text, where=f"bricklayer {command} {name}", hint="")
    return f"{command}: {'passed' if code == 0 else 'it did not pass'}"
