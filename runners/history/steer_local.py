"""Pausing, cancelling and taking up again a job of the command line, from another terminal."""

import time
from pathlib import Path

from bot.errors import UserError
from bot.job_states import JobEvent, JobState, advance_state, is_settled
from bot.locks import find_live_holder, try_lock
from bot.plan import hash_plan
from runners.build.load_plan import RunRequest, name_job
from runners.history.job_model import LocalJob
from runners.history.open_history import OpenHistory
from runners.stop_request import StopRequest, ask_to_stop, forget_stop_request

STOP_SECONDS = 30.0
"""Until a process that was asked to stop has done so: a git command may have to end first."""
POLL_SECONDS = 0.05


def stop_local(history: OpenHistory, job: LocalJob, how: StopRequest) -> str:
    """What came of it, in words. Raises UserError where there is nothing to stop."""
    if job.holder:
        return _stop_running(history, job, how)
    if not is_settled(JobState(job.row.state)) and not job.folder.exists():
        hint = "Stop it on the machine that builds it; its state here is not known."
        raise UserError("it was begun on another machine", where=f"job {job.row.id}", hint=hint)
    if is_settled(JobState(job.row.state)):
        hint = f"`bricklayer show {job.row.id}` tells how it ended."
        raise UserError(f"it has ended: {job.row.state}", where=f"job {job.row.id}", hint=hint)
    if how == "pause":
        hint = f"`bricklayer resume {job.row.id}` goes on where it was; `cancel` gives it up."
        raise UserError("no process builds it now", where=f"job {job.row.id}", hint=hint)
    _cancel_stopped(history, job)
    return f"cancelled: `bricklayer retry {job.row.id}` would go on where it was"


def _stop_running(history: OpenHistory, job: LocalJob, how: StopRequest) -> str:
    ask_to_stop(job.folder, how)
    word, again = ("paused", "resume") if how == "pause" else ("cancelled", "retry")
    end = time.monotonic() + STOP_SECONDS
    while find_live_holder(job.folder / "lock"):
        if time.monotonic() > end:
            return f"process {job.holder} is asked to stop, and will once it may: {word} then"
        time.sleep(POLL_SECONDS)
    state = next((row.state for row in history.store.list_jobs() if row.id == job.row.id), "")
    if state in {JobState.PASSED, JobState.BLOCKED, JobState.FAILED}:
        forget_stop_request(job.folder)
        return f"it ended before it could be stopped: {state}"
    return f"{word}: `bricklayer {again} {job.row.id}` goes on where it was"


def _cancel_stopped(history: OpenHistory, job: LocalJob) -> None:
    """A job that nobody builds: its lock is taken, so that nobody begins meanwhile."""
    from bot.storage.jobs import open_store  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    job.folder.mkdir(parents=True, exist_ok=True)
    with try_lock(job.folder / "lock") as held:
        if not held:
            what = "a process has just begun to build it"
            raise UserError(what, where=f"job {job.row.id}", hint="Ask once more.")
        store = open_store(history.url)
        row = store.find_job(job.row.id)
        if row and not is_settled(JobState(row.state)):
            state = advance_state(JobState(row.state), JobEvent.CANCEL)
            store.set_state(row.id, state)
        forget_stop_request(job.folder)


def request_again(job: LocalJob, *, only: str = "", on_head: bool = False) -> RunRequest:
    """What builds the job once more, as it was begun. Raises UserError where that is not known."""
    path = Path(str(job.last_run.begin.get("plan") or "job.md"))
    again = RunRequest(
        job.row.plan,
        Path(job.row.repo),
        path=path,
        branch=job.row.branch,
        only=only,
        on_head=on_head,
        resumes=job.row.resumes + 1,
    )
    if name_job(again)[1] != job.row.id:
        hint = f"Run its plan: bricklayer run {path}."
        what = "it cannot be taken up by its name: it was begun in another way"
        raise UserError(what, where=f"job {job.row.id}", hint=hint)
    return again


def describe_changed_plan(job: LocalJob) -> str:
    """That the plan's file reads otherwise by now; empty where it does not, or is gone."""
    path = Path(str(job.last_run.begin.get("plan") or ""))
    try:
        text = path.read_bytes().decode(errors="replace") if path.is_file() else job.row.plan
    except OSError:
        return ""
    if hash_plan(text) == hash_plan(job.row.plan):
        return ""
    return f"{path} was changed since; the job goes on by the plan it was begun with"
