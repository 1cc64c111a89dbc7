"""While GitHub does not answer, or does not let this account in, a job waits; then it goes on."""

import logging
import time
from typing import NoReturn

import pytest
from fake_github.outages import OUTAGES, begin_outage, end_outages, refuse_git
from fake_github.world import GitHub
from support.held_queue import HeldQueue
from support.in_process import BRANCH, Clock, Inside, placed
from support.machine import PLAN, bank, headline, pull_of, status

from bot.github.errors import MAX_PAUSE_SECONDS, MIN_PAUSE_SECONDS
from bot.ticket.model import FOREVER
from bot.ticket.stages import Stage
from runners.tickets import stage_planning
from runners.worker_process.main import WorkResult

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


def test_no_outage_ends_a_job_and_each_ends_by_itself(
    github: GitHub, bot: Inside, clock: Clock, caplog: pytest.LogCaptureFixture
) -> None:
    """Whatever GitHub calls it, and whether it is GitHub's, this machine's or its operator's."""
    issue = placed(github, bot, Stage.APPROVAL)
    assert bot.advance().wake_at == FOREVER
    asked = headline(issue)
    for kind, outage in OUTAGES.items():
        begin_outage(github, kind)
        with caplog.at_level(logging.ERROR):
            waiting = bot.advance()
        assert (waiting.stage, bool(waiting.outage)) == (Stage.APPROVAL, True), kind
        assert 0 < waiting.wake_at - clock() <= MIN_PAUSE_SECONDS + 1, kind
        assert outage.message[:30] in caplog.text or waiting.outage == "limited", kind
        end_outages(github)
        clock.ahead += 4000
        caplog.clear()
        assert not bot.advance().outage, kind
        assert bot.ticket.wake_at == FOREVER, kind
        assert headline(issue) == asked, kind


@pytest.mark.parametrize("status", [401, 403, 404])
def test_git_that_is_not_let_in_is_the_operators_as_an_answer_of_the_api_is(
    github: GitHub, bot: Inside, status: int, caplog: pytest.LogCaptureFixture
) -> None:
    """The job waits; its page says that the account is not let in, and the log what to do."""
    issue = placed(github, bot, Stage.APPROVAL)
    bot.advance()
    issue.repo.push(BRANCH, {"more.py": "1\n"}, by=github.person("mona"))
    refuse_git(github, status, "Not for you.")
    with caplog.at_level(logging.ERROR):
        waiting = bot.advance()
    assert (waiting.stage, waiting.outage) == (Stage.APPROVAL, "account")
    assert "Not for you." in caplog.text or status == 401
    assert "contents: write" in caplog.text or "or at the token" in caplog.text
    end_outages(github)
    assert not bot.advance().outage


def test_pauses_grow_to_a_quarter_of_an_hour(github: GitHub, bot: Inside, clock: Clock) -> None:
    placed(github, bot, Stage.APPROVAL)
    began = clock()
    begin_outage(github, "suspended")
    pauses = []
    for _ in range(8):
        pauses.append(round(bot.advance().wake_at - clock()))
        clock.ahead += pauses[-1]
    assert pauses == sorted(pauses)
    assert pauses[0] == pytest.approx(MIN_PAUSE_SECONDS, abs=2)
    assert pauses[-1] == pytest.approx(MAX_PAUSE_SECONDS, abs=2)
    assert bot.ticket.outage_since == pytest.approx(began, abs=2)


def test_where_the_page_can_be_written_it_says_since_when(github: GitHub, bot: Inside) -> None:
    """In one plain sentence, and with no word of GitHub's: readers cannot act on it."""
    issue = placed(github, bot, Stage.APPROVAL)
    begin_outage(github, "suspended", r"/pulls/\d+$")
    assert bot.advance().outage == "account"
    assert f"Waiting since {time.strftime('%Y-%m-%d', time.gmtime())}" in status(issue)
    assert "suspended" not in status(issue)


REFUSALS: dict[str, tuple[int, str]] = {
    "locked": (403, "Unable to create comment because issue is locked."),
    "invalid": (422, "Validation Failed"),
}


@pytest.mark.parametrize("kind", REFUSALS)
def test_what_is_about_this_request_alone_is_shown_on_its_page(
    github: GitHub, bot: Inside, kind: str
) -> None:
    """People on GitHub can act on it: waiting would not help."""
    code, words = REFUSALS[kind]
    issue = placed(github, bot, Stage.APPROVAL)
    body = {"message": words, "documentation_url": "", "status": str(code)}
    github.fail("GET", r"/pulls/\d+$", code, body=body)
    assert bot.advance().stage is Stage.BLOCKED
    assert words in status(issue)


def test_a_plan_that_could_not_be_published_is_not_paid_for_again(
    github: GitHub, bot: Inside, clock: Clock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A permission that is missing for weeks would have the planner asked each quarter of an hour."""
    bank(github).label("bricklayer", by=github.person("mona"))
    words = {"message": "Resource not accessible by integration", "documentation_url": ""}
    github.fail("POST", "/pulls$", 403, times=2, body={**words, "status": "403"})
    asked: list[str] = []

    def ask(*_args: object, **_more: object) -> WorkResult:
        asked.append("planner")
        return WorkResult(passed=True, text=PLAN)

    monkeypatch.setattr(stage_planning, "ask_planner_for", ask)
    bot.services.queue = HeldQueue()
    for _ in range(2):
        waiting = bot.advance()
        assert (waiting.stage, waiting.outage) == (Stage.PLANNING, "account")
        clock.ahead += MAX_PAUSE_SECONDS
    assert bot.advance().remote.pull
    assert asked == ["planner"]


def test_a_plan_is_not_paid_for_again_after_a_kill(
    github: GitHub, bot: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nor is there a second branch; a job that begins anew has a plan of its own."""
    issue, mona = bank(github), github.person("mona")
    issue.label("bricklayer", by=mona)
    asked: list[str] = []

    def ask(*_args: object, **_more: object) -> WorkResult:
        asked.append("planner")
        return WorkResult(passed=True, text=PLAN)

    def die(*_args: object) -> NoReturn:
        raise KeyboardInterrupt

    monkeypatch.setattr(stage_planning, "ask_planner_for", ask)
    bot.services.queue = HeldQueue()
    with monkeypatch.context() as patch:
        patch.setattr(stage_planning, "_open_draft", die)
        with pytest.raises(KeyboardInterrupt):
            bot.advance()
    assert bot.advance().remote.pull
    assert asked == ["planner"]
    assert bot.ticket.remote.branch == BRANCH
    issue.comment("/cancel", by=mona)
    bot.advance()
    issue.unlabel("bricklayer", by=mona)
    issue.label("bricklayer", by=mona)
    bot.advance()
    assert asked == ["planner"] * 2


@pytest.mark.parametrize("place", [r"/replies$", r"octocat/bank/check-runs$"])
def test_what_an_outage_kept_from_being_said_is_said_after_it(
    github: GitHub, bot: Inside, clock: Clock, place: str
) -> None:
    """A thread is answered once and a check run told once, so neither is given up for a 503."""
    issue = placed(github, bot, Stage.REVIEW)
    pull = pull_of(issue)
    pull.review("comment", github.person("mona"), threads=[("bank.py", 2, "Raise for zero.")])
    begin_outage(github, "down", place)
    for _ in range(2):
        assert bot.advance().outage == "unreachable"
        clock.ahead += 4000
    end_outages(github)
    bot.advance()
    assert not bot.advance().outage
    assert [one.author.login for one in pull.threads[0].comments] == ["mona", "bricklayer[bot]"]
    runs = [run for run in issue.repo.checks.check_runs if run.sha == pull.head_sha]
    assert [run.conclusion for run in runs] == ["success"]
