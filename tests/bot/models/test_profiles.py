import pytest

from bot.config.tiers import Sampling, TierSettings
from bot.models.model import Prompt
from bot.models.profiles import choose_sampling, choose_thinking, find_profile, thinking_room

FAMILIES = {
    "Qwen 2.5": ("qwen2.5-coder-32b", "Qwen/Qwen2.5-Coder-1.5B-Instruct", "/m/qwen2_5.gguf"),
    "Qwen 3": ("qwen3-8b", "Qwen3.6-27B", "unsloth/Qwen3.5-35B-A3B-GGUF", "qwen3:30b"),
    "Qwen 3 Instruct and Coder": ("qwen3-coder-30b", "Qwen/Qwen3-30B-A3B-Instruct-2507"),
    "Qwen, always thinking": ("QwQ-32B", "Qwen3-235B-A22B-Thinking-2507"),
    "Gemma 3": ("gemma-3-27b-it", "gemma3:12b"),
    "Gemma 4": ("google/gemma-4-31B-it", "gemma4:26b"),
    "Devstral": ("Devstral-Small-2-24B-Instruct-2512",),
    "Magistral": ("magistral-small",),
    "GLM 4.5 and later": ("glm-4.6", "zai-org/GLM-4.7-Flash", "GLM-5"),
    "gpt-oss": ("openai/gpt-oss-20b", "gpt-oss:120b"),
    "DeepSeek R1": ("DeepSeek-R1-Distill-Qwen-14B", "deepseek-r1:8b"),
    "DeepSeek 3.1 and later": ("deepseek-ai/DeepSeek-V3.1",),
    "Llama": ("meta-llama/Llama-3.3-70B-Instruct", "llama3.2:3b"),
    "unknown": ("claude-opus-4-5", "gpt-5.2", "default", "llama-cpp:/m/x.gguf"),
}


@pytest.mark.parametrize(
    ("name", "family"), [(name, family) for family, names in FAMILIES.items() for name in names]
)
def test_a_family_is_known_by_its_name(name: str, family: str) -> None:
    """However servers, hubs and files write it; what was distilled from another is that one."""
    assert find_profile(name).family == family


@pytest.mark.parametrize(
    ("name", "settings", "room"),
    [
        ("qwen3.6-27b", {"context": 8192}, 0),
        ("qwen3.6-27b", {"context": 16_384}, 4096),
        ("qwen3.6-27b", {"context": 65_536}, 8192),
        ("qwen3.6-27b", {"context": 65_536, "thinking": "off"}, 0),
        ("qwen3.6-27b", {"thinking": 1000}, 1000),
        ("gpt-oss-20b", {"context": 8192}, 2048),
        ("gpt-oss-20b", {"context": 8192, "thinking": "off"}, 2048),
        ("qwen2.5-coder", {"context": 65_536}, 0),
        ("gemma-4-31b", {"context": 65_536}, 0),
        ("gemma-4-31b", {"context": 65_536, "thinking": 2048}, 2048),
        ("house-7b", {"context": 65_536}, 0),
    ],
)
def test_room_for_thought(name: str, settings: dict[str, object], room: int) -> None:
    """As the person says, else what the family needs and the window has; there is always a prompt."""
    tier = TierSettings.model_validate({"models": (f"openai-chat:{name}",), **settings})
    assert choose_thinking(tier, name) == thinking_room(tier) == room
    assert tier.answer + room <= tier.context * 3 // 4


def test_a_tier_leaves_room_for_the_model_that_thinks_most() -> None:
    """Any of its models may have to answer."""
    tier = TierSettings(models=("openai-chat:qwen2.5", "openai-chat:qwen3-8b"), context=32_768)
    assert thinking_room(tier) == 8192


@pytest.mark.parametrize(
    ("name", "thinking", "own", "attempt", "chosen"),
    [
        ("qwen3-8b", 512, {}, 0.2, {"temperature": 0.6, "top_p": 0.95, "top_k": 20, "min_p": 0}),
        ("qwen3-8b", 512, {}, 0.9, {"temperature": 0.6, "top_p": 0.95, "top_k": 20, "min_p": 0}),
        ("qwen3-8b", 0, {}, 0.2, {"temperature": 0.7, "top_p": 0.8, "top_k": 20, "min_p": 0}),
        ("qwen3-8b", 0, {}, 0.9, {"temperature": 0.9, "top_p": 0.8, "top_k": 20, "min_p": 0}),
        (
            "qwen3-8b",
            0,
            {"temperature": 0.1, "min_p": 0.05},
            0.9,
            {"temperature": 0.1, "top_p": 0.8, "top_k": 20, "min_p": 0.05},
        ),
        ("gpt-oss-20b", 0, {}, 0.2, {"temperature": 1.0, "top_p": 1.0}),
        ("devstral", 0, {}, 0.3, {"temperature": 0.3}),
        ("house-7b", 0, {}, 0.3, {"temperature": 0.3}),
        ("house-7b", 512, {"top_k": 5}, 0.3, {"temperature": 0.3, "top_k": 5}),
    ],
)
def test_a_person_then_the_card_then_the_attempt(
    name: str, thinking: int, own: dict[str, float], attempt: float, chosen: dict[str, float]
) -> None:
    """Where the card warns of greedy decoding no attempt goes below it, and a thought keeps it."""
    tier = TierSettings(models=(f"openai-chat:{name}",), sampling=Sampling.model_validate(own))
    prompt = Prompt("", "", temperature=attempt, thinking=thinking)
    assert choose_sampling(tier, name, prompt).model_dump(exclude_none=True) == chosen
