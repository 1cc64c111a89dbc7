"""Work that a machine's end has stopped goes on with its next start; nothing is said for it."""

import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import BRANCH, Inside, inside, placed
from support.machine import MODELS, pull_of

from bot.review.model import ReviewReport
from bot.ticket.model import FOREVER
from bot.ticket.stages import Stage
from handlers.worker import Worker
from runners.tickets.services import Services
from runners.worker_process.client import STOPPED
from runners.worker_process.main import WorkResult

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


@pytest.fixture
def bot(github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Inside]:
    monkeypatch.setattr(Services, "run_work", lambda *_: STOPPED)
    with inside(tmp_path, github, models={**MODELS, "reviewer": MODELS["local"]}) as made:
        yield made


def test_the_next_start_takes_up_what_was_being_built(github: GitHub, bot: Inside) -> None:
    placed(github, bot, Stage.BUILDING)
    bot.advance()
    bot.sweep()
    bot.woken.clear()
    bot.sweep()
    assert bot.woken == [bot.ticket.key]
    worker = Worker(bot.services)
    woken: list[str] = []
    worker.wake = woken.append  # type: ignore[method-assign]
    bot.services.now = lambda: time.time() + 60
    worker.start()
    worker.stop()
    assert bot.ticket.key in woken


def test_a_reviewer_that_was_stopped_has_said_nothing(github: GitHub, bot: Inside) -> None:
    issue = placed(github, bot, Stage.CI)
    bot.services.now = lambda: time.time() + 4000
    bot.advance()
    assert bot.ticket.stage is Stage.CI
    assert not pull_of(issue).reviews


def test_a_reviewer_that_gave_no_answer_is_not_said_to_have_found_nothing(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    issue = placed(github, bot, Stage.CI)
    bot.services.now = lambda: time.time() + 4000
    silent = WorkResult(passed=True, review=ReviewReport(answered=False))
    monkeypatch.setattr(Services, "run_work", lambda *_: silent)
    assert bot.advance().stage is Stage.REVIEW
    [review] = pull_of(issue).reviews
    assert "no model has reviewed it" in review.body


def test_a_paused_job_asks_github_nothing_until_somebody_wakes_it(
    github: GitHub, bot: Inside
) -> None:
    """Its time was due when the push was found: the clock must not find it due for ever."""
    issue = placed(github, bot, Stage.BUILDING, wake_at=1.0)
    issue.repo.push(BRANCH, {"x.py": "x = 1\n"}, by=github.person("mona"))
    bot.services.tickets.change_ticket(bot.ticket.key, lambda now: replace(now, wake_at=1.0))
    assert bot.advance().paused
    assert bot.ticket.wake_at == FOREVER
    issue.comment("/resume", by=github.person("mona"))
    assert bot.ticket.wake_at == 0.0
