"""Launching DBOS for one job, starting or recovering its workflow, and waiting for its end."""

import threading

from dbos import DBOS, SetWorkflowID

from bot.end_processes import kill_children
from runners.build.context import JobContext
from runners.build.results import JobResult
from runners.build.workflow import Build
from runners.stop_request import JobStoppedError, read_stop_request

# To be raised with every change of the steps' order or names, or of a class that they return: DBOS
# finds what a step returned by its place in the workflow, and unpickles it by its class's name.
# https://docs.dbos.dev/architecture
WORKFLOW_VERSION = "8"
_SIGNAL_SECONDS = 0.2


def run_workflow(context: JobContext, url: str, run_id: str) -> JobResult:
    """Run the job's workflow to its end, going on where a killed run of the same id was.

    The executor is the job's own, and DBOS recovers only what its executor began: no other process
    takes up the job's steps while this one holds its lock. Raises whatever a step raised; that step
    is done again by the next run. Raises JobStoppedError where a person asked for that.
    https://docs.dbos.dev/production/self-hosting/workflow-recovery
    """
    DBOS(
        config={
            "name": "bricklayer",
            "system_database_url": url,
            # A process recovers only the workflows that an executor of its own id started:
            # https://docs.dbos.dev/production/self-hosting/workflow-recovery
            "executor_id": run_id,
            "application_version": WORKFLOW_VERSION,
            "log_level": "ERROR",
            "enable_otlp": False,
        }
    )
    build = Build(context, run_id)
    results: list[JobResult] = []
    DBOS.launch()
    with SetWorkflowID(run_id):
        handle = DBOS.start_workflow(build.build_job)

    def wait() -> None:
        try:
            # DBOS polls for a workflow that its recovery took up, by default once a second.
            results.append(handle.get_result(polling_interval_sec=0.05))
        # Raised again by the main thread, below.
        except BaseException as exc:  # noqa: BLE001
            build.error = build.error or exc
        build.woken.set()

    # A daemon does not keep the process alive, and a step that failed keeps its thread waiting:
    # https://docs.python.org/3.11/library/threading.html#thread-objects
    threading.Thread(target=wait, daemon=True, name="end-of-job").start()
    # A signal that another thread gets, or this one just before it waits, is handled only after the
    # wait: https://docs.python.org/3.11/library/signal.html#execution-of-python-signal-handlers
    while not build.woken.wait(_SIGNAL_SECONDS):
        if how := read_stop_request(context.folder):
            build.halted.set()
            kill_children()
            raise JobStoppedError(how, context.job_id)
    build.halted.set()
    if build.error:
        raise build.error
    return results[0]
