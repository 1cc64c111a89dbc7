"""The reviewer tier reads a green pull request: what it proves is worked in, the rest is shown."""

from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.issues import react
from fake_github.pulls import Pull
from fake_github.world import GitHub
from support.in_process import Clock, Inside, inside
from support.machine import CONFIG, GOOD, KIND, MODELS, said, status, whole
from support.reviewing import under_review

from bot.ticket.model import Ticket
from bot.ticket.stages import Stage

pytestmark = pytest.mark.slow

# On a machine that is busy with all other tests, too.
PATIENT = CONFIG.replace("timeout = 20", "timeout = 200")
TEST = """\
import unittest

from bank import withdraw


class Amounts(unittest.TestCase):
    def test_no_amount_below_one(self):
        with self.assertRaises(ValueError):
            withdraw(5, -2)
"""
ANSWER = f"""\
bank.py:2: a negative amount is paid in. Ask @mona, <b>now</b>.
PROOF: withdraw(5, -2) must raise
```python file=test_amounts.py
{TEST}```

bank.py:99: the balance may be None
PROOF: withdraw(None, 1) raises a TypeError
ghost.py:3: no such file
"""


def turn_green(github: GitHub, bot: Inside, pull: Pull) -> Ticket:
    """CI of the present head has ended well, and all that is late has had its time."""
    github.ci(pull.head_sha, "green")
    assert isinstance(bot.services.now, Clock)
    bot.services.now.ahead += 60
    while (ticket := bot.advance()).why.startswith("Waiting for CI"):
        bot.services.now.ahead += 60
    return ticket


def test_a_fault_that_a_test_proves_becomes_a_task_and_the_others_are_for_people(
    github: GitHub, tmp_path: Path
) -> None:
    """A person's word on a finding is counted by model; nobody else's is."""
    clock = Clock()
    models = {**MODELS, "reviewer": said(ANSWER, "review")}
    models["local"] = said(whole("bank.py", KIND), "/A reviewer wrote/")
    with inside(tmp_path, github, models=models, clock=clock, patient=False) as bot:
        issue, pull = under_review(github, bot, stage=Stage.CI, config=PATIENT)
        head = pull.head_sha
        ticket = turn_green(github, bot, pull)
        proved, shown = ticket.findings
        assert (proved.proof_state, shown.proof_state) == ("reproduced", "none"), [
            thread.comments[0].body for thread in pull.threads
        ]
        assert (proved.line, shown.line) == (2, 2)
        comments = [thread.comments[0].body for thread in pull.threads]
        assert "is red with its test, twice" in comments[0]
        assert "@mona" not in comments[0]
        assert "<b>" not in comments[0]
        assert "named line 99" in comments[1]
        review = pull.reviews[0].body
        assert "has 2 remarks" in review
        assert "1 remark names no file of this diff" in review

        assert pull.head_sha != head, status(issue)
        assert issue.repo.git.read(pull.head_sha, "bank.py") == KIND.encode()
        assert issue.repo.git.read(pull.head_sha, "test_amounts.py") == TEST.encode()
        answer = pull.threads[0].comments[-1].body
        assert "Settled in" in answer
        assert "`test test_amounts.py` is green" in answer
        assert proved.follow_up == "settled"
        assert "2 remarks repeat what it said" in pull.reviews[-1].body

        mona, stranger = github.person("mona"), github.person("stranger")
        bot.services.tickets.change_ticket(ticket.key, lambda one: replace(one, wake_at=0))
        react(issue.repo, pull.threads[0].comments[0], "+1", mona)
        pull.threads[1].reply("/confirm", by=stranger)
        pull.threads[1].reply("That is by design, the balance is checked before.", by=mona)
        ticket = bot.advance()
        assert [(one.verdict, one.by) for one in ticket.findings] == [
            ("confirmed", "mona"),
            ("dismissed", "mona"),
        ]
        assert ticket.stage is Stage.REVIEW


def test_a_finding_that_no_model_settles_keeps_nothing_from_people(
    github: GitHub, tmp_path: Path
) -> None:
    """The branch is as it was, its thread says why, and the pull request is ready for review."""
    clock = Clock()
    models = {**MODELS, "reviewer": said(ANSWER, "review")}
    models["local"] = said(whole("bank.py", GOOD), "/A reviewer wrote/")
    with inside(tmp_path, github, models=models, clock=clock, patient=False) as bot:
        issue, pull = under_review(github, bot, stage=Stage.CI, config=PATIENT)
        head = pull.head_sha
        ticket = turn_green(github, bot, pull)
        assert ticket.stage is Stage.REVIEW, status(issue)
        assert pull.head_sha == head
        assert bot.services.open_mirror(ticket).repo.branch_head(ticket.remote.branch) == head
        assert ticket.findings[0].follow_up == "not settled"
        assert "No model of this machine could settle this" in pull.threads[0].comments[-1].body
        assert not pull.draft
