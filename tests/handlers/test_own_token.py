"""A bot that speaks with a person's own token: that person is heard, and the bot is not."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import SECRET, Inside
from support.machine import KIND, MODELS, bank, pull_of, said, until

from bot.config.machine import parse_settings
from bot.github.account import Account
from bot.ticket.stages import Stage
from runners.tickets.services import open_services

REMARK = "bank.py:2: it takes what is not there."


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    mona = github.person("mona", permission="write")
    token = tmp_path / "token"
    token.write_text(github.token(mona))
    lines = [f'state_dir = "{tmp_path / "state"}"', "[github]", f'api_url = "{github.api_url}"']
    lines += [f'token_file = "{token}"', 'repos = ["octocat/bank"]']
    for tier, text in {**MODELS, "reviewer": said(REMARK, "*")}.items():
        (tmp_path / f"{tier}.md").write_text(text)
        lines += [f"[tiers.{tier}]", f'models = ["script:{tmp_path / tier}.md"]']
    chosen = parse_settings("\n".join(lines))
    made = Inside(
        open_services(chosen, Account(chosen.github, {"BRICKLAYER_WEBHOOK_SECRET": SECRET}))
    )
    made.services.wake = made.woken.append
    github.hook(made.hear, SECRET)
    yield made
    made.services.stop_all()


@pytest.mark.slow
def test_its_owner_commands_ticks_and_reviews_and_the_bot_does_none_of_that(
    github: GitHub, bot: Inside
) -> None:
    """Told apart by the sign in what the bot says: its own remarks and edits are nobody's wish."""
    issue = bank(github)
    mona = github.person("mona")
    github.ci_on("octocat/bank")
    issue.label("bricklayer", by=mona)
    assert bot.advance().stage is Stage.CI
    issue.comment("/pause", by=mona)
    assert bot.advance().paused
    issue.comment("/resume", by=mona)
    assert not bot.advance().paused

    pull = pull_of(issue)
    github.ci(pull.head_sha, "green")
    until(lambda: bot.advance().stage is Stage.REVIEW, lambda: bot.ticket.why)
    (remark,) = pull.line_comments
    assert REMARK.partition(": ")[2] in remark.body
    assert bot.advance().progress.rework_rounds == 0

    pull.review("comment", by=mona, threads=[("bank.py", 1, "Reject none.")])
    ticket = bot.advance()
    assert (ticket.stage, ticket.progress.rework_rounds) == (Stage.CI, 1)
    assert issue.repo.git.read(pull.head_sha, "bank.py") == KIND.encode()
    (ours,) = [c for c in issue.comments if "- [ ] " in c.body]
    ours.tick(1, by=mona)
    assert [note.state for note in bot.advance().notes] == ["accepted"]
