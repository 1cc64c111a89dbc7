"""Without any webhook: what the sweep must find on jobs that go on, and on those that ended."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, inside, placed
from support.machine import status
from support.tickets import proposal

from bot.ticket.stages import Stage
from handlers.sweep_tickets import FOLLOWED_SECONDS

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github) as made:
        yield made


def stand(github: GitHub, bot: Inside, stage: Stage, **more: object) -> Issue:
    """A job in that stage, from now on without webhooks; the sweep has seen it so."""
    issue = placed(github, bot, stage, **more)
    github.hook(lambda *_: 202, "nobody-hears-it")
    bot.advance()
    sweep_twice(bot)
    return issue


def sweep_twice(bot: Inside) -> None:
    for _ in range(2):
        bot.woken.clear()
        bot.sweep()
        for _ in set(bot.woken):
            bot.advance()


@pytest.mark.parametrize("stage", [Stage.APPROVAL, Stage.REVIEW, Stage.BLOCKED])
def test_a_label_taken_off_cancels_the_job_and_names_who_did_it(
    github: GitHub, bot: Inside, stage: Stage
) -> None:
    issue = stand(github, bot, stage)
    issue.unlabel("bricklayer", by=github.person("mona"))
    sweep_twice(bot)
    assert bot.ticket.stage is Stage.CANCELLED
    assert "@mona removed the label" in status(issue)


@pytest.mark.parametrize("stage", [Stage.APPROVAL, Stage.REVIEW, Stage.MERGED])
@pytest.mark.parametrize("hook", [True, False])
def test_a_status_comment_that_is_deleted_comes_back(
    github: GitHub, bot: Inside, stage: Stage, hook: bool
) -> None:
    """With the same words, though nothing of the job has changed; nobody else's comment matters."""
    mona = github.person("mona")
    issue = placed(github, bot, stage) if hook else stand(github, bot, stage)
    other = issue.comment("Hm.", by=mona)
    bot.advance()
    sweep_twice(bot)
    said, (ours,) = status(issue), [one for one in issue.comments if one.body == status(issue)]
    bot.woken.clear()
    ours.delete(mona)
    if not hook:
        bot.sweep()
    assert bot.woken
    bot.advance()
    assert status(issue).partition("\n")[2] == said.partition("\n")[2]
    bot.woken.clear()
    other.delete(mona)
    assert not (hook and bot.woken)


def test_a_label_taken_off_by_who_may_not_write_changes_nothing(
    github: GitHub, bot: Inside
) -> None:
    """As its webhook: who may triage only neither starts nor ends a job."""
    issue = stand(github, bot, Stage.REVIEW)
    issue.unlabel("bricklayer", by=github.person("tim", permission="triage"))
    sweep_twice(bot)
    assert bot.ticket.stage is Stage.REVIEW


def test_a_cancelled_job_hears_retry(github: GitHub, bot: Inside) -> None:
    issue = stand(github, bot, Stage.CANCELLED)
    issue.comment("/retry", by=github.person("mona"))
    bot.sweep()
    assert bot.ticket.stage is Stage.BUILDING
    assert "eyes" in {one.content for one in issue.comments[-1].reactions}


def test_a_lesson_ticked_after_the_merge_lands(github: GitHub, bot: Inside) -> None:
    issue = stand(github, bot, Stage.REVIEW, notes=(proposal(),))
    issue.repo.pulls[0].ready(github.person("mona"))
    issue.repo.pulls[0].merge(by=github.person("mona"))
    sweep_twice(bot)
    assert bot.ticket.stage is Stage.MERGED
    issue.comments[0].tick(1, by=github.person("mona"))
    sweep_twice(bot)
    assert "proposed in #" in status(issue)
    assert issue.repo.git.sha("bricklayer/coaching-1")


def test_what_was_closed_and_opened_again_goes_on(github: GitHub, bot: Inside) -> None:
    issue = stand(github, bot, Stage.REVIEW)
    [pull] = issue.repo.pulls
    for close, reopen in ((pull.close, pull.reopen), (issue.close, issue.reopen)):
        close(github.person("mona"))
        sweep_twice(bot)
        assert bot.ticket.stage is Stage.CLOSED
        reopen(github.person("mona"))
        bot.sweep()
        assert bot.ticket.stage is Stage.CI


def test_a_merge_of_what_was_cancelled_is_a_merge(github: GitHub, bot: Inside) -> None:
    issue = stand(github, bot, Stage.CANCELLED)
    issue.repo.pulls[0].ready(github.person("mona"))
    issue.repo.pulls[0].merge(by=github.person("mona"))
    sweep_twice(bot)
    assert bot.ticket.stage is Stage.MERGED


def test_a_command_is_obeyed_once_however_often_it_is_found(github: GitHub, bot: Inside) -> None:
    """By the sweep, and by its webhook that comes late."""
    issue = stand(github, bot, Stage.REVIEW)
    issue.comment("/note Amounts are whole cents.", by=github.person("mona"))
    sweep_twice(bot)
    late = github.hooks.last("issue_comment", "created")
    bot.hear(late.headers, late.body)
    assert len(bot.ticket.notes) == 1
    assert len(issue.comments[-1].reactions) == 1


def test_after_two_weeks_nothing_is_asked_about_a_job_that_ended(
    github: GitHub, bot: Inside
) -> None:
    stand(github, bot, Stage.CANCELLED)
    github.clock.advance(int(FOLLOWED_SECONDS) + 60)
    bot.sweep()
    before = len(github.calls)
    bot.sweep()
    assert [one.path for one in github.calls[before:]] == ["/repos/octocat/bank/issues"]


def test_a_quiet_job_at_a_gate_costs_no_counted_call(github: GitHub, bot: Inside) -> None:
    stand(github, bot, Stage.APPROVAL)
    sweep_twice(bot)
    before = len(github.calls)
    sweep_twice(bot)
    assert {one.status for one in github.calls[before:]} == {304}
    assert not bot.woken
