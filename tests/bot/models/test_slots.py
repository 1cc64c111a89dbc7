"""How many requests a model answers at a time."""

import pytest

from bot.config.tiers import TierSettings
from bot.models.slots import count_slots, count_tier_slots


@pytest.mark.parametrize(
    ("model", "slots"),
    [("openai-chat:x", 4), ("llama-cpp:/x.gguf", 1), ("script:x.md", 1), ("cli:claude", 1)],
)
def test_only_a_server_answers_several_at_once(model: str, slots: int) -> None:
    """What a tier says of slots holds for servers; what runs as one process answers one."""
    assert count_slots(model, TierSettings(models=(model,), slots=4)) == slots


def test_a_tier_has_the_slots_of_its_least_model() -> None:
    """Any model of the chain may have to answer, so none is asked for more than it has."""
    models = ("openai-chat:x", "llama-cpp:/x.gguf")
    assert count_tier_slots(TierSettings(models=models, slots=4)) == 1
    assert count_tier_slots(TierSettings(models=models[:1], slots=4)) == 4
    assert count_tier_slots(TierSettings(models=models[:1])) == 1


def test_a_name_that_is_no_model_has_one() -> None:
    """What is wrong with it is told where it is opened."""
    assert count_slots("nothing", TierSettings(models=("nothing",), slots=4)) == 1
