"""At a cap a job pauses, says which cap and what to do, and goes on where it was."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside, placed
from support.machine import CONFIG, MODELS, bank, pull_of, said, status, whole

from bot.spending import Payer
from bot.storage.calls import CallStore
from bot.ticket.keys import rounds_key
from bot.ticket.model import RemoteState, Ticket
from bot.ticket.stages import Stage
from runners.tickets.advance import advance_ticket

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

SLOW = pytest.mark.slow


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=MODELS) as made:
        yield made


def allow(bot: Inside, **caps: float) -> None:
    settings = bot.services.settings
    spending = settings.spending.model_copy(update=caps)
    bot.services.settings = settings.model_copy(update={"spending": spending})


@pytest.mark.parametrize(
    "cap",
    ["job_tokens", *(pytest.param(f"{x}_tokens", marks=SLOW) for x in ("person_day", "day"))],
)
def test_a_job_at_a_cap_pauses_in_plain_words_and_goes_on_when_there_is_room(
    github: GitHub, bot: Inside, cap: str
) -> None:
    """The planner's call too: nothing is asked, nothing is lost, and `/resume` looks anew."""
    issue = bank(github)
    mona = github.person("mona")
    allow(bot, **{cap: 10_000})
    issue.label("bricklayer", by=mona)
    ticket = bot.advance()
    assert (ticket.stage, ticket.paused) == (Stage.PLANNING, True)
    assert "the cap of 10,000 tokens" in status(issue)
    assert f"`{cap}` under `[spending]`" in status(issue)
    assert "comments `/resume`" in status(issue)
    assert "65,536" in status(issue)
    issue.comment("/resume", by=mona)
    assert bot.advance().paused
    allow(bot, **{cap: 80_000})
    issue.comment("/resume", by=mona)
    ticket = bot.advance()
    assert not ticket.paused
    assert "the cap of" not in status(issue)
    assert ticket.stage in {Stage.CI, Stage.REVIEW}


@SLOW
def test_a_build_at_a_cap_goes_on_with_what_had_passed(github: GitHub, bot: Inside) -> None:
    """The cap is met after the plan was approved, by the first call that builds."""
    issue = bank(github, {".bricklayer.toml": f"{CONFIG}[approval]\nmode = 'always'\n"})
    mona = github.person("mona")
    issue.label("bricklayer", by=mona)
    ticket = bot.advance()
    assert ticket.stage is Stage.APPROVAL
    allow(bot, job_tokens=3000)
    issue.comment(f"/approve {ticket.approval.code}", by=mona)
    ticket = bot.advance()
    assert (ticket.stage, ticket.paused) == (Stage.BUILDING, True)
    assert "the cap of 3,000 tokens" in status(issue)
    allow(bot, job_tokens=50_000)
    issue.comment("/resume", by=mona)
    ticket = bot.advance()
    assert ticket.stage in {Stage.CI, Stage.REVIEW}
    assert [row.outcome for row in ticket.progress.rows] == ["passed", "passed"]


def test_all_that_a_job_asked_is_paid_by_it_and_by_who_labelled_it(
    github: GitHub, bot: Inside
) -> None:
    """Planner and builder together, as the ledger of the job has them."""
    issue = bank(github)
    mona = github.person("mona")
    issue.label("bricklayer", by=mona)
    ticket = bot.advance()
    payer = Payer(ticket.key, str(ticket.where.repo_id), mona.id)
    spent = CallStore(bot.services.tickets.engine).sum_spent(payer, bot.services.now())
    tokens = sum(row.tokens for row in ticket.progress.rows)
    assert {one.tokens for one in spent.values()} == {tokens}
    assert {row.tier for row in ticket.progress.rows} == {"planner", "local"}
    issue.comment("/status", by=mona)
    left = f"leave {20_000_000 - tokens:,} tokens and a cost of 20.00 for this job"
    assert left in bot.ticket.reply  # at once, whatever the job does meanwhile


def test_rounds_of_rework_end_until_a_writer_resumes(github: GitHub, bot: Inside) -> None:
    """Who answers each answer of the bot, an automation perhaps, gets no round after the tenth."""
    issue = placed(github, bot, Stage.REVIEW, rework_rounds=10)
    mona, pull = github.person("mona"), pull_of(issue)
    pull.ready(github.app().bot)
    pull.review("comment", by=mona, threads=[("bank.py", 1, "Reject none.")])
    ticket = bot.advance()
    assert ticket.paused
    assert ticket.progress.rework_rounds == 10
    assert "after 10 rounds of rework" in status(issue)
    assert ticket.was_handled(rounds_key(10))
    issue.comment("/resume", by=mona)
    assert bot.advance().progress.rework_rounds == 11


BAD = "def withdraw(balance, amount):\n    return balance * amount\n"


@SLOW
def test_a_build_at_its_own_limit_pauses_and_each_resume_gives_it_as_much_again(
    github: GitHub, tmp_path: Path
) -> None:
    """`[limits] tokens` of the repository: the first answer uses it up, the second is right."""
    local = said(whole("bank.py", BAD), "fix-withdraw") + MODELS["local"]
    with inside(tmp_path, github, models={**MODELS, "local": local}) as bot:
        issue = bank(github, {".bricklayer.toml": f"{CONFIG}[limits]\ntokens = 100\n"})
        mona = github.person("mona")
        issue.label("bricklayer", by=mona)
        ticket = bot.advance()
        assert (ticket.stage, ticket.paused) == (Stage.BUILDING, True)
        assert "the job's limit of 100 tokens is reached" in status(issue)
        assert "`/resume` goes on where it was, and allows it as much again" in status(issue)
        issue.comment("/resume", by=mona)
        ticket = bot.advance()
        assert ticket.stage in {Stage.CI, Stage.REVIEW}
        assert [row.number for row in ticket.progress.rows if row.tier == "local"] == [1, 2]


def test_a_job_waits_while_too_many_pull_requests_are_open(github: GitHub, bot: Inside) -> None:
    """No model is asked for it; once one is over it begins by itself."""
    issue = bank(github)
    allow(bot, repository_open_pulls=1)
    issue.label("bricklayer", by=github.person("mona"))
    key = bot.ticket.key
    other = Ticket(bot.ticket.where, 900, stage=Stage.REVIEW, remote=RemoteState(pull=901))
    bot.services.tickets.add_ticket(other)

    def look() -> Ticket:
        advance_ticket(bot.services, key)
        return next(each for each in bot.tickets if each.key == key)

    ticket = look()
    assert (ticket.stage, ticket.remote.pull, ticket.paused) == (Stage.PLANNING, 0, False)
    assert 200 < ticket.wake_at - bot.services.now() <= 300
    assert "Waiting for its turn: 1 job is under way" in status(issue)
    assert not ticket.progress.rows
    tickets = bot.services.tickets
    tickets.change_ticket(other.key, lambda found: replace(found, stage=Stage.CANCELLED))
    tickets.change_ticket(key, lambda found: replace(found, wake_at=0.0))
    assert look().remote.pull


@SLOW
def test_a_build_whose_story_is_lost_goes_on_by_the_same_command(
    github: GitHub, tmp_path: Path
) -> None:
    """An issue's job, too: what its lost run spent is in the ticket's ledger, and nothing twice."""
    local = said(whole("bank.py", BAD), "fix-withdraw") + MODELS["local"]
    with inside(tmp_path, github, models={**MODELS, "local": local}) as bot:
        issue = bank(github, {".bricklayer.toml": f"{CONFIG}[limits]\ntokens = 100\n"})
        mona = github.person("mona")
        issue.label("bricklayer", by=mona)
        assert bot.advance().paused
        (story,) = tmp_path.rglob("story.sqlite")
        story.write_bytes(b"no database" * 1000)
        issue.comment("/resume", by=mona)
        ticket = bot.advance()
        assert ticket.stage in {Stage.CI, Stage.REVIEW}
        rows = [row for row in ticket.progress.rows if row.tier == "local"]
        assert [row.outcome for row in rows] == ["check failed", "passed"]
