"""`bricklayer action`: handles the event of a GitHub Actions run and the work that follows."""

import json
import logging
import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

import typer

from bot.bounded_read import read_bounded
from bot.config.machine import Settings
from bot.errors import UserError
from bot.github.account import Account
from bot.github.errors import GitHubError
from bot.github.webhooks import Event, MalformedError, parse_event
from bot.logs.formats import break_commands
from bot.logs.start import start_logging
from bot.storage.leader import TakenOverError
from bot.text.invisible import replace_unprintable
from bot.ticket.messages_outage import describe_outage
from bot.ticket.model import Ticket
from handlers.advance_woken import WokenTickets, advance_to_wait
from handlers.console import explain_github_error
from handlers.count_deaths import dispatch_counted
from handlers.lead_run import await_term, hand_over, keep_term, make_lease
from handlers.owner_commands import hear_owner
from handlers.sweep import sweep
from runners.log_failure import log_failure
from runners.tickets.services import Services, open_services, open_tickets

log = logging.getLogger("bricklayer")
# https://docs.github.com/en/actions/learn-github-actions/usage-limits-billing-and-administration
DEFAULT_HOURS = 5.5
"""A job of Actions ends after six hours: before that the work is stopped; the next run goes on."""
MAX_EVENT_BYTES = 25 << 20
"""GitHub itself sends no larger payload: https://docs.github.com/en/webhooks/webhook-events-and-payloads"""
_FROM_WORKFLOW = "Run it from a workflow's event."
MAX_WATCH_SECONDS = 20.0
"""Between two looks at what people said while something is planned or built."""
_ONLY_SWEPT = "only the sweep ran"
ReportLine = Callable[[str], object]


def print_line(line: str) -> None:
    """Where what a stranger wrote is obeyed neither by a terminal nor by a runner."""
    typer.echo(break_commands(replace_unprintable(line)))


def run_action(
    settings: Settings, hours: float = DEFAULT_HOURS, report: ReportLine = print_line
) -> bool:
    """Whether all of it could be looked at; `report` is given a line for the event and each job.

    Raises UserError where this is no run of Actions.
    """
    start_logging(settings.log.format, timed=False)  # Actions tells the time of each line
    name, payload = read_event()
    tickets = open_tickets(settings)
    lease = make_lease(tickets)
    term = await_term(lease)
    if term is None:
        report(hand_over(tickets, lease.read_leader(), name, payload))
        return True
    account = Account(settings.github, os.environ)
    account.guard = term.require_now
    services = open_services(settings, account, replace(tickets, term=term))
    try:
        with keep_term(term, services.stop_all), _stop_after(hours, services):
            return _do_run(services, name, payload, time.time() + hours * 3600, report)
    except TakenOverError as exc:
        report(f"{exc}: this run ends, and that one goes on")
        return True


@contextmanager
def _stop_after(hours: float, services: Services) -> Iterator[None]:
    timer = threading.Timer(hours * 3600, services.stop_all)
    timer.daemon = True
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _do_run(services: Services, name: str, payload: object, end: float, report: ReportLine) -> bool:
    woken = WokenTickets()
    services.wake = woken.add
    hear_owner(services)
    complete = True
    for line, ok in _handle_event(services, name, payload):
        report(line)
        complete = complete and ok
    if not woken.has_any():
        report("no job had anything to do")
    return advance_all(services, woken, end, report) and complete


def advance_all(
    services: Services, woken: WokenTickets, end: float, report: ReportLine = print_line
) -> bool:
    """Whether none of them met an outage."""
    complete = True
    # Again for what the last sweep beside the work has woken: no event tells of that any more.
    while woken.has_any():
        with _sweep_meanwhile(services, os.environ.get("GITHUB_REPOSITORY", "")):
            while key := woken.take():
                ticket = advance_to_wait(services, key, end, woken)
                known = services.tickets.find_ticket(key)
                report(describe_job(known.name if known else key, ticket))
                complete = complete and not (ticket and ticket.outage)
    return complete


@contextmanager
def _sweep_meanwhile(services: Services, repo: str) -> Iterator[None]:
    """Sweep now and then beside the work, so that `/cancel` or `/pause` reaches what runs.

    The run of such a comment waits until this one is over:
    https://docs.github.com/en/actions/how-tos/write-workflows/choose-when-workflows-run/control-workflow-concurrency
    """
    done = threading.Event()
    pause = min(MAX_WATCH_SECONDS, services.settings.github.sweep_seconds)

    def sweep_now_and_then() -> None:
        while not done.wait(pause):
            try:
                sweep(services, repo)
            except TakenOverError as exc:
                log.warning("%s: not swept: %s", repo, exc)
            except Exception as exc:  # noqa: BLE001  # a thread's boundary: tried again
                log_failure(exc, f"{repo}: not swept")

    thread = threading.Thread(target=sweep_now_and_then, name="sweep", daemon=True)
    if repo:
        thread.start()
    try:
        yield
    finally:
        done.set()
        if repo:
            thread.join()


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
    is_here = event.where.repo.lower() == repo.lower()
    # Between event and run it may have been renamed; its id stays:
    # https://docs.github.com/en/actions/reference/workflows-and-actions/variables
    if not is_here and str(event.where.repo_id) != os.environ.get("GITHUB_REPOSITORY_ID", ""):
        return f"{name}: about {event.where.repo}, not about {repo}; {_ONLY_SWEPT}", False
    try:
        dispatch_counted(services, event)
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


def describe_job(name: str, ticket: Ticket | None) -> str:
    """The job's stage, and the first line of its reason."""
    if ticket is None:
        return f"{name}: another process works on it"
    if ticket.outage:
        return f"{name}: {ticket.stage}: {describe_outage(ticket)} The next run looks again."
    stage = f"paused, {ticket.stage}" if ticket.paused else str(ticket.stage)
    # What a check or an error said stands in a fence.
    lines = (line for line in ticket.why.splitlines() if line.strip("`~ \t") not in {"", "text"})
    why = next(lines, "")
    return f"{name}: {stage}" + (f": {why}" if why else "")


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
