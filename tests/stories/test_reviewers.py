"""A reviewer's suggestion and words go through the real engine, and both are answered in words."""

from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import inside
from support.machine import KIND, MODELS, pull_of, said, status, whole
from support.reviewing import under_review

from bot.plan import peek_job
from bot.ticket.stages import Stage
from runners.tickets.stage_review import watch_review

pytestmark = pytest.mark.slow

SUGGESTED = "def withdraw(balance, amount):\n    return -amount + balance\n"


def test_a_suggestion_is_committed_without_a_model_and_a_red_one_is_refused_in_its_thread(
    github: GitHub, tmp_path: Path
) -> None:
    """What asks for more goes to a model; words on the pull request are answered there."""
    models = {**MODELS, "local": said(whole("bank.py", KIND), "/A reviewer wrote/")}
    with inside(tmp_path, github, models=models) as bot:
        issue, pull = under_review(github, bot)
        github.ci_on("octocat/bank")
        mona = github.person("mona")
        block = "```suggestion\n    return -amount + balance\n```"
        pull.review("comment", by=mona, threads=[("bank.py", 2, block)])
        assert bot.advance().stage is Stage.CI, status(issue)
        assert issue.repo.git.read(pull.head_sha, "bank.py") == SUGGESTED.encode()
        answer = pull.threads[0].comments[-1].body
        assert "Your suggestion is laid as it stands: `bank.py` (line 2)" in answer
        assert pull.head_sha in answer
        assert [row.tier for row in bot.ticket.progress.rows] == ["manifest"]

        bot.services.tickets.change_ticket(bot.ticket.key, lambda one: one.move_to(Stage.REVIEW))
        pull.comment("@bricklayer reject amounts below one in bank.py", by=mona)
        assert bot.advance().stage is Stage.CI, status(issue)
        assert issue.repo.git.read(pull.head_sha, "bank.py") == KIND.encode()
        answers = [c.body for c in pull.comments if "Changed `bank.py`" in c.body]
        assert len(answers) == 1

        bot.services.tickets.change_ticket(bot.ticket.key, lambda one: one.move_to(Stage.REVIEW))
        block = "```suggestion\n    return balance + amount\n```"
        pull.review("comment", by=mona, threads=[("bank.py", 4, block)])
        head = pull.head_sha
        assert bot.advance().stage is Stage.CI, status(issue)
        assert pull.head_sha == head
        assert issue.repo.git.read(pull.head_sha, "bank.py") == KIND.encode()
        refused = pull.threads[-1].comments[-1].body
        assert "Your suggestion is not on the branch" in refused
        assert "No model was asked" in refused
        assert pull_of(issue) is pull
        bot.services.tickets.change_ticket(bot.ticket.key, lambda one: one.move_to(Stage.REVIEW))
        pull.threads[-1].reply("Then raise an error that says the amount.", by=mona)
        ticket = watch_review(bot.services, bot.ticket)
        assert ticket.progress.round
        (task,) = peek_job(ticket.progress.round.text).tasks
        assert "return balance + amount" in task.text.partition("Then raise an error")[2]
