"""A thousand jobs that wait for people, under the real `bricklayer serve`: what they cost it.

The floor is the same server, in the same run, with one job.
"""

import time

import psutil
from fake_github.world import GitHub
from idle import open_with_clock
from stage import stage
from support.machine import MODELS, Machine, status, until
from support.postgres import open_postgres
from waiting import place_jobs

from bot.ticket.stages import Stage

JOBS = 1000
QUIET_SECONDS, QUIET_SHARE = 15, 0.1
"""The start is over once so many seconds took less than this share of a core."""
WATCHED_SECONDS = 120
MOST_SECONDS = 600
MANY_CALLS = 100_000


def measure_gates() -> None:
    """1,000 jobs at gates: less than 1 % of a core, 300 MB, 30 s of processor to start."""
    for jobs in (1, JOBS):
        _measure(jobs, "SQLite", "")
    with open_postgres() as server:
        _measure(JOBS, "PostgreSQL", server.get_uri())


def _measure(jobs: int, name: str, database: str) -> None:
    """Its memory is that of all its processes, what they share counted for each."""
    settings = {"hook": False, "more": "[queues]\n", "models": MODELS, "database": database}
    with stage(**settings) as (machine, github):
        # The first start posts the comments that are there beside real jobs: the next is a restart.
        github.gate.limit = MANY_CALLS
        services, clock = open_with_clock(machine)
        place_jobs(services, github, clock, (Stage.APPROVAL, Stage.REVIEW), jobs)
        services.tickets.engine.dispose()
        process = _start(machine)
        first = _wait_until_quiet(process)
        machine.kill()
        process = _start(machine)
        started = _wait_until_quiet(process)
        before = _watch(process)
        _have_planned(machine, github)
        _wait_until_quiet(process)
        after = _watch(process)
        memory = sum(each.memory_info().rss for each in _family(process))
        machine.kill()
    print(
        f"  {jobs} jobs at gates, {name}: first start {first:.1f} s of processor, the next"
        f" {started:.1f} s,"
        f" then {before:.2%} of a core, {after:.2%} once it has planned something;"
        f" {memory / 1e6:.0f} MB",
        flush=True,
    )


def _start(machine: Machine) -> psutil.Process:
    machine.start()
    assert machine.process
    return psutil.Process(machine.process.pid)


def _have_planned(machine: Machine, github: GitHub) -> None:
    """One more job, so that the queues are used: from then on they are looked at."""
    mona = github.person("mona")
    issue = github.issue("octocat/bank", "It adds", "bank.py", by=mona, labels=("bricklayer",))
    until(lambda: "/approve" in status(issue), machine.told, MOST_SECONDS)


def _watch(process: psutil.Process) -> float:
    """Its share of a core."""
    before = _seconds(process)
    time.sleep(WATCHED_SECONDS)
    return (_seconds(process) - before) / WATCHED_SECONDS


def _wait_until_quiet(process: psutil.Process) -> float:
    end = time.monotonic() + MOST_SECONDS
    before = 0.0
    while time.monotonic() < end:
        time.sleep(QUIET_SECONDS)
        now = _seconds(process)
        if now - before < QUIET_SHARE * QUIET_SECONDS:
            return now
        before = now
    raise AssertionError(f"it has not come to rest after {MOST_SECONDS} s")


def _seconds(process: psutil.Process) -> float:
    """Of processor, of it and of all that it started, also what has ended."""
    times = [each.cpu_times() for each in _family(process)]
    own = process.cpu_times()
    return sum(t.user + t.system for t in times) + own.children_user + own.children_system


def _family(process: psutil.Process) -> list[psutil.Process]:
    return [process, *process.children(recursive=True)]
