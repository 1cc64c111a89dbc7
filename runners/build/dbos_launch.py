"""Launching DBOS for one job, starting or recovering its workflow, and waiting for its end."""

import sqlite3
import threading
import time

from dbos import DBOS, DBOSPortableJSONSerializer, SetWorkflowID

from bot.end_processes import kill_children
from bot.errors import GitError
from runners.build.context import JobContext
from runners.build.dbos_steps import start_workflow
from runners.build.results import JobResult
from runners.build.story import (
    WORKFLOW_VERSION,
    StoryLostError,
    explain_unreadable,
    name_run,
    open_story,
    story_url,
)
from runners.build.story_check import explain_damage
from runners.build.workflow import Build
from runners.stop_request import JobStoppedError, read_stop_request

_SIGNAL_SECONDS = 0.2
_NOTE_SECONDS = 60.0
"""Between two notes of how long the job has been built: a kill forgets no more than that."""


def run_workflow(context: JobContext) -> JobResult:
    """Run the job's workflow to its end, going on where a killed run of the same id was.

    The database is the job's own: DBOS puts what it recovers on a queue of the whole database, and
    any process on it may take that up. Raises whatever a step raised; that step is done again by
    the next run. Raises JobStoppedError where a person asked for that.
    https://docs.dbos.dev/production/workflow-recovery
    """
    run_id = find_run_id(context)
    open_story(context.folder)
    DBOS(
        config={
            "name": "bricklayer",
            "system_database_url": story_url(context.folder),
            # A process recovers only the workflows that an executor of its own id started:
            # https://docs.dbos.dev/production/self-hosting/workflow-recovery
            "executor_id": run_id,
            "application_version": WORKFLOW_VERSION,
            # https://docs.dbos.dev/python/reference/configuration
            "serializer": DBOSPortableJSONSerializer(),
            "log_level": "ERROR",
            "enable_otlp": False,
        }
    )
    build = Build(context, run_id)
    results: list[JobResult] = []
    DBOS.launch()
    with SetWorkflowID(run_id):
        started = start_workflow(build.build_job)

    def wait() -> None:
        try:
            results.append(started.get_result())
        # Raised again by the main thread, below.
        except BaseException as exc:  # noqa: BLE001
            build.error = build.error or exc
        build.woken.set()

    # A daemon does not keep the process alive, and a step that failed keeps its thread waiting:
    # https://docs.python.org/3.11/library/threading.html#thread-objects
    threading.Thread(target=wait, daemon=True, name="end-of-job").start()
    # A signal that another thread gets, or this one just before it waits, is handled only after the
    # wait: https://docs.python.org/3.11/library/signal.html#execution-of-python-signal-handlers
    noted = time.monotonic()
    while not build.woken.wait(_SIGNAL_SECONDS):
        if time.monotonic() - noted > _NOTE_SECONDS:
            context.record.note_time()
            noted = time.monotonic()
        if how := read_stop_request(context.folder):
            build.halted.set()
            kill_children()
            raise JobStoppedError(how, context.job_id)
    build.halted.set()
    if build.error:
        raise build.error
    return results[0]


def find_run_id(context: JobContext) -> str:
    row = context.record.row
    return name_run(row.id, row.run, context.request.only)


def explain_late_loss(exc: BaseException, context: JobContext) -> str:
    """Why the run's story is of no use, where that is what ended it; empty where it is not.

    After it DBOS can be launched anew.
    """
    why = _explain_error(exc, context)
    if why:
        DBOS.destroy()
    return why


def _explain_error(exc: BaseException, context: JobContext) -> str:
    if isinstance(exc, StoryLostError):
        return str(exc)
    # As SQLAlchemy hands on what the driver raised: https://docs.sqlalchemy.org/en/20/core/exceptions.html
    if not isinstance(getattr(exc, "orig", exc), sqlite3.DatabaseError | GitError):
        return ""
    try:
        # Objects that its records name may have been pruned meanwhile.
        return explain_damage(context.folder, find_run_id(context), context.repo)
    except sqlite3.DatabaseError as unreadable:
        return explain_unreadable(unreadable, context.folder)
