"""What is wrong with a model's name is known, with its fix, before any job runs."""

import pytest

from bot.config.tiers import TierSettings
from bot.errors import UserError
from bot.models.find_faults import find_model_faults, require_usable_models

HERE = "http://127.0.0.1:8080/v1"


def faults(model: str, **fields: object) -> list[UserError]:
    tier = TierSettings.model_validate({"models": (model,), **fields})
    return list(find_model_faults({"local": tier}))


@pytest.mark.parametrize(
    ("model", "fields", "what", "fix"),
    [
        ("qwen2.5-coder", {}, "unknown kind of model", '"openai-chat:qwen2.5-coder"'),
        ("qwen2.5-coder:7b", {"base_url": HERE}, "unknown", '"openai-chat:qwen2.5-coder:7b"'),
        ("foo", {}, "unknown kind of model 'foo'", "KIND:NAME"),
        ("opnai-chat:x", {}, "unknown kind", "Did you mean openai-chat?"),
        ("/m/coder.gguf", {}, "unknown kind", '"llama-cpp:/m/coder.gguf"'),
        ("openai-chat:", {}, "no name after", "openai-chat:NAME"),
        ("script:/nope", {}, "no such file of replies", "Name a file"),
        ("cli:foo", {}, "no CLI called 'foo'", "cli:codex"),
        ("openai-chat:x", {"base_url": "127.0.0.1:8080/v1"}, "no address", f'"{HERE}"'),
        ("openai-chat:x", {"base_url": "localhost:11434/v1"}, "no address", "http://localhost"),
        ("openai-chat:x", {"base_url": "ftp://h/v1"}, "no address", "http://h/v1"),
        ("openai-chat:x", {"base_url": "http://h:port/v1"}, "no address", "http"),
        ("openai-chat:x", {"base_url": "http:///v1"}, "no address", "http"),
        ("openai:x", {"base_url": HERE}, "Responses API", 'Write "openai-chat:x"'),
        ("ollama:coder:7b", {}, "ollama has no address", '"http://127.0.0.1:11434/v1"'),
        ("openai-chat:x", {"api_key_env": "NOT_SET_HERE"}, "NOT_SET_HERE is not set", "Set it"),
    ],
)
def test_each_fault_names_its_fix(
    model: str, fields: dict[str, object], what: str, fix: str
) -> None:
    (fault,) = faults(model, **fields)
    assert what in fault.what
    assert fix in fault.hint
    assert fault.where == "[tiers.local]"


@pytest.mark.parametrize(
    ("model", "fields"),
    [
        ("openai-chat:x", {"base_url": HERE}),
        ("openai-chat:qwen2.5-coder:7b", {"base_url": "https://models.example/v1"}),
        ("openai-responses:x", {"base_url": HERE}),
        ("openai:x", {"base_url": "https://eu.api.openai.com/v1"}),
        ("openai:x", {}),
        ("anthropic:x", {"base_url": "http://[::1]:8080"}),
    ],
)
def test_a_name_that_can_be_asked_has_none(model: str, fields: dict[str, object]) -> None:
    assert not faults(model, **fields)


def test_all_faults_are_told_at_once() -> None:
    """Of every model of every tier."""
    tiers = {
        "local": TierSettings(models=("foo", "cli:bar")),
        "senior": TierSettings(models=("b",)),
    }
    with pytest.raises(UserError) as told:
        require_usable_models(tiers)
    for words in ("'foo'", "'bar'", "[tiers.senior]"):
        assert words in str(told.value)
