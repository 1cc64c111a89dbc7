"""The worker's side of a queue: does one piece of work with this machine's settings and models."""

import logging
from dataclasses import replace
from functools import partial

from bot.config.halt import HALTED
from bot.config.machine import state_dir
from bot.errors import GitError, UserError
from bot.github.errors import OutageError
from bot.logs.fields import log_fields
from bot.machine_faults import find_machine_fault
from bot.ticket.model import Ticket
from runners.build.load_plan import RunRequest, name_job
from runners.progress import ProgressEvent
from runners.queues.claim import Claim
from runners.queues.work_item import WorkItem
from runners.tickets.await_models import tell_awaited_models
from runners.tickets.push_progress import ProgressPusher, find_built_branch
from runners.tickets.report_meanwhile import report_meanwhile
from runners.tickets.services import Services
from runners.tickets.stage_building import ProgressReporter, run_pushing
from runners.tickets.take_up_progress import follow_progress, keep_passed
from runners.worker_process.client import STOPPED
from runners.worker_process.main import WorkRequest, WorkResult

log = logging.getLogger("bricklayer")
HALT_POLL_SECONDS = 1.0
FIRST_PAUSE_SECONDS, MAX_PAUSE_SECONDS = 2.0, 60.0
"""Seconds before a server of git that did not answer is asked again: twice the last pause."""


def run_item(services: Services, item: WorkItem, claim: Claim) -> WorkResult:
    """Its result; of work that is lost meanwhile it is `STOPPED`, and nobody takes it."""
    ticket = services.tickets.find_ticket(item.key)
    if ticket is None:
        return STOPPED
    with log_fields(ticket=ticket.name, repository=ticket.where.repo):
        return _run_named(services, ticket, item, claim)


def _run_named(services: Services, ticket: Ticket, item: WorkItem, claim: Claim) -> WorkResult:
    log.info("%s: begun: %s", ticket.name, item.id)
    pause = FIRST_PAUSE_SECONDS
    while _wait_out_halt(services, claim):
        try:
            result = _run_once(services, ticket, item, claim)
        except OutageError as exc:
            log.warning("%s: tried again in %.0f s: %s", ticket.name, pause, exc)
            claim.wait_lost(pause)
            pause = min(2 * pause, MAX_PAUSE_SECONDS)
            continue
        was_halted = claim.lost == "halted"
        if not claim.resume():
            break
        if not (was_halted and result.stopped):
            log.info("%s: ended: %s", ticket.name, item.id)
            return result
    return STOPPED


def _wait_out_halt(services: Services, claim: Claim) -> bool:
    """Whether it may begin: nothing does on a machine that is halted."""
    if services.halted and claim.resume():
        log.warning("%s waits: %s", claim.id, HALTED)
        while services.halted and claim.resume():
            claim.wait_lost(HALT_POLL_SECONDS)
    return claim.resume()


def _run_once(services: Services, ticket: Ticket, item: WorkItem, claim: Claim) -> WorkResult:
    try:
        work = make_request(services, ticket, item)
    except (UserError, GitError) as exc:
        if find_machine_fault(exc):
            raise  # it is nobody's failed try: told, and waited for
        why = exc.for_comment() if isinstance(exc, UserError) else str(exc)
        return WorkResult(passed=False, why=why, is_system_error=True)
    if item.kind != "build":

        def report_wait(event: ProgressEvent) -> None:
            tell_awaited_models(services, ticket.key, event)

        report = report_meanwhile(ticket.name, report_wait)
        return services.run_process(ticket, work, report, claim.attach, claim.wait_lost)
    return _build(services, ticket, work, claim)


def _build(services: Services, ticket: Ticket, work: WorkRequest, claim: Claim) -> WorkResult:
    """From where the work in progress is on the server; what it builds is pushed there."""
    claim.folder = state_dir(services.settings) / "jobs" / name_job(work.build)[1]
    remote = replace(services.open_mirror(ticket), guard=claim.require_mine)
    progress = follow_progress(remote, ticket)
    keep_passed(remote.repo, work.build, progress.passed if progress else ())
    pusher = ProgressPusher(
        find_built_branch(remote, ticket.issue, work.build),
        holds=claim.is_mine,
        end_work=partial(claim.lose, "taken over"),
    )
    reporter = ProgressReporter(services, ticket.key, shows=False)
    return run_pushing(
        pusher,
        report_meanwhile(ticket.name, reporter.report),
        lambda hear: services.run_process(ticket, work, hear, claim.attach, claim.wait_lost),
    )


def make_request(services: Services, ticket: Ticket, item: WorkItem) -> WorkRequest:
    """The work as this machine does it: its own mirror, paths, keys and models."""
    settings = services.settings_for(ticket)
    build = RunRequest("", services.open_mirror(ticket).repo.git_dir, ticket=ticket.key)
    if item.kind != "questions":
        _bring_commits(services, ticket, item)
        build = replace(build, base=item.base, rules=item.rules)
    if item.plan:
        path = services.ticket_folder(ticket) / "job.md"
        # Written for people only: the engine has the text, and its messages name this path.
        path.write_text(item.plan, encoding="utf-8")
        build = replace(
            build,
            plan=item.plan,
            path=path,
            branch=item.branch,
            only=item.only,
            notes=item.notes,
            resumes=item.resumes,
            senior=item.senior and "senior" in settings.tiers,
            aim=item.aim,
            by=services.commit_signature(ticket),
            strikes_of=services.name_strikes(ticket),
        )
    return WorkRequest(
        settings,
        build,
        issue=item.issue,
        questions=item.questions,
        review=item.review,
        check_only=item.kind == "check",
        compared_with=item.compared_with,
    )


def _bring_commits(services: Services, ticket: Ticket, item: WorkItem) -> None:
    """Fetch what this machine's mirror lacks. Raises UserError where the server lacks it, too."""
    remote = services.open_mirror(ticket)
    read_from = item.review.base if item.review else ""
    wanted = {item.base, item.rules, item.compared_with, read_from} - {""}
    if not all(map(remote.repo.resolve_rev, wanted)):
        remote.fetch()
    if not all(map(remote.repo.resolve_rev, wanted)):
        remote.fetch_progress(ticket.issue)
    if missing := [sha for sha in wanted if not remote.repo.resolve_rev(sha)]:
        what = f"commit {missing[0][:12]} is on no branch of the server, and in no other reference"
        raise UserError(what, where=ticket.name, hint="Say `/retry` to build it anew.")
