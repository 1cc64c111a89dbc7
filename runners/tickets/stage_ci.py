"""The stage that waits for CI: green goes on to the review, red becomes a build round."""

from dataclasses import replace
from functools import partial

from bot.ticket import messages, messages_checks, messages_ci
from bot.ticket.ci_verdict import RERUN_SECONDS, Verdict, judge_missing
from bot.ticket.keys import (
    REVIEW_REQUESTED,
    ci_blocked_key,
    dispatched_key,
    rerun_key,
    rerun_refused_key,
)
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from runners.tickets.base_update import update_in_ci
from runners.tickets.ci_checks import Judged, judge_head
from runners.tickets.ci_dispatch import find_unstarted, start_named_workflows
from runners.tickets.ci_fix import begin_fix
from runners.tickets.follow_findings import begin_follow_up
from runners.tickets.github_failures import try_unless_refused
from runners.tickets.review_pull import review_pull
from runners.tickets.services import Services


def watch_ci(services: Services, ticket: Ticket) -> Ticket:
    if ticket.remote.pushed_at > services.now():  # this machine's clock was set back since
        ticket = replace(ticket, remote=replace(ticket.remote, pushed_at=services.now()))
    judged = judge_head(services, ticket)
    result = judged.verdict
    running = [run for run in judged.checks.runs if run.status != "completed"]
    silent = not (running or any(one.state == "pending" for one in judged.checks.statuses))
    if update := update_in_ci(services, ticket, result.colour, silent=silent):
        return update
    named = judged.config.dispatch
    unstarted = result.colour == "green" and find_unstarted(named, judged.checks)
    if result.colour == "unbegun" or unstarted:
        return _start_workflows(services, ticket, judged)
    return _take_next_step(services, ticket, judged, result)


def _take_next_step(services: Services, ticket: Ticket, judged: Judged, result: Verdict) -> Ticket:
    match result.colour:
        case "waiting":
            return _wait(services, ticket, result)
        case "rerun":
            return _run_again(services, ticket, result)
        case "red":
            return _note_block(begin_fix(services, ticket, replace(judged, verdict=result)))
        case "blocked":
            return _block(ticket, judged, result)
        case _:
            why = messages_checks.ci_remarks(result.findings)
            return _request_review(services, ticket, why or _say_none(result))


def _say_none(result: Verdict) -> str:
    return messages_ci.NO_CI if result.colour == "none" else ""


def _wait(services: Services, ticket: Ticket, result: Verdict) -> Ticket:
    why = messages_checks.ci_waiting(result.done, result.total, result.findings)
    return replace(ticket, why=why, wake_at=services.now() + result.recheck_seconds)


def _block(ticket: Ticket, judged: Judged, result: Verdict) -> Ticket:
    late = judged.moment.waited >= judged.config.wait
    why = messages_checks.ci_blocked(result.findings, judged.config.wait if late else 0)
    return _note_block(ticket.move_to(Stage.BLOCKED, why))


def _note_block(ticket: Ticket) -> Ticket:
    """One that is blocked by its checks goes on by itself once they change (`stage_closed`)."""
    blocked = ticket.stage is Stage.BLOCKED
    return ticket.with_handled(ci_blocked_key(ticket.remote.head)) if blocked else ticket


def _run_again(services: Services, ticket: Ticket, result: Verdict) -> Ticket:
    """Once; that a run was run again is told by GitHub itself, as its number of attempts."""
    rerun = services.repository(ticket).rerun_failed_jobs
    for run in result.reruns:
        asked = try_unless_refused(f"{ticket.name}: run {run} again", partial(rerun, run))
        ticket = ticket.with_handled(rerun_key(run) if asked else rerun_refused_key(run))
    # Their time is counted from now.
    remote = replace(ticket.remote, pushed_at=services.now())
    why, wake = messages_checks.ci_rerun(result.findings), services.now() + RERUN_SECONDS
    return replace(ticket, remote=remote, why=why, wake_at=wake)


def _start_workflows(services: Services, ticket: Ticket, judged: Judged) -> Ticket:
    """Nothing began by itself: start what the repository names, or say that nothing did."""
    config = judged.config
    started = start_named_workflows(services, ticket, config.dispatch, judged.checks, config.grace)
    if started.wait_until:
        return replace(ticket, wake_at=started.wait_until)
    if not started.names:
        return _go_on_without(services, ticket, judged, started.why)
    # CI begins only now, so the time that it may take is counted from now.
    remote = replace(ticket.remote, pushed_at=services.now())
    why = " ".join(filter(None, (messages_ci.workflows_started(started.names), started.why)))
    return replace(ticket, remote=remote, why=why).with_handled(dispatched_key(remote.head))


def _go_on_without(services: Services, ticket: Ticket, judged: Judged, why: str) -> Ticket:
    """Where nothing more is started: what is required and did not report is waited for first."""
    result, waited = judged.verdict, judged.moment.waited
    missing = judge_missing(result.findings, judged.config, waited)
    if result.colour == "unbegun" and missing is not None:
        return _take_next_step(services, ticket, judged, missing)
    remarks = messages_checks.ci_remarks(result.findings)
    return _request_review(services, ticket, "\n\n".join(filter(None, (why, remarks))))


def _request_review(services: Services, ticket: Ticket, why: str) -> Ticket:
    """Have it read by the reviewer tier, then mark it ready and request a person's review."""
    repository = services.repository(ticket)
    ticket = review_pull(services, ticket)
    if ticket.reading.answer:  # it is written down before any of it is posted
        return replace(ticket, wake_at=0.0)
    if follow_up := begin_follow_up(services, ticket):
        return follow_up
    ready = try_unless_refused(
        f"{ticket.name}: ready", lambda: repository.mark_ready(ticket.remote.pull)
    )
    if not ticket.was_handled(REVIEW_REQUESTED):
        # GitHub refuses to request a review of whoever opened the pull request:
        # https://docs.github.com/en/rest/pulls/review-requests
        request = partial(repository.request_review, ticket.remote.pull, ticket.asker.login)
        try_unless_refused(f"{ticket.name}: review request", request)
    end = f"{messages.REVIEW} {'' if ready else messages.STILL_DRAFT}".strip()
    text = f"{why}\n\n{end}" if why else end
    return ticket.with_handled(REVIEW_REQUESTED).move_to(Stage.REVIEW, text)
