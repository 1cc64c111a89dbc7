"""A job that a writer, a cap or a stranger's push has paused is not resumed by its issue's author."""

from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import inside, placed
from support.machine import headline, status

from bot.ticket.stages import Stage

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


def test_an_issue_closed_and_reopened_by_its_author_stays_paused(
    github: GitHub, tmp_path: Path
) -> None:
    """Who wrote an issue may do both, without any right to write."""
    with inside(tmp_path, github) as bot:
        issue = placed(github, bot, Stage.CI)
        github.ci_on("octocat/bank")
        author, mona = github.person("hubot-fan"), github.person("mona")
        issue.comment("/pause", by=mona)
        assert bot.advance().paused
        for _ in range(2):
            issue.close(by=author)
            assert bot.advance().stage is Stage.CLOSED
            assert headline(issue) == "closed"
            issue.reopen(by=author)
            ticket = bot.advance()
            assert (ticket.stage, ticket.paused, headline(issue)) == (Stage.CI, True, "paused")
            assert "`/resume`" in status(issue)
        issue.comment("/resume", by=mona)
        assert not bot.advance().paused
        issue.close(by=author)
        bot.advance()
        issue.reopen(by=author)
        assert not bot.advance().paused
