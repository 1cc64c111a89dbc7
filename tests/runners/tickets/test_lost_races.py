"""What GitHub does not know, or not any more, stops no job whose issue is there."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, built, inside
from support.machine import KIND, MODELS, pull_of, status

from bot.ticket.model import FOREVER
from bot.ticket.stages import Stage

# Whole jobs, several in a test: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=dict(MODELS)) as made:
        yield made


def reviewable(github: GitHub, bot: Inside) -> Issue:
    issue = built(github, bot)
    bot.services.tickets.change_ticket(bot.ticket.key, lambda one: one.move_to(Stage.REVIEW))
    return issue


def test_a_thread_that_is_deleted_before_it_is_answered_is_no_fault(
    github: GitHub, bot: Inside
) -> None:
    issue = reviewable(github, bot)
    pull = pull_of(issue)
    pull.review("comment", by=github.person("mona"), threads=[("bank.py", 1, "Reject none.")])
    github.fail("POST", "/replies$", 404, times=9)
    github.fail("GET", r"/pulls/comments/\d+$", 404, times=9)
    assert bot.advance().stage is Stage.CI, status(issue)
    assert issue.repo.git.read(pull.head_sha, "bank.py") == KIND.encode()


def test_the_branch_says_what_its_head_is_and_not_the_api(github: GitHub, bot: Inside) -> None:
    """The API may tell of a head from before our push, or of one that nobody pushed."""
    issue = reviewable(github, bot)
    pull = pull_of(issue)
    ours = pull.head_sha
    for stale in (bot.ticket.remote.plan_commit, "f" * 40):
        pull.head_sha = stale
        ticket = bot.advance()
        assert (ticket.paused, ticket.remote.head) == (False, ours)
    pull.head_sha = ours
    stranger = github.person("stranger", permission="write")
    theirs = issue.repo.push(pull.head_ref, {"x.py": "x = 1\n"}, by=stranger)
    stranger.role = "read"
    ticket = bot.advance()
    assert (ticket.paused, ticket.remote.pushed_head, ticket.remote.head) == (True, theirs, ours)


def test_what_is_missing_is_told_where_the_issue_is_there(github: GitHub, bot: Inside) -> None:
    """Where the issue is not there either, nobody can be told, and nothing is asked again."""
    issue = reviewable(github, bot)
    key = bot.ticket.key
    github.fail("GET", r"/pulls/\d+$", 404, times=1)
    assert bot.advance().stage is Stage.BLOCKED
    assert "pulls/2" in status(issue)
    bot.services.tickets.change_ticket(
        key, lambda one: replace(one, stage=Stage.REVIEW, wake_at=0.0)
    )
    github.fail("*", r"octocat/bank(/|$)", 404, times=99)
    ticket = bot.advance()
    assert (ticket.stage, ticket.wake_at) == (Stage.REVIEW, FOREVER)
