import re

import pytest

from bot.config.machine import parse_settings
from bot.config.tiers import Sampling, TierSettings
from bot.errors import UserError

TIER = '[tiers.local]\nmodels = ["openai-chat:q"]\n'


def local(more: str) -> TierSettings:
    return parse_settings(TIER + more).tiers["local"]


def test_three_budgets_and_what_goes_with_each_request() -> None:
    """Room for the answer, room for thought and the border of whole files are three settings."""
    tier = local(
        "answer = 4096\nthinking = 2048\nwhole_file = 1500\ncontext = 16384\n"
        "sampling = {temperature = 0.6, top_k = 20}\n"
        "extra = {chat_template_kwargs = {enable_thinking = false}, id_slot = 1}\n"
    )
    assert (tier.answer, tier.thinking, tier.whole_file) == (4096, 2048, 1500)
    assert tier.sampling == Sampling(temperature=0.6, top_k=20)
    assert tier.extra == {"chat_template_kwargs": {"enable_thinking": False}, "id_slot": 1}
    assert local("").thinking == "auto"
    assert local('thinking = "off"').thinking == "off"


@pytest.mark.parametrize(
    ("more", "what"),
    [
        ("reply = 2048", "Use `answer`."),
        ('thinking = "2048"', "a number of tokens without quotes, at least 64; not '2048'"),
        ('thinking = "high"', 'local.thinking: must be "off", "auto" or a number of tokens'),
        ("thinking = true", '"off", "auto" or a number of tokens without quotes'),
        ("thinking = 0", '"off", "auto" or a number of tokens without quotes'),
        ("thinking = [1]", '"off", "auto" or a number of tokens without quotes'),
        ("answer = 4096\nthinking = 4096", "answer = 4096, thinking = 4096 and context = 8192"),
        ("extra = {max_tokens = 5}", "max_tokens has a setting of its own: `answer`"),
        ("extra = {min_p = 0.1}", "min_p has a setting of its own: `sampling`"),
        ("extra = {stream = false}", "stream is set by the program itself: take it out"),
        ("extra = {day = 2026-01-01}", "extra.day"),
        ("sampling = {temprature = 1}", "Did you mean temperature?"),
        ('[[lanes]]\nname = "b"\nbase_url = "http://h/v1"', "name the first server there"),
    ],
)
def test_a_setting_that_cannot_be(more: str, what: str) -> None:
    """A setting that is gone, misspelt, out of bounds or another's is an error that names the fix."""
    with pytest.raises(UserError) as raised:
        local(more)
    assert re.search(re.escape(what), f"{raised.value.what} {raised.value.hint}")


def test_a_cap_of_a_model_that_no_tier_has_is_told() -> None:
    """It would cap nothing, and nobody would notice before the bill."""
    caps = '[spending.models."cli:cluade"]\nday_tokens = 1\n'
    tiers = '[tiers.planner]\nmodels = ["cli:claude", "cli:codex"]\n'
    with pytest.raises(
        UserError, match=r"no tier has a model of that name\n  Did you mean `cli:cl"
    ):
        parse_settings(caps + tiers)
    assert parse_settings(caps.replace("cluade", "codex") + tiers).spending.models


def test_agent_mode_is_for_models_that_do_tasks() -> None:
    """A CLI is an agent already, and planner and reviewer do no task: the setting would do nothing."""
    assert local('mode = "agent"').mode == "agent"
    with pytest.raises(UserError, match="cli:codex is none: leave `mode` out"):
        parse_settings('[tiers.local]\nmodels = ["cli:codex"]\nmode = "agent"\n')
    with pytest.raises(UserError, match="mode is for tiers that do tasks: local, senior"):
        parse_settings('[tiers.planner]\nmodels = ["openai-chat:q"]\nmode = "agent"\n')
