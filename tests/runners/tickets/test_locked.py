"""A conversation that is locked: nothing that the bot owes there is lost, or keeps the job waiting."""

import logging
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import status
from support.reviewing import under_review

from bot.github.webhooks import NOBODY, Where
from bot.ticket.hidden_line import parse_hidden_line
from bot.ticket.model import FOREVER
from bot.ticket.stages import Stage
from bot.ticket.stored_form import from_stored

LOST = {"where": Where(), "issue": 1, "asker": NOBODY}
"""What the hidden line does not tell in the stored form."""


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github) as made:
        yield made


def ours(github: GitHub, bodies: list[tuple[str, str]]) -> list[str]:
    return [body for login, body in bodies if login == github.app().bot.login]


@pytest.mark.slow
def test_answers_on_a_locked_pull_request_stand_in_the_status_comment_until_it_is_unlocked(
    github: GitHub, bot: Inside, caplog: pytest.LogCaptureFixture
) -> None:
    """Of commands as of threads; then they are posted where they were asked for, once each."""
    mona = github.person("mona")
    issue, pull = under_review(github, bot)
    pull.review("comment", by=mona, threads=[("bank.py", 2, "Why is that?")])
    pull.lock(mona)
    pull.comment("/status", by=mona)
    with caplog.at_level(logging.WARNING):
        bot.advance()
    assert "Unable to create comment because issue is locked" in caplog.text
    assert bot.ticket.stage is Stage.REVIEW
    assert f"does not let me post this on #{pull.number}" in status(issue)
    assert "ready for review" in status(issue)
    assert len(bot.ticket.outbox) == 2
    assert len(from_stored(parse_hidden_line(status(issue)) | LOST).outbox) == 2
    said = lambda: (  # noqa: E731
        ours(github, [(one.author.login, one.body) for one in pull.comments]),
        ours(github, [(one.author.login, one.body) for one in pull.line_comments]),
    )
    assert said() == ([], [])
    pull.lock(mona, locked=False)
    bot.advance()
    bot.advance()
    assert [len(one) for one in said()] == [1, 1]
    assert "does not let me post" not in status(issue)
    assert not bot.ticket.outbox


@pytest.mark.parametrize("may_edit", [True, False])
def test_a_job_whose_issue_is_locked_goes_on_and_calls_people_on_the_pull_request(
    github: GitHub, bot: Inside, may_edit: bool
) -> None:
    """Whether or not GitHub takes edits there; the check run tells where the job is."""
    mona = github.person("mona")
    issue, pull = under_review(github, bot, stage=Stage.APPROVAL)
    issue.lock(mona)
    if not may_edit:
        words = {"message": "Unable to edit comment because issue is locked.", "status": "403"}
        github.fail("PATCH", r"/issues/comments/\d+$", 403, 99, body=words)
    assert bot.advance().wake_at == FOREVER
    assert not status(issue)
    called = ours(github, [(one.author.login, one.body) for one in pull.comments])
    assert ["@mona" in one for one in called] == [True]
    assert [one.method for one in github.calls if one.path.endswith("/check-runs")]
    issue.lock(mona, locked=False)
    bot.advance()
    assert "approval required" in status(issue)
    assert len(pull.comments) == 1
