"""Published incidents in which bots talked on and on, and somebody was sent the bill.

The defences, each of which was taken away once to see its test fail: `_sender_can_write` in
`handlers/dispatch.py` and `decide_words` in `handlers/word_decisions.py`, by which a bot's words,
its own too, are neither followed nor refused in words; `pause_after_rounds` in
`bot/ticket/rework_limit.py`; `require_below_caps` in `bot/spending.py`, with the caps that there are without any setting.
"""

import contextlib
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, placed
from support.machine import pull_of, status

from bot.config.machine import SpendingCaps
from bot.config.tiers import TierSettings
from bot.models.model import Prompt
from bot.spending import Payer, SpendingCapError, Spent
from bot.storage.calls import open_call_store
from bot.ticket.stages import Stage
from runners.spending import Meter

PAUSED = "Comment `/resume` to go on, or `/cancel` to end the job.\n\n/cancel"


@pytest.mark.slow
def test_claude_code_action_1445_a_bot_is_called_by_its_own_answer(
    github: GitHub, bot: Inside
) -> None:
    """Its answers, and other bots' that quoted it, held the word that starts it: $140 in six hours.

    https://github.com/anthropics/claude-code-action/issues/1445
    """
    issue = placed(github, bot, Stage.REVIEW)
    bot.advance()
    before, said = bot.ticket, len(issue.comments) + len(pull_of(issue).comments)
    own, other = github.app().bot, github.bot("coderabbitai", permission="write")
    pull = pull_of(issue)
    for by in (own, other):
        for words in (PAUSED, f"@{own.login[:-5]} please fix this"):
            issue.comment(words, by=by)
            pull.comment(words, by=by)
    pull.review("comment", by=other, threads=[("bank.py", 1, "Please rename it.")])
    assert bot.ticket == before
    after = bot.advance()
    assert (after.stage, after.progress.rework_rounds, after.reply) == (Stage.REVIEW, 0, "")
    assert len(issue.comments) + len(pull.comments) == said + 2 * 2 * 2


@pytest.mark.slow
def test_codex_37964_two_bots_answer_each_other_for_ever(github: GitHub, bot: Inside) -> None:
    """Codex and Claude Code, both called to one review, went on answering each other's answers.

    https://github.com/openai/codex/issues/37964 The other one here is a person's account that may
    write, as which an automation with a token of that person speaks.
    """
    issue = placed(github, bot, Stage.REVIEW, rework_rounds=10)
    pull = pull_of(issue)
    pull.ready(github.app().bot)
    pull.comment(f"@{github.app().bot.login[:-5]} reject zero, too.", by=github.person("mona"))
    ticket = bot.advance()
    assert (ticket.paused, ticket.progress.rework_rounds) == (True, 10)
    assert "after 10 rounds of rework" in status(issue)


def test_the_47000_dollar_loop_2025_11_two_agents_ask_each_other_for_eleven_days(
    tmp_path: Path,
) -> None:
    """Two agents of a research tool asked each other on, each call a good one, with no cap at all.

    https://techstartups.com/2025/11/14/ai-agents-horror-stories-how-a-47000-failure-exposed-the-hype-and-hidden-risks-of-multi-agent-systems/
    """
    tier = TierSettings(
        models=("x:y",), context=200_000, answer=8192, price_in=30.0, price_out=150.0
    )
    prompt = Prompt("", "Please clarify.", reply=8192, task="ask", attempt=1)
    store = open_call_store(f"sqlite:///{tmp_path / 'calls.sqlite'}")
    caps, bills = SpendingCaps(), []
    for job in ("1#1", "1#2", "1#3", "2#4", "2#5", "2#6", "2#7"):
        meter = Meter(store, caps, Payer(job, job[0], person=int(job[2])), lambda: 86_400.0 * 9)
        bills.append(0.0)
        with contextlib.suppress(SpendingCapError):
            for _ in range(100):
                meter.end_call(meter.begin_call("planner", tier, prompt), Spent(190_000, 6.0))
                bills[-1] += 6.0
    assert 0 < max(bills) <= caps.job_cost
    assert sum(bills) <= caps.day_cost
