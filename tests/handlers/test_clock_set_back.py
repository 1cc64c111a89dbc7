"""A machine's clock that was days ahead and is set right keeps nothing waiting for those days."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.outages import begin_outage, end_outages
from fake_github.world import GitHub
from support.held_queue import HeldQueue
from support.in_process import Inside, inside
from support.machine import CONFIG, MODELS
from support.reviewing import under_review

from bot.ticket import messages
from bot.ticket.stages import Stage

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

SETTLES = CONFIG.replace("settle = 0.2", "settle = 20")
DAYS = 3 * 86_400.0


class Clock:
    def __init__(self) -> None:
        self.ahead = DAYS

    def __call__(self) -> float:
        return time.time() + self.ahead


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bot(github: GitHub, tmp_path: Path, clock: Clock) -> Iterator[Inside]:
    machine = {"models": dict(MODELS), "clock": clock, "patient": False, "hook": False}
    with inside(tmp_path, github, **machine) as made:  # type: ignore[arg-type]
        yield made


def known(github: GitHub, bot: Inside, stage: Stage) -> str:
    """A job in that stage that the sweep has seen and has nothing new of; the head on GitHub."""
    issue, pull = under_review(github, bot, stage=stage, config=SETTLES)
    if stage is Stage.CI:
        github.ci(pull.head_sha, "running")
    issue.label("bricklayer", by=github.person("mona"))
    pushed = replace(bot.ticket.remote, pushed_at=bot.services.now())
    bot.services.tickets.change_ticket(bot.ticket.key, lambda one: replace(one, remote=pushed))
    bot.sweep()
    bot.advance()
    bot.sweep()
    bot.woken.clear()
    return pull.head_sha


def test_a_used_up_limit_is_not_waited_for_beyond_its_hour(
    github: GitHub, bot: Inside, clock: Clock
) -> None:
    known(github, bot, Stage.APPROVAL)
    github.exhaust(1800)
    assert bot.advance().outage == "limited"
    clock.ahead = 0.0
    github.exhaust(-1)
    bot.sweep()
    assert bot.woken
    assert not bot.advance().outage


@pytest.mark.parametrize("stage", [Stage.APPROVAL, Stage.CI, Stage.REVIEW])
def test_what_waits_for_the_end_of_an_outage_is_looked_at(
    github: GitHub, bot: Inside, clock: Clock, stage: Stage
) -> None:
    known(github, bot, stage)
    begin_outage(github, "suspended")
    assert bot.advance().outage == "account"
    end_outages(github)
    clock.ahead = 0.0
    bot.sweep()
    assert bot.woken
    assert not bot.advance().outage


def test_what_waits_for_its_turn_gets_it(github: GitHub, bot: Inside, clock: Clock) -> None:
    under_review(github, bot, stage=Stage.BUILDING)
    bot.services.queue = HeldQueue()
    assert bot.advance().why == messages.QUEUED
    bot.sweep()
    bot.woken.clear()
    bot.sweep()
    assert not bot.woken
    clock.ahead = 0.0
    bot.sweep()
    assert bot.woken


def test_reviews_and_repositories_are_looked_at_again(
    github: GitHub, bot: Inside, clock: Clock
) -> None:
    known(github, bot, Stage.REVIEW)
    clock.ahead = 0.0
    bot.sweep()
    assert bot.woken
    bot.services.account.list_repos()
    clock.ahead = -DAYS
    asked = github.count("GET", "/installation/repositories")
    bot.services.account.list_repos()
    assert github.count("GET", "/installation/repositories") > asked


def test_checks_are_quiet_and_late_by_the_time_that_passes(
    github: GitHub, bot: Inside, clock: Clock
) -> None:
    head = known(github, bot, Stage.CI)
    github.ci(head, "green")
    ticket = bot.advance()
    assert ticket.stage is Stage.CI
    clock.ahead = 0.0
    assert bot.advance().remote.pushed_at <= clock()
    clock.ahead += 60
    assert bot.advance().stage is Stage.REVIEW


@pytest.mark.parametrize("stage", [Stage.APPROVAL, Stage.CI, Stage.REVIEW])
def test_an_outages_end_is_found_by_the_sweep_alone(
    github: GitHub, bot: Inside, clock: Clock, stage: Stage
) -> None:
    """A run of Actions has no clock for the jobs that an earlier run has left."""
    known(github, bot, stage)
    begin_outage(github, "bad credentials")
    bot.advance()
    end_outages(github)
    bot.sweep()
    assert not bot.woken or stage is Stage.APPROVAL, "its pause is not over"
    clock.ahead += 1000
    bot.sweep()
    assert bot.woken
