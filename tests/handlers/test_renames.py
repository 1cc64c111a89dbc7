"""A repository that is renamed or transferred, and an issue that is transferred, in mid-job."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside, placed
from support.machine import status

from bot.ticket.stages import Stage

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github) as made:
        yield made


def sweep_and_advance(bot: Inside) -> None:
    bot.woken.clear()
    bot.sweep()
    for _ in set(bot.woken):
        bot.advance()


@pytest.mark.parametrize("way", ["webhook", "sweep", "look"])
@pytest.mark.parametrize("how", ["rename", "transfer"])
def test_a_job_follows_its_repository_to_its_new_name(
    github: GitHub, bot: Inside, how: str, way: str
) -> None:
    """One job, one comment, whoever tells of it first; its folder stays."""
    issue = placed(github, bot, Stage.REVIEW)
    bot.advance()
    bot.sweep()
    folder = bot.services.ticket_folder(bot.ticket)
    if way != "webhook":
        github.hook(lambda *_: 202, "nobody-hears-it")
    if how == "rename":
        issue.repo.rename("ledger")
    else:
        hubot = github.person("hubot")
        github.app().install("hubot")
        issue.repo.transfer(hubot)
    if way == "sweep":
        bot.services.account.forget_repos()
        sweep_and_advance(bot)
    elif way == "look":
        bot.advance()
    assert bot.ticket.where.repo == issue.repo.full_name
    sweep_and_advance(bot)
    issue.comment("/cancel", by=github.person("mona"))
    sweep_and_advance(bot)
    assert bot.ticket.stage is Stage.CANCELLED
    assert "@mona cancelled the job" in status(issue)
    assert bot.services.ticket_folder(bot.ticket) == folder


def test_a_delivery_from_before_the_rename_moves_nothing_back(github: GitHub, bot: Inside) -> None:
    issue = placed(github, bot, Stage.REVIEW)
    issue.comment("hello", by=github.person("mona"))
    late = github.hooks.last("issue_comment", "created")
    issue.repo.rename("ledger")
    bot.hear(late.headers, late.body)
    assert bot.ticket.where.repo == "octocat/ledger"


@pytest.mark.parametrize("hears", [True, False], ids=["webhook", "sweep"])
def test_a_job_whose_issue_was_transferred_ends_and_its_pull_request_is_told(
    github: GitHub, bot: Inside, hears: bool
) -> None:
    """The issue is not followed into the other repository, where nobody has asked for anything."""
    issue = placed(github, bot, Stage.REVIEW)
    bot.advance()
    for _ in range(2):
        sweep_and_advance(bot)
    [pull] = issue.repo.pulls
    here, other = issue.repo, github.repo("octocat/other")
    if not hears:
        github.hook(lambda *_: 202, "nobody-hears-it")
    before = issue.comments[0].body
    issue.transfer(other, github.person("mona"))
    if hears:
        bot.advance()
    else:
        sweep_and_advance(bot)
    assert bot.ticket.stage is Stage.CLOSED
    assert "transferred to another repository" in pull.comments[-1].body
    ours = [one for one in here.checks.check_runs if one.name == "bricklayer"]
    assert [one.status for one in ours if one.sha == pull.head_sha] == ["completed"]
    assert issue.comments[0].body == before
    sweep_and_advance(bot)
    assert sum("transferred" in one.body for one in pull.comments) == 1
