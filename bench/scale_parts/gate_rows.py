"""A thousand jobs that wait for people, under the real `bricklayer serve`: what they cost it.

The floor is the same server, in the same run, with one job.
"""

import time

import psutil
from idle import open_with_clock
from stage import stage
from waiting import place_jobs

from bot.ticket.stages import Stage

JOBS = 1000
QUIET_SECONDS, QUIET_SHARE = 15, 0.1
"""The start is over once so many seconds took less than this share of a core."""
WATCHED_SECONDS = 120
MOST_SECONDS = 600


def measure_gates() -> None:
    """1,000 jobs at gates: less than 1 % of a core, 300 MB, 30 s of processor to start."""
    for jobs in (1, JOBS):
        started, share, memory = _measure(jobs)
        print(
            f"{jobs} jobs at gates: start {started:.1f} s of processor, then {share:.2%} of a core,"
            f" {memory / 1e6:.0f} MB"
        )


def _measure(jobs: int) -> tuple[float, float, float]:
    """Seconds of processor of the start, the share of a core after it, and bytes of memory."""
    with stage(hook=False) as (machine, github):
        services, clock = open_with_clock(machine)
        place_jobs(services, github, clock, (Stage.APPROVAL, Stage.REVIEW), jobs)
        services.tickets.engine.dispose()
        machine.start()
        assert machine.process
        process = psutil.Process(machine.process.pid)
        started = _wait_until_quiet(process)
        before = _seconds(process)
        time.sleep(WATCHED_SECONDS)
        share = (_seconds(process) - before) / WATCHED_SECONDS
        memory = sum(each.memory_info().rss for each in _family(process))
        machine.kill()
        return started, share, memory


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
