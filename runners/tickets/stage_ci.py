"""The stage that waits for CI: green goes on to the review, red becomes a build round."""

import re
from dataclasses import replace
from functools import partial

from bot.config.repository import CiConfig
from bot.github.types import Checks
from bot.ticket import messages, messages_ci
from bot.ticket.ci_verdict import verdict
from bot.ticket.keys import REVIEW_REQUESTED, ci_mark, dispatched_key, reviewed_key
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from runners.project import load_repo_config
from runners.tickets.base_update import update_in_ci
from runners.tickets.ci_dispatch import find_unstarted, start_named_workflows
from runners.tickets.ci_fix import begin_fix
from runners.tickets.github_failures import best_effort
from runners.tickets.model_questions import review_diff
from runners.tickets.services import Services

# Workflows are the YAML files of this folder itself, not of folders below it:
# https://docs.github.com/en/actions/reference/workflows-and-actions/workflow-syntax
_WORKFLOW = re.compile(r"\.github/workflows/[^/]+\.ya?ml")


def watch_ci(services: Services, ticket: Ticket) -> Ticket:
    remote, repository = services.open_mirror(ticket), services.repository(ticket)
    config = load_repo_config(remote.repo, remote.repo.git_dir, ticket.remote.base).ci
    checks = repository.read_checks(ticket.remote.head)
    reported = repr((checks.runs, checks.statuses))
    since = _unchanged_since(services, ticket, reported)
    result = verdict(
        checks,
        config,
        waited=services.now() - ticket.remote.pushed_at,
        quiet=services.now() - since,
        workflows=_has_workflows(services, ticket),
    )
    silent = not (checks.runs or checks.statuses)
    if update := update_in_ci(services, ticket, result.colour, silent=silent):
        return update
    if result.colour == "red":
        return begin_fix(services, ticket, result, config, services.now() - since)
    if result.colour == "late":
        return ticket.move_to(Stage.BLOCKED, messages.ci_too_late(result.names, config.wait))
    if result.colour in {"waiting", "approval"}:
        waits = messages.ci_waiting(result.done, result.total)
        why = messages.CI_WANTS_APPROVAL if result.colour == "approval" else waits
        return replace(ticket, why=why, wake_at=services.now() + result.recheck_seconds)
    unstarted = result.colour == "green" and find_unstarted(config.dispatch, checks)
    if result.colour == "unbegun" or unstarted:
        return _start_workflows(services, ticket, checks, config)
    return _request_review(services, ticket, messages.NO_CI if result.colour == "none" else "")


def _start_workflows(
    services: Services, ticket: Ticket, checks: Checks, config: CiConfig
) -> Ticket:
    """What did not begin by itself: start what the repository names, or say what to do."""
    started = start_named_workflows(services, ticket, config.dispatch, checks, config.grace)
    if started.wait_until:
        return replace(ticket, wake_at=started.wait_until)
    if not started.names:
        return _request_review(services, ticket, started.why)
    # CI begins only now, so the time that it may take is counted from now.
    remote = replace(ticket.remote, pushed_at=services.now())
    why = " ".join(filter(None, (messages_ci.workflows_started(started.names), started.why)))
    return replace(ticket, remote=remote, why=why).with_handled(dispatched_key(remote.head))


def _request_review(services: Services, ticket: Ticket, why: str) -> Ticket:
    """Mark it ready and request a review from whoever set the label."""
    repository = services.repository(ticket)
    unread = not ticket.was_handled(reviewed_key(ticket.remote.head))
    if "reviewer" in services.settings.tiers and unread:
        ticket = review_diff(services, ticket)
    ready = best_effort(f"{ticket.key}: ready", lambda: repository.mark_ready(ticket.remote.pull))
    if not ticket.was_handled(REVIEW_REQUESTED):
        # GitHub refuses to request a review of whoever opened the pull request:
        # https://docs.github.com/en/rest/pulls/review-requests
        request = partial(repository.request_review, ticket.remote.pull, ticket.asker.login)
        best_effort(f"{ticket.key}: review request", request)
    text = " ".join(filter(None, (why, messages.REVIEW, "" if ready else messages.STILL_DRAFT)))
    return ticket.with_handled(REVIEW_REQUESTED).move_to(Stage.REVIEW, text)


def _unchanged_since(services: Services, ticket: Ticket, reported: str) -> float:
    """When the checks were first read to report this, in seconds since 1970."""
    key = ci_mark(ticket.key)
    at, _, before = services.tickets.read_mark(key).partition(" ")
    if before == f"{ticket.remote.head} {reported}":
        return float(at)
    services.tickets.write_mark(key, f"{services.now()} {ticket.remote.head} {reported}")
    return services.now()


def _has_workflows(services: Services, ticket: Ticket) -> bool:
    listed = services.open_mirror(ticket).repo.list_folder(ticket.remote.head, ".github/workflows")
    return any(map(_WORKFLOW.fullmatch, listed))
