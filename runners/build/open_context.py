"""All that a run is made of: models, sandbox, setup, caps. What is said of it as it begins."""

import os
from dataclasses import replace

from pydantic import JsonValue

from bot.coaching.read_coaching import list_warnings
from bot.config.machine import Settings, state_dir
from bot.git.find_repo import describe_uncommitted
from bot.plan import required_tasks
from bot.spending import Payer
from runners.activities import Activities
from runners.build.branch_log import BranchLog
from runners.build.context import JobContext
from runners.build.executors import require_executor
from runners.build.job_record import JobRecord
from runners.build.lanes import Lanes
from runners.build.load_plan import CheckedPlan, RunRequest, name_former_job, require_models
from runners.build.unread_plan import require_walls
from runners.checks.setup_activity import begin_setup
from runners.checks.setup_cache import TrustedTree, prepare_setup
from runners.model_outages import ModelOutages
from runners.planning.warnings import find_warnings
from runners.progress import ProgressEvent, Report
from runners.sandbox import open_sandbox
from runners.server_windows import ServerWindows
from runners.spending import Meter, open_meter


def open_context(  # noqa: PLR0913, PLR0917  # all that a run is made of
    request: RunRequest,
    plan: CheckedPlan,
    record: JobRecord,
    settings: Settings,
    report: Report,
    activities: Activities,
    run: int,
) -> JobContext:
    """Raises UserError for a model, sandbox or setup that cannot be used."""
    folder = state_dir(settings) / "jobs" / record.row.id
    require_models(plan.job, settings, request.only)
    context = JobContext(
        request=request,
        plan=plan,
        record=record,
        settings=settings,
        sandbox=open_sandbox(settings, plan.config),
        folder=folder,
        lanes=Lanes(settings, folder, activities),
        meter=open_job_meter(request, plan, record, settings),
        outages=ModelOutages(report, activities=activities),
        windows=ServerWindows(report),
        report=report,
        log=BranchLog(plan.repo, plan.base),
        activities=activities,
        only=required_tasks(plan.job, request.only) if request.only else frozenset(),
        former_id=name_former_job(request, plan.repo, record.row.branch),
    )
    require_walls(plan.job, context.sandbox, str(request.path))
    activities.lanes = tuple(lane.lane.name for lane in context.lanes.all)
    _report_beginning(context, run)
    with context.lanes.take_lane() as lane:
        for tier in _tiers_needed(context):
            lane.open_chain(tier)
            require_executor(context, lane, tier)
    trusted = TrustedTree(context.repo, plan.rules, plan.config)
    with begin_setup(activities, plan.config):
        setup = prepare_setup(
            trusted, context.sandbox, settings, lambda text: report(ProgressEvent("job", text))
        )
    return replace(context, setup=setup)


def open_job_meter(
    request: RunRequest, plan: CheckedPlan, record: JobRecord, settings: Settings
) -> Meter:
    payer = request.payer or Payer(record.row.id, str(plan.repo.git_dir), asking="build")
    return open_meter(settings, payer, list_entered=record.list_entered)


def _report_beginning(context: JobContext, run: int) -> None:
    """Report what is built where, and the warnings a person should see before."""
    request = context.request
    report_job(context, run)
    if uncommitted := describe_uncommitted(request.repo, but=request.path):
        text = f"not committed, so not part of the job: {uncommitted}"
        context.report(ProgressEvent("job", text))
    for warning in list_warnings(context.repo, context.base):
        context.report(ProgressEvent("job", warning, good=False))
    for fault in find_warnings(context.repo, context.base, context.job, context.config):
        text = f"{request.path}:{fault.line}: warning: {fault.what}. {fault.hint}"
        context.report(ProgressEvent("job", text, good=False))


def report_job(context: JobContext, run: int) -> None:
    title = f"{context.job.title}: branch {context.branch}, on base {context.base[:12]}"
    context.report(ProgressEvent("job", title, facts=_job_facts(context, run)))


def _job_facts(context: JobContext, run: int) -> dict[str, JsonValue]:
    return {
        "job": context.job_id,
        "run": run,
        "title": context.job.title,
        "repo": str(context.repo.git_dir),
        "branch": context.branch,
        "base": context.base,
        "plan": str(context.request.path.absolute()),
        "only": context.request.only,
        "tasks": [task.id for task in context.job.tasks],
        "pid": os.getpid(),
    }


def _tiers_needed(context: JobContext) -> list[str]:
    """The tiers whose models are opened before anything is built, to report a broken one early."""
    planned = any(phase.epochs > 1 and phase.done for phase in context.job.phases)
    needed = ("local", "senior", *(["planner"] if planned else []))
    return [tier for tier in needed if tier in context.settings.tiers]
