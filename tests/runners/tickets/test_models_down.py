"""Models that do not answer, or refuse this machine, are waited for: nobody on GitHub can help it."""

import datetime as dt
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import CONFIG, MODELS, bank, status

from bot.config.machine import Tier, TierSettings
from bot.github.errors import MAX_PAUSE_SECONDS, MIN_PAUSE_SECONDS
from bot.ticket.stages import Stage
from runners.model_outages import AWAITED_SINCE
from runners.progress import ProgressEvent
from runners.tickets.await_models import tell_awaited_models

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow
NOBODY = {
    "models": ("openai-chat:x",),
    "base_url": "http://127.0.0.1:9/v1",
    "retries": 0,
    "wait": 0,
}


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=MODELS) as made:
        yield made


def replace_tier(bot: Inside, name: Tier, tier: TierSettings | None) -> TierSettings | None:
    """The tier there was before."""
    settings = bot.services.settings
    before = settings.tiers.get(name)
    tiers = {**settings.tiers, **({name: tier} if tier else {})}
    bot.services.settings = settings.model_copy(update={"tiers": tiers})
    return before


def test_a_planner_that_is_down_is_waited_for_and_its_job_goes_on(
    github: GitHub, bot: Inside, caplog: pytest.LogCaptureFixture
) -> None:
    """The page says so in plain words, and the operator's log has the address and what to do."""
    issue = bank(github)
    planner = replace_tier(
        bot, "planner", TierSettings.model_validate({**NOBODY, "context": 65536})
    )
    issue.label("bricklayer", by=github.person("mona"))
    ticket = bot.advance()
    assert (ticket.stage, ticket.outage, ticket.paused) == (Stage.PLANNING, "models", False)
    now = bot.services.now()
    assert MIN_PAUSE_SECONDS - 5 <= ticket.wake_at - now <= MAX_PAUSE_SECONDS
    assert "my models do not answer; whoever runs me has been told. I continue" in status(issue)
    assert "127.0.0.1" not in status(issue)
    assert "127.0.0.1:9 did not answer" in caplog.text
    replace_tier(bot, "planner", planner)
    ticket = bot.advance()
    assert not ticket.outage
    assert ticket.remote.pull
    assert "my models" not in status(issue)


def test_a_build_goes_on_where_its_model_went_down(github: GitHub, bot: Inside) -> None:
    """No attempt was counted, and the senior was not asked in its place."""
    issue = bank(github, {".bricklayer.toml": f"{CONFIG}[approval]\nmode = 'always'\n"})
    mona = github.person("mona")
    issue.label("bricklayer", by=mona)
    ticket = bot.advance()
    local = replace_tier(bot, "local", TierSettings.model_validate(NOBODY))
    issue.comment(f"/approve {ticket.approval.code}", by=mona)
    ticket = bot.advance()
    assert (ticket.stage, ticket.outage) == (Stage.BUILDING, "models")
    replace_tier(bot, "local", local)
    ticket = bot.advance()
    assert not ticket.outage
    assert ticket.stage in {Stage.CI, Stage.REVIEW}
    assert {row.tier for row in ticket.progress.rows} <= {"planner", "manifest", "local"}


def test_a_job_sleeps_until_its_providers_quota_is_free_again(
    github: GitHub, bot: Inside, tmp_path: Path
) -> None:
    """It holds nothing meanwhile, and its page says when it asks again."""
    issue = bank(github)
    spent = tmp_path / "spent.md"
    spent.write_text("## reply: *, fail 429, wait 3600\n")
    planner = replace_tier(
        bot, "planner", TierSettings(models=(f"script:{spent}",), context=65536, retries=0)
    )
    issue.label("bricklayer", by=github.person("mona"))
    ticket = bot.advance()
    assert (ticket.stage, ticket.outage) == (Stage.PLANNING, "models")
    assert 3500 <= ticket.wake_at - bot.services.now() <= 3600
    assert "I ask again at" in status(issue)
    replace_tier(bot, "planner", planner)
    assert bot.advance().remote.pull


def test_while_work_waits_for_a_model_the_page_says_since_when(github: GitHub, bot: Inside) -> None:
    """Not only once it has given up; and not any more once the model answers."""
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    ticket = bot.advance()
    since = bot.services.now() - 600

    def tell(fact: float) -> None:
        event = ProgressEvent("job", "", facts={AWAITED_SINCE: fact})
        tell_awaited_models(bot.services, ticket.key, event)

    tell(since)
    told = dt.datetime.fromtimestamp(since, dt.UTC)
    assert f"Waiting since {told:%Y-%m-%d %H:%M} UTC: my models do not answer" in status(issue)
    tell(0.0)
    assert "my models" not in status(issue)
