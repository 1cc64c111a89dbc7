"""The size of a model: by the setting, the parameters, the name, the place, in that order."""

import pytest

from bot.config.tiers import Size, TierSettings
from bot.models.model_size import choose_size, find_size, read_parameters

LOCAL = "http://127.0.0.1:8080/v1"


@pytest.mark.parametrize(
    ("name", "parameters"),
    [
        ("llama-cpp:/models/qwen2.5-coder-1.5b-instruct-q4_k_m.gguf", 1_500_000_000),
        ("ollama:qwen2.5-coder:32b", 32_000_000_000),
        ("Qwen3-Coder-30B-A3B-Instruct", 30_000_000_000),
        ("mixtral-8x7B-instruct", 56_000_000_000),
        ("SmolLM2-360M", 360_000_000),
        ("kimi-k2-1t", 1_000_000_000_000),
        ("gpt-oss-120b", 120_000_000_000),
        ("coder-q4b", 0),
        ("gpt-4o", 0),
        ("8bit-model", 0),
        ("", 0),
    ],
)
def test_a_name_says_how_many_parameters_there_are(name: str, parameters: int) -> None:
    assert read_parameters(name) == parameters


@pytest.mark.parametrize(
    ("parameters", "size"),
    [
        (1, "small"),
        (9_999_999_999, "small"),
        (10_000_000_000, "medium"),
        (59_999_999_999, "medium"),
        (60_000_000_000, "large"),
    ],
)
def test_parameters_have_a_size(parameters: int, size: Size) -> None:
    assert choose_size(parameters) == size


def tier(model: str, **settings: object) -> TierSettings:
    return TierSettings.model_validate({"models": (model,), **settings})


@pytest.mark.parametrize(
    ("settings", "measured", "size"),
    [
        (tier("openai-chat:coder-70b", size="small"), 32_000_000_000, "small"),
        (tier("openai-chat:coder-70b"), 32_000_000_000, "medium"),
        (tier("openai-chat:coder-70b"), 0, "large"),
        (tier("openai-chat:coder", base_url=LOCAL), 0, "small"),
        (tier("anthropic:claude-sonnet-4-5"), 0, "large"),
        (tier("script:replies.md"), 0, "small"),
    ],
)
def test_the_setting_wins_then_what_was_measured_then_the_name_then_the_place(
    settings: TierSettings, measured: int, size: Size
) -> None:
    assert find_size(settings, measured) == size


def test_a_long_hostile_name_is_read_at_once() -> None:
    assert read_parameters("1" * 100_000 + "x" * 100_000) == 0
