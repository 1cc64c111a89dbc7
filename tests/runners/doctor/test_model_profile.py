"""What the doctor says of how each model is asked."""

import pytest

from bot.config.tiers import TierSettings
from runners.doctor.finding import Finding
from runners.doctor.model_profile import describe_models


def describe(model: str, **settings: object) -> Finding:
    fields = {"models": (model,), **settings}
    (finding,) = describe_models("local", TierSettings.model_validate(fields))
    return finding


@pytest.mark.parametrize(
    ("model", "settings", "said"),
    [
        (
            "openai-chat:qwen3.6-27b",
            {"context": 32_768},
            (
                "family Qwen 3; thinks, in 8192 tokens of its own; answer 2048 tokens; files of up to"
                " 2048 tokens asked for whole; temperature 0.6, top_p 0.95, top_k 20, min_p 0"
            ),
        ),
        (
            "openai-chat:qwen3.6-27b",
            {"thinking": "off", "whole_file": 900},
            (
                "thinking off; answer 2048 tokens; files of up to 900 tokens asked for whole;"
                " temperature of each attempt, at least 0.7, top_p 0.8, top_k 20, min_p 0"
            ),
        ),
        (
            "llama-cpp:/m/qwen2.5-coder-1.5b.gguf",
            {"sampling": {"temperature": 0.1}, "extra": {"id_slot": 1}},
            (
                "family Qwen 2.5; does not think; answer 2048 tokens; files of up to 2048 tokens asked"
                " for whole; temperature 0.1, top_p 0.8, top_k 20; with each"
                " request: id_slot"
            ),
        ),
        ("openai-chat:house-7b", {}, "family unknown; does not think"),
        ("openai-chat:house-7b", {"thinking": "off"}, "family unknown; thinking off"),
        ("openai-chat:house-7b", {"thinking": 512}, "thinks, in 512 tokens of its own"),
    ],
)
def test_family_thinking_room_and_sampling_are_told(
    model: str, settings: dict[str, object], said: str
) -> None:
    """As they will be asked for, whether they come from the card or from a person."""
    found = describe(model, **settings)
    assert said in found.what
    assert found.good


def test_room_for_a_thought_that_never_comes() -> None:
    """A family that does not think, and tokens kept for it: a person should look."""
    found = describe("openai-chat:devstral-small-2", thinking=1024)
    assert found.good is None
    assert 'thinking = "off" in [tiers.local]' in found.hint


def test_a_cli_and_a_script_have_their_own_sampling() -> None:
    """Nothing is said of them."""
    assert list(describe_models("local", TierSettings(models=("cli:claude", "script:x")))) == []
