"""What the doctor asks of a model is paid for as any call is."""

from pathlib import Path

import pytest
from fake_models.server import ModelServer

from bot.config.machine import Settings
from bot.storage.calls import read_spent_today
from bot.storage.database import sqlite_url
from runners.doctor.finding import Finding
from runners.doctor.machine import examine_models


def ask(server: ModelServer, state: Path, day_tokens: int) -> Finding:
    tier = {"models": ["openai-chat:scripted"], "base_url": server.url, "price_in": 1.0}
    caps = {"day_tokens": day_tokens}
    fields = {"tiers": {"local": tier}, "state_dir": str(state), "spending": caps}
    found = examine_models(Settings.model_validate(fields), ask=True)
    return next(
        each for each in found if "openai-chat:scripted" in each.what and "has it" not in each.what
    )


@pytest.mark.slow
def test_a_question_counts_for_the_day(model_server: ModelServer, tmp_path: Path) -> None:
    found = ask(model_server, tmp_path / "state", 1_000_000)
    assert (found.good, len(model_server.requests)) == (True, 1), found
    spent = read_spent_today(sqlite_url(tmp_path / "state"))
    assert spent.tokens > 0
    assert spent.cost > 0


def test_at_a_cap_no_model_is_asked(model_server: ModelServer, tmp_path: Path) -> None:
    """The finding names the cap and what raises it."""
    found = ask(model_server, tmp_path / "state", 10)
    assert (found.good, model_server.requests) == (False, [])
    assert "cap of 10 tokens" in found.what
    assert "day_tokens" in found.hint
