"""Where a model runs is told by its address, whatever its tier is called."""

import pytest

from bot.config.tiers import TierSettings
from bot.ledger import LedgerRow
from bot.ledger_sums import compute_local_share, describe_kept
from bot.models.model import FailedModel
from bot.models.places import find_place


@pytest.mark.parametrize(
    ("model", "base_url", "place"),
    [
        ("llama-cpp:/m.gguf", "", "here"),
        ("script:x.md", "", "here"),
        ("openai-chat:m", "http://127.0.0.1:8080/v1", "here"),
        ("openai-chat:m", "http://[::1]:8080/v1", "here"),
        ("openai-chat:m", "http://LOCALHOST:8080/v1", "here"),
        ("vllm:m", "http://user:key@192.168.0.9/v1", "network"),
        ("vllm:m", "http://10.1.2.3:8000/v1", "network"),
        ("vllm:m", "http://100.101.2.3:8000/v1", "network"),
        ("vllm:m", "http://[fd00::1]:8000/v1", "network"),
        ("vllm:m", "http://gpubox:8000/v1", "network"),
        ("vllm:m", "http://gpu.local:8000/v1", "network"),
        ("openai-chat:m", "https://api.example.com/v1", "away"),
        ("openai-chat:m", "https://localhost.example.com/v1", "away"),
        ("openai-chat:m", "https://8.8.8.8/v1", "away"),
        ("openai-chat:m", "http://[broken/v1", "away"),
        ("openai-chat:gpt-5", "", "away"),
        ("ollama:qwen", "http://localhost:11434/v1", "here"),
        ("ollama:gpt-oss:120b-cloud", "http://localhost:11434/v1", "away"),
        ("cli:claude", "", "away"),
        ("anthropic:claude", "", "away"),
        ("nonsense", "http://127.0.0.1/v1", "away"),
    ],
)
def test_a_models_place_is_that_of_its_address(model: str, base_url: str, place: str) -> None:
    """A private address is in one's own network; what is not known counts as away."""
    assert find_place(model, TierSettings(models=(model,), base_url=base_url)) == place


def test_the_share_that_stayed_counts_places_and_not_tiers() -> None:
    """A senior on one's own machine sends nothing away; a local tier may be somebody else's."""
    fell = FailedModel("anthropic:x", "late", 100, 0, place="away")
    rows = (
        LedgerRow("a", 1, "local", "openai-chat:x", 300, 0, place="away"),
        LedgerRow("a", 2, "senior", "vllm:y", 500, 100, place="here", failures=(fell,)),
    )
    assert compute_local_share(rows) == pytest.approx(600 / 1000)
    assert describe_kept(rows) == "on this machine"
    near = (*rows, LedgerRow("b", 1, "senior", "vllm:z", 10, 0, place="network"))
    assert describe_kept(near) == "on this machine or in its network"
