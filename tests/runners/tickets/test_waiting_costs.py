"""What waits costs next to nothing: GitHub counts the calls of an hour, and gives 5,000."""

from dataclasses import replace

import pytest
from fake_github.world import GitHub
from support.held_queue import HeldQueue
from support.in_process import Clock, Inside, placed

from bot.ticket import messages
from bot.ticket.model import FOREVER
from bot.ticket.stages import Stage
from handlers.sweep_tickets import (
    FULL_SWEEP_SECONDS,
    MAX_REVIEWS_AN_HOUR,
    MAX_REVIEWS_AT_ONCE,
)
from runners.worker_process.main import WorkResult

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


def test_a_queued_job_asks_github_nothing_until_its_turn(
    github: GitHub, bot: Inside, clock: Clock
) -> None:
    """Then it looks before it builds: the issue may be closed by now."""
    issue = placed(github, bot, Stage.BUILDING)
    queue = bot.services.queue = HeldQueue()
    assert bot.advance().why == messages.QUEUED
    before = len(github.calls)
    for _ in range(20):
        clock.reach(bot.ticket.wake_at)
        bot.advance()
    assert len(github.calls) == before
    bot.sweep()
    bot.woken.clear()
    bot.sweep()
    assert bot.woken == []
    queue.end(WorkResult(passed=True))
    issue.repo.issue(1).close(by=github.person("mona"))
    clock.reach(bot.ticket.wake_at)
    assert bot.advance().stage is Stage.CLOSED


@pytest.mark.parametrize("stage", [Stage.PLANNING, Stage.APPROVAL, Stage.PUBLISHING, Stage.CI])
def test_what_waits_for_a_person_is_not_woken_by_the_sweep(
    github: GitHub, bot: Inside, stage: Stage
) -> None:
    placed(github, bot, stage, wake_at=FOREVER)
    bot.sweep()
    bot.woken.clear()
    bot.sweep()
    assert bot.woken == []


def test_what_a_run_heard_and_did_not_live_to_do_is_woken_by_the_next_sweep(
    github: GitHub, bot: Inside
) -> None:
    """An approval that was stored before the kill: no event and no list tells of it again."""
    placed(github, bot, Stage.APPROVAL, wake_at=FOREVER)
    bot.sweep()
    bot.services.tickets.change_ticket(bot.ticket.key, lambda now: replace(now, wake_at=0.0))
    bot.sweep()
    bot.woken.clear()
    bot.sweep()
    assert bot.woken == [bot.ticket.key]


def test_jobs_in_review_are_looked_at_a_few_at_a_time_each_in_its_turn(
    github: GitHub, bot: Inside, clock: Clock
) -> None:
    """A check that fails late is on no list, and to look for it costs several calls a job."""
    placed(github, bot, Stage.REVIEW, wake_at=FOREVER)
    first = bot.ticket
    for number in range(100, 100 + 2 * MAX_REVIEWS_AT_ONCE):
        bot.services.tickets.add_ticket(replace(first, issue=number))
    bot.sweep()
    seen: list[str] = []
    for _ in range(3):
        clock.ahead += FULL_SWEEP_SECONDS + 1
        bot.woken.clear()
        bot.sweep()
        assert len(bot.woken) <= MAX_REVIEWS_AT_ONCE
        seen += bot.woken
    assert len(set(seen)) == len(bot.tickets)


def test_looks_at_reviews_have_one_budget_however_many_repositories_there_are(
    github: GitHub, bot: Inside, clock: Clock
) -> None:
    """Of a hundred repositories each gets its looks, so much less often."""
    placed(github, bot, Stage.REVIEW, wake_at=FOREVER)
    first = bot.ticket
    for number in range(1, 100):
        where = replace(first.where, repo_id=first.where.repo_id + number)
        bot.services.tickets.add_ticket(replace(first, where=where))
    bot.sweep()
    looks = 0
    hours = 24
    for _ in range(hours * 6):
        clock.ahead += FULL_SWEEP_SECONDS + 1
        bot.woken.clear()
        bot.sweep()
        looks += len(bot.woken)
    # One repository of the hundred is swept here.
    assert 1 <= looks <= hours * MAX_REVIEWS_AN_HOUR / 100 + 1


def test_a_job_in_an_outage_is_left_to_its_own_pause(github: GitHub, bot: Inside) -> None:
    pause = {"outage_since": 1.0, "wake_at": bot.services.now() + 600}
    placed(github, bot, Stage.CI, outage="unreachable", **pause)
    bot.sweep()
    bot.woken.clear()
    bot.sweep()
    assert bot.woken == []
