"""`bricklayer action`: handles the event of a GitHub Actions run and the work that follows."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator

from bot.bounded_read import read_bounded
from bot.config.machine import Settings
from bot.errors import UserError
from bot.github.account import Account
from bot.github.errors import GitHubError
from bot.github.webhooks import Event, MalformedError, parse_event
from bot.ticket.model import Ticket
from bot.ticket.stages import is_over
from handlers.console import explain_github_error, replace_unprintable
from handlers.dispatch import dispatch_event
from handlers.sweep import sweep
from runners.tickets.advance import advance_ticket
from runners.tickets.services import Services, open_services

log = logging.getLogger("bricklayer")
# https://docs.github.com/en/actions/learn-github-actions/usage-limits-billing-and-administration
DEFAULT_HOURS = 5.5
"""A job of Actions ends after six hours: before that the work is stopped; the next run goes on."""
MAX_EVENT_BYTES = 25 << 20
"""GitHub itself sends no larger payload: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""
_FROM_WORKFLOW = "Run it from a workflow's event."
SOON_SECONDS = 120.0
"""Seconds. Longer waits, for checks that run or for a person, end in an event of their own."""
_ONLY_SWEPT = "only the sweep ran"
ReportLine = Callable[[str], object]


def run_action(
    settings: Settings, hours: float = DEFAULT_HOURS, report: ReportLine = print
) -> bool:
    """Whether all of it could be looked at; `report` is given a line for the event and each job.

    Raises UserError where this is no run of Actions.
    """
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    services = open_services(settings, Account(settings.github, os.environ))
    name, payload = read_event()
    woken_keys: dict[str, None] = {}
    services.wake = lambda key: woken_keys.update({key: None})
    end = time.time() + hours * 3600
    timer = threading.Timer(max(0.0, end - time.time()), services.stop_all)
    timer.daemon = True
    timer.start()
    complete = True
    for line, ok in _handle_event(services, name, payload):
        report(replace_unprintable(line))
        complete = complete and ok
    for key in woken_keys:
        report(replace_unprintable(_describe(key, _advance_to_wait(services, key, end))))
    if not woken_keys:
        report("no job had anything to do")
    timer.cancel()
    return complete


def _handle_event(services: Services, name: str, payload: object) -> Iterator[tuple[str, bool]]:
    """Lines on the event and on what could not be swept, each with whether that is as it should be.

    An event that was lost on the way may still be found by the sweep, and the other way round.
    """
    event = None
    try:
        event = parse_event(name, payload)
    except MalformedError as exc:
        yield f"event {name}: not as GitHub sends it ({exc}); {_ONLY_SWEPT}", False
    else:
        if event is None:
            yield f"event {name}: nothing that is acted on; {_ONLY_SWEPT}", True
    repo = os.environ.get("GITHUB_REPOSITORY", "") or (event.where.repo if event else "")
    if event:
        yield _dispatch(services, event, repo)
    if repo:
        yield from _sweep(services, repo)
    else:
        yield "GITHUB_REPOSITORY is not set: nothing was swept", False


def _dispatch(services: Services, event: Event, repo: str) -> tuple[str, bool]:
    name = f"event {event.name} {event.action}".rstrip()
    # Names of owners and repositories are not case sensitive: https://docs.github.com/en/rest/repos/repos
    if event.where.repo.lower() != repo.lower():
        return f"{name}: about {event.where.repo}, not about {repo}; {_ONLY_SWEPT}", False
    try:
        dispatch_event(services, event)
    except GitHubError as exc:
        return f"{name}: nothing was done: {explain_github_error(exc, services.settings)}", False
    return f"{name}: done", True


def _sweep(services: Services, repo: str) -> Iterator[tuple[str, bool]]:
    try:
        failures = sweep(services, repo)
    except GitHubError as exc:
        failures = {repo: exc}
    for missed_repo, why in failures.items():
        yield f"{missed_repo}: not swept: {explain_github_error(why, services.settings)}", False


def _advance_to_wait(services: Services, key: str, end: float) -> Ticket | None:
    """Advance a ticket while what it waits for comes soon; for the rest there is another event."""
    ticket = services.tickets.find_ticket(key)
    while time.time() < end:
        ticket = advance_ticket(services, key)
        if ticket is None or is_over(ticket.stage) or ticket.paused:
            return ticket
        if ticket.wake_at > min(end, time.time() + SOON_SECONDS) or not ticket.wake_at:
            return ticket
        time.sleep(max(0.0, min(ticket.wake_at - time.time(), end - time.time())))
    log.info("%s: the time of this run is over; the next one goes on", key)
    return ticket


def _describe(key: str, ticket: Ticket | None) -> str:
    """The job's stage, and the first line of its reason."""
    if ticket is None:
        return f"{key}: another process works on it"
    stage = f"paused, {ticket.stage}" if ticket.paused else str(ticket.stage)
    why = next(iter(ticket.why.strip().splitlines()), "")
    return f"{key}: {stage}" + (f": {why}" if why else "")


def read_event() -> tuple[str, object]:
    """The name and the payload of this run's event."""
    # The file has the payload of the webhook: https://docs.github.com/en/actions/learn-github-actions/variables
    path, name = os.environ.get("GITHUB_EVENT_PATH", ""), os.environ.get("GITHUB_EVENT_NAME", "")
    if not path or not name:
        hint = "It is for a workflow: see .github/workflows/bricklayer.yml. Elsewhere: serve."
        raise UserError("GITHUB_EVENT_PATH or GITHUB_EVENT_NAME is not set", hint=hint)
    hints = {"absent_hint": _FROM_WORKFLOW, "large_hint": _FROM_WORKFLOW}
    raw = read_bounded(path, "the event", MAX_EVENT_BYTES, **hints)
    try:
        return name, json.loads(raw)
    except (ValueError, RecursionError) as exc:
        raise UserError(f"the event is no JSON: {exc}", where=path, hint=_FROM_WORKFLOW) from exc
