"""One plan run in one repository, under its job's lock: what it goes on from, and how it ended."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from bot.approval.diff_risks import find_diff_risks
from bot.config.machine import Settings, state_dir
from bot.config.private_dir import open_state_dir
from bot.errors import UserError
from bot.git.find_repo import open_repo
from bot.job_states import JobEvent, JobState, is_settled
from bot.locks import find_holder, note_holder, try_lock
from bot.plan import planned_paths
from runners.activities import Activities
from runners.build.branch import set_aside
from runners.build.context import JobContext
from runners.build.job_record import JobRecord
from runners.build.kept_replans import forget_replans
from runners.build.kept_tasks import (
    EarlierBranch,
    find_earlier_branch,
    forget_earlier,
    keep_passed,
    tell_kept,
)
from runners.build.lanes import Lanes
from runners.build.load_plan import RunRequest, load_plan, name_job
from runners.build.moved_base import check_base
from runners.build.plan_faults import note_faults_at_end
from runners.build.result_data import result_data
from runners.build.results import JobResult
from runners.build.start_table import read_start_table
from runners.build.story import WORKFLOW_VERSION, drop_story, find_loss, shrink_story
from runners.build.task_keys import compute_keys
from runners.build.tries import forget_all_tries, forget_tries, take_up_earlier
from runners.disk_floor import require_free_disk
from runners.journal import open_journal, result_line
from runners.progress import ProgressEvent, Report
from runners.stop_request import JobStoppedError, forget_stop_request

if TYPE_CHECKING:
    from bot.storage.jobs import JobRow
from runners.build.open_context import open_context, open_job_meter, report_job

GOES_ON = "what had landed on the branch is kept, and the job goes on from there"
OTHER_BASE = "what was recorded of the run before is of another base"


def run_job(
    request: RunRequest, settings: Settings, report: Report, activities: Activities | None = None
) -> JobResult:
    """Raises UserError for what a person can fix; the next run of the same plan goes on here.

    Raises DiskFloorError, now or before a later step, where too little disk is free.
    `activities` is filled with what is under way.
    """
    branch, job_id = name_job(request)
    require_free_disk(settings)
    folder = open_state_dir(settings) / "jobs" / job_id
    with _lock_job(folder):
        told = activities or Activities()
        return _run_locked(request, settings, report, told, branch=branch, job_id=job_id)


def _run_locked(  # noqa: PLR0913  # what is built, as which job, and who is told
    request: RunRequest,
    settings: Settings,
    report: Report,
    activities: Activities,
    *,
    branch: str,
    job_id: str,
) -> JobResult:
    from bot.storage.database import sqlite_url  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.evidence import EvidenceStore  # noqa: PLC0415
    from bot.storage.jobs import JobRow, open_store  # noqa: PLC0415
    from bot.storage.surprises import SurpriseStore  # noqa: PLC0415

    url = settings.database_url or sqlite_url(open_state_dir(settings))
    store = open_store(url)
    before = store.find_job(job_id)
    plan = load_plan(request, _pinned_base(request, before))
    new = JobRow(job_id, str(plan.repo.git_dir), branch, plan.base, request.plan, time.time())
    row = replace(before, base=plan.base) if before else new
    row = replace(row, ticket=request.ticket, title=plan.job.title)
    check_base(plan, request, before.state if before else "", report)
    record = JobRecord(store, row, plan.config.limits)
    folder = state_dir(settings) / "jobs" / job_id
    with open_journal(folder) as journal:
        # A ticket's rounds stand on the branch's head: nothing of an earlier plan is theirs.
        keys = {} if request.base else compute_keys(plan.job, plan.config)
        earlier = None if request.fresh else find_earlier_branch(plan, branch, job_id, keys)
        # With the branch moved, what was recorded of an interrupted run would not be true of it.
        anew = request.fresh or earlier is not None
        lost = "" if anew else find_loss(record, folder, request.only, plan.repo)
        if not anew and before and before.base != plan.base and record.has_begun:
            lost = lost or OTHER_BASE
        run = record.next_run(anew=anew or bool(lost))
        # What goes on in silence is told, and not kept: it would be a line each half minute.
        watched = activities.watch(report)
        kept = journal.watch(watched)
        with activities.told_to(kept, watched, folder):
            context = open_context(request, plan, record, settings, kept, activities, run)
            table = read_start_table(store.engine, settings, plan.config)
            # What a person built at a terminal is that machine's alone.
            texts = EvidenceStore(store.engine) if request.payer else None
            context = replace(context, keys=keys, evidence_store=texts, start_table=table)
            context = replace(context, surprises=SurpriseStore(store.engine))
            result = _run_workflow(context, earlier, lost)
        journal.write(result_line(result_data(result)))
    return result


def _run_workflow(context: JobContext, earlier: EarlierBranch | None, lost: str) -> JobResult:
    from runners.build.dbos_launch import run_workflow  # noqa: PLC0415  # DBOS: 0.7 s

    request, record, plan, report = context.request, context.record, context.plan, context.report
    try:
        # Only now, after everything that may refuse the run: then the branch stays where it was.
        if request.fresh:
            set_aside(plan.repo, context.branch, plan.base, report)
            forget_earlier(context.folder)
            forget_replans(context.folder)
            forget_all_tries(context)
            context.meter.forget_answers()
        if lost:
            report(ProgressEvent("job", f"{lost}; {GOES_ON}"))
        anew = request.fresh or bool(earlier or lost)
        if anew or record.next_run() != record.row.run:
            drop_story(context.folder)
        record.begin_run(WORKFLOW_VERSION, anew=anew, fresh=request.fresh, resumes=request.resumes)
        _take_up_passed(context, earlier)
        try:
            result = run_workflow(context)
        except Exception as exc:  # noqa: BLE001  # raised on, but for a story that is lost
            context = _begin_next(context, exc)
            record = context.record
            result = run_workflow(context)
    except JobStoppedError as exc:
        if exc.how == "cancel":
            record.apply_event(JobEvent.CANCEL)
            forget_stop_request(context.folder)
        raise
    finally:
        context.lanes.close_all()
    context.lanes.remove_checkouts()
    shrink_story(context.folder)
    # Of a job that is stopped or killed everything is kept: it goes on from there.
    forget_tries(context)
    note_faults_at_end(context, result.tasks, result.head)
    record.apply_event(JobEvent.PASS if result.passed else JobEvent.BLOCK)
    if not request.payer:  # a ticket's work is over once its result is stored
        context.meter.forget_answers()
    risks: tuple[str, ...] = ()
    # A ticket's own gate looks at the diff, with what was approved of it.
    if result.passed and not request.rules:
        planned = planned_paths(plan.job)
        risks = find_diff_risks(plan.repo, plan.base, result.head, plan.config, planned=planned)
    evidence, rows = str(context.evidence_folder), record.list_earlier()
    dropped = record.list_dropped()
    result = replace(result, reflection_rows=record.list_reflections())
    return replace(result, evidence=evidence, risks=risks, earlier_rows=rows, dropped_rows=dropped)


def _begin_next(context: JobContext, error: Exception) -> JobContext:
    """Begin the next run where the story turns out to be lost. Raises any other error on.

    Threads of the run that is left may still wait for a model, and enter what it cost there.
    """
    from runners.build.dbos_launch import explain_late_loss  # noqa: PLC0415  # DBOS: 0.7 s

    why = explain_late_loss(error, context)
    if not why:
        raise error
    context.report(ProgressEvent("job", f"the run cannot go on: {why}; {GOES_ON}"))
    context.lanes.close_all()
    drop_story(context.folder)
    record = context.record.reopen()
    record.begin_run(WORKFLOW_VERSION, anew=True)
    lanes = Lanes(context.settings, context.folder, context.activities)
    meter = open_job_meter(context.request, context.plan, record, context.settings)
    report_job(context, record.row.run)
    return replace(context, record=record, lanes=lanes, meter=meter)


def _take_up_passed(context: JobContext, earlier: EarlierBranch | None) -> None:
    """What stands on the branch, and what passed there and did not land."""
    if earlier:
        keep_passed(context, earlier)
    else:
        tell_kept(context)
    if context.keys and not context.request.fresh:
        take_up_earlier(context)


def _pinned_base(request: RunRequest, before: "JobRow | None") -> str:
    """The base a job was given stays its own, until it has ended with nothing on its branch."""
    if before is None or request.fresh or request.on_head or request.base:
        return ""
    empty = open_repo(request.repo).branch_head(before.branch) in {"", before.base}
    return "" if empty and is_settled(JobState(before.state)) else before.base


@contextmanager
def _lock_job(folder: Path) -> Iterator[None]:
    """Hold the job's lock; the kernel releases it however this process ends.

    https://man7.org/linux/man-pages/man2/flock.2.html
    """
    folder.mkdir(parents=True, exist_ok=True)
    with try_lock(folder / "lock") as held:
        if not held:
            pid = find_holder(folder / "lock")
            who = f" (process {pid})" if pid else ""
            pause = f"`bricklayer pause {folder.name}`"
            hint = f"Wait for it, or stop it by {pause}: it can be started again where it was."
            what = f"another bricklayer{who} is building this job"
            raise UserError(what, where=str(folder), hint=hint)
        # Before anybody can see that it is built: whoever asks it to stop from then on is heard.
        forget_stop_request(folder)
        note_holder(folder / "lock")
        yield
