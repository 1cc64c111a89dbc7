"""Idle hours of the sweep, in fast motion: what asking after quiet repositories costs in calls.

The clock of the bot and that of GitHub's stand-in are put forward by a minute after each sweep.
GitHub does not count a 304. Its ETags are those of one token, and an installation's token is
renewed within the hour: then every repository is counted once more. So the stand-in does it too.
"""

import dataclasses
import hashlib
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

from fake_github import gate
from fake_github.calls import Answer, Call
from fake_github.gate import Seen
from stage import stage
from support.machine import CONFIG, Machine

from bot.config.machine import parse_settings
from bot.github.account import Account
from handlers.sweep import sweep
from runners.tickets.services import Services, open_services

MINUTES = 60
_UNCHANGED = 304


def idle(repos: int, hours: int = 3) -> None:
    with etags_of_one_token(), stage(hook=False) as (machine, github):
        for number in range(repos):
            github.repo(f"octocat/repo-{number}", {".bricklayer.toml": CONFIG})
        services, clock = open_with_clock(machine)
        for hour in range(1, hours + 1):
            before, began = len(github.calls), time.monotonic()
            for _ in range(MINUTES):
                sweep(services)
                clock.now += MINUTES
                github.clock.advance(MINUTES)
            took = (time.monotonic() - began) / MINUTES
            print(f"idle, {repos} repositories, hour {hour}: {told_calls(github.calls[before:])}")
            print(f"  {took:.2f} s a sweep")


def told_calls(calls: list[Seen]) -> str:
    api = [one for one in calls if one.template]
    counted = [one for one in api if one.status != _UNCHANGED]
    named = Counter(f"{one.method} {one.template}" for one in counted)
    return f"{len(api)} calls, {len(counted)} counted: {dict(named.most_common())}"


class Clock:
    def __init__(self) -> None:
        self.now = time.time()

    def __call__(self) -> float:
        return self.now


def open_with_clock(machine: Machine) -> tuple[Services, Clock]:
    """What `serve` sweeps with."""
    clock = Clock()
    told = parse_settings(machine.write().read_text())
    services = open_services(told, Account(told.github, {}, clock=clock))
    services.now = clock
    return services, clock


@contextmanager
def etags_of_one_token() -> Iterator[None]:
    plain = gate.conditional

    def conditional(call: Call, answer: Answer) -> Answer:
        shown = call.headers.get("authorization", "")
        whose = {"X-Whose": hashlib.sha256(shown.encode()).hexdigest()}
        return plain(call, dataclasses.replace(answer, headers={**answer.headers, **whose}))

    gate.conditional = conditional
    try:
        yield
    finally:
        gate.conditional = plain
