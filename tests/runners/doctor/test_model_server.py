"""What the doctor learns from a llama-server: its model, its window, its template."""

from pathlib import Path

import pytest
from fake_models.llama_load import route, serve_load
from fake_models.server import ModelServer
from support.gguf import THINKING_TEMPLATE, small_gguf
from support.llama_server import serve_llama

from bot.config.tiers import TierSettings
from runners.doctor.ask_server import MAX_ANSWER_BYTES
from runners.doctor.finding import Finding
from runners.doctor.model_server import examine_server


def examine(url: str, **settings: object) -> list[Finding]:
    fields = {"models": ("openai-chat:default",), "base_url": url, **settings}
    return list(examine_server("local", TierSettings.model_validate(fields)))


def props(**fields: object) -> dict[str, object]:
    """The part that is read of what version 0.5.0 answers."""
    settings = {"params": {"top_k": 40, "min_p": 0.05}, "n_ctx": 8192}
    known = {"default_generation_settings": settings, "total_slots": 1, "bos_token": "<s>"}
    return {**known, "model_path": "/models/coder.gguf", "chat_template": "{{ m }}", **fields}


def test_a_server_that_fits_is_named(model_server: ModelServer) -> None:
    """Its model and its window are told, and nothing is found wrong."""
    model_server.props = props()
    (found,) = examine(model_server.url)
    assert found.good
    assert "coder.gguf" in found.what
    assert "8192" in found.what


def test_more_lanes_than_the_server_has_slots(model_server: ModelServer) -> None:
    """Tasks would wait for each other: how it is started is said."""
    model_server.props = props(total_slots=1)
    tier = TierSettings(models=("openai-chat:default",), base_url=model_server.url)
    found = list(examine_server("local", tier, lanes=2))
    assert (found[1].sign, "--parallel 2" in found[1].hint) == ("warning", True)
    model_server.props = props(total_slots=2)
    assert len(list(examine_server("local", tier, lanes=2))) == 1


def test_a_window_below_the_tiers_context_is_bad(model_server: ModelServer) -> None:
    """Prompts would be refused by the server: the sizes of both are told, and what to do."""
    model_server.props = props()
    _, small = examine(model_server.url, context=16_384)
    assert small.good is False
    assert "16384" in small.what
    assert "8192" in small.what
    assert "--ctx-size" in small.hint


@pytest.mark.parametrize(
    ("models", "thinking", "asks"),
    [
        (("openai-chat:default",), "auto", True),
        (("openai-chat:default",), "off", False),
        (("openai-chat:default",), 2048, False),
        (("openai-chat:qwen3.5-27b",), "auto", False),
    ],
)
def test_a_model_that_can_think_under_a_name_that_says_nothing(
    model_server: ModelServer, models: tuple[str, ...], thinking: object, asks: bool
) -> None:
    """A person is asked to say how much it may think, unless the name or the person has."""
    model_server.props = props(chat_template="{% if enable_thinking %}<think>{% endif %}")
    found = examine(model_server.url, models=models, thinking=thinking)
    assert "enable_thinking" in found[0].what
    assert [each.good for each in found[1:]] == ([None] if asks else [])


@pytest.mark.parametrize(
    "body",
    [
        None,
        {},
        {"default_generation_settings": {"n_ctx": "many"}},
        {"default_generation_settings": {"n_ctx": 0}},
        props(chat_template="x" * MAX_ANSWER_BYTES),
    ],
)
def test_a_server_of_another_kind(
    model_server: ModelServer, body: dict[str, object] | None
) -> None:
    """Nothing is said of what does not answer as llama-server does."""
    model_server.props = body
    assert examine(model_server.url) == []


def test_a_tier_without_an_address() -> None:
    """Nothing is said where the tier names no server."""
    assert examine("") == []


@pytest.mark.parametrize(
    ("path", "words"),
    [
        ("/models/gpt-oss-20b-mxfp4.gguf", "--swa-full"),
        ("/models/gemma-3-27b-it-Q4_K_M.gguf", "--swa-full"),
        ("/models/Qwen3-Coder-Next-UD-Q4.gguf", "--ctx-checkpoints"),
        ("/models/Qwen3.5-35B-A3B-Q4_K_M.gguf", "--ctx-checkpoints"),
        ("/models/granite-4.0-h-small-Q8_0.gguf", "--ctx-checkpoints"),
        ("/models/qwen2.5-coder-32b-instruct-q4.gguf", ""),
        ("/models/Qwen3-Coder-30B-A3B-Instruct.gguf", ""),
        ("/models/Llama-3.3-70B.gguf", ""),
        ("/models/Devstral-Small-2.gguf", ""),
    ],
)
def test_models_that_read_prompts_anew(model_server: ModelServer, path: str, words: str) -> None:
    """By the file that the server has loaded: a sliding window, or one state for all of a prompt."""
    model_server.props = props(model_path=path)
    found = [one for one in examine(model_server.url, thinking="off") if one.good is None]
    assert len(found) == bool(words), found
    assert all(words in one.hint for one in found)


@pytest.mark.model
def test_a_real_server(tmp_path: Path) -> None:
    """llama-server's own answer is read."""
    with serve_llama(tmp_path, template=THINKING_TEMPLATE, context=2048) as url:
        named, small, asked = examine(f"{url}/v1", context=8192)
    assert small_gguf().name in named.what
    assert "a window of 2048 tokens" in named.what
    assert (small.good, asked.good) == (False, None)


@pytest.mark.parametrize(
    ("state", "told"),
    [("loaded", "coder.gguf, a window of 8192"), ("unloaded", "default is not loaded: its window")],
)
def test_a_router_is_asked_of_the_tiers_own_model_and_loads_none(state: str, told: str) -> None:
    with serve_load() as load:
        load.answers["/props"] = props()
        route(load, {"default": state, "other": "loaded"})
        (found,) = examine(f"{load.url}/v1")
    assert found.good
    assert told in found.what
    assert load.asked == ["/props", "/props?model=default&autoload=false"]
