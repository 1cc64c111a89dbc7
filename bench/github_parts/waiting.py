"""Calls that GitHub counts in an hour for jobs that wait, in fast motion: queued, and at gates.

The clock of the bot and that of GitHub's stand-in go on together. In each minute the sweep runs,
and every ticket that is due by its own time or was woken is looked at, as `serve` does it. ETags
are of one token, and an installation's token is renewed within the hour: that is counted.
"""

import resource
import time
from collections.abc import Sequence
from dataclasses import replace

from fake_github.world import GitHub
from idle import MINUTES, Clock, etags_of_one_token, open_with_clock, told_calls
from open_jobs import open_jobs
from stage import stage
from support.held_queue import HeldQueue
from support.in_process import Inside, placed

from bot.git.references import set_refs
from bot.ticket import messages
from bot.ticket.model import FOREVER, Ticket
from bot.ticket.stages import Stage
from handlers.sweep import sweep
from runners.tickets.advance import advance_ticket
from runners.tickets.services import Services
from runners.tickets.status_sync import sync_in_thread

SECONDS = 60
"""Between two looks here; `serve` polls for a queued job's turn every five, without any call."""


def queued(jobs: int) -> None:
    """One job is being built, and the others wait for their turn."""
    _hours(f"{jobs} queued jobs", (Stage.BUILDING,), jobs)


def gates(jobs: int) -> None:
    """Half of them wait for the approval of their plan, half are in review."""
    _hours(f"{jobs} jobs at gates and in review", (Stage.APPROVAL, Stage.REVIEW), jobs)


def start(jobs: int) -> None:
    """A restart of the server's loop beside jobs that wait for people."""
    with etags_of_one_token(), stage(hook=False) as (machine, github):
        services, clock = open_with_clock(machine)
        place_jobs(services, github, clock, (Stage.APPROVAL, Stage.REVIEW), jobs)
        services.queue = HeldQueue()
        for when in ("first start", "restart"):
            before, began, cpu = len(github.calls), time.monotonic(), _count_seconds()
            # As `Worker.start` has it done, for what is not due.
            for ticket in services.tickets.list_tickets():
                sync_in_thread(services, ticket.key)
            took = f"{time.monotonic() - began:.0f} s, {_count_seconds() - cpu:.1f} s of processor"
            most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
            print(f"{when} beside {jobs} jobs: {told_calls(github.calls[before:])}")
            print(f"  {took}, the stand-in's included; {most} MB resident at most")


def _count_seconds() -> float:
    """Of the processor, with those of git."""
    used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return sum(each.ru_utime + each.ru_stime for each in used)


def _hours(name: str, stages: tuple[Stage, ...], jobs: int) -> None:
    with etags_of_one_token(), stage(hook=False) as (machine, github):
        services, clock = open_with_clock(machine)
        woken: dict[str, None] = {}
        services.wake = lambda key: woken.update({key: None})
        tickets = place_jobs(services, github, clock, stages, jobs)
        services.queue = HeldQueue()
        if stages == (Stage.BUILDING,):
            # That they wait is shown once; what is counted is how long that lasts.
            for ticket in tickets:
                advance_ticket(services, ticket.key)
        sweep(services)
        woken.clear()
        for hour in (1, 2):
            before, began = len(github.calls), time.process_time()
            for _ in range(MINUTES):
                sweep(services)
                keys = dict.fromkeys((*woken, *_list_due(services, clock())))
                woken.clear()
                for key in keys:
                    advance_ticket(services, key)
                clock.now += SECONDS
                github.clock.advance(SECONDS)
            took = time.process_time() - began
            print(f"{name}, hour {hour}: {told_calls(github.calls[before:])}")
            print(f"  {took:.0f} s of processor time, the stand-in's included")


def place_jobs(
    services: Services, github: GitHub, clock: Clock, stages: tuple[Stage, ...], jobs: int
) -> Sequence[Ticket]:
    """Jobs in one repository, in these stages in turn, each with a branch and a pull request."""
    inside = Inside(services)
    github.hook(inside.hear, "a-webhook-secret")
    issue = placed(github, inside, stages[0], wake_at=FOREVER)
    github.hook(lambda _headers, _body: 202, "nobody reads these")
    us, mona = github.app().bot, github.person("mona")
    for another in open_jobs(issue.repo, us, mona, inside.ticket, jobs - 1):
        _add(services, another)
    tickets = services.tickets.list_tickets()
    # The stand-in's time went on with all that was made there: the first token is too old.
    clock.now += MINUTES * SECONDS
    _fill_mirror(services, tickets)
    for at, ticket in enumerate(tickets):
        _put(services, ticket, stages[at % len(stages)], clock())
    return tickets


def _fill_mirror(services: Services, tickets: Sequence[Ticket]) -> None:
    """With each ticket's branch, as the machine that built it has it."""
    mirror = services.open_mirror(tickets[0])
    mirror.fetch()
    set_refs(mirror.repo, {f"refs/heads/{t.remote.branch}": t.remote.head for t in tickets})


def _add(services: Services, ticket: Ticket) -> None:
    if not services.tickets.add_ticket(ticket):
        services.tickets.change_ticket(ticket.key, lambda _: ticket)


def _put(services: Services, ticket: Ticket, at: Stage, now: float) -> None:
    is_queue = at is Stage.BUILDING
    wake_at, why = (now + 1, messages.QUEUED) if is_queue else (FOREVER, ticket.why)
    new = replace(ticket, stage=at, wake_at=wake_at, why=why)
    services.tickets.change_ticket(ticket.key, lambda _: new)


def _list_due(services: Services, now: float) -> list[str]:
    return [t.key for t in services.tickets.list_tickets() if 0 < t.wake_at <= now]
