"""Who reviews: a model that wrote nothing of the change, where there is one."""

from bot.review.same_model import is_same_model, order_models


def test_a_model_is_the_same_wherever_it_runs() -> None:
    assert is_same_model("openai-chat:Qwen/Qwen3-Coder", "vllm:qwen3-coder")
    assert is_same_model("llama-server:/models/q.gguf", "llama-server:q.gguf")
    assert is_same_model("qwen2.5-coder:7b", "ollama:qwen2.5-coder:7b")
    assert not is_same_model("openai:gpt-5", "openai:gpt-5-mini")
    assert not is_same_model("", "")


def test_authors_are_asked_last_and_the_settings_order_holds_among_the_others() -> None:
    models = ("openai:a", "cli:codex", "anthropic:c")
    assert order_models(models, {"a"}) == ("cli:codex", "anthropic:c", "openai:a")
    assert order_models(models, ()) == models
    assert order_models(("openai:a",), {"openai:a"}) == ("openai:a",)
