"""Each hosted model is looked for by a call that costs nothing: whether it is there, and its window."""

import socket

import pytest
from fake_models.server import ModelServer

from bot.config.machine import Settings
from bot.config.tiers import TierSettings
from runners.doctor.finding import Finding
from runners.doctor.machine import examine_models
from runners.doctor.model_list import examine_hosted


def examine(url: str, model: str = "openai-chat:scripted", **fields: object) -> list[Finding]:
    tier = TierSettings.model_validate({"models": (model,), "base_url": url, **fields})
    return list(examine_hosted("local", tier, model))


def names(*ids: str, **more: object) -> list[dict[str, object]]:
    return [{"id": one, "object": "model", **more} for one in ids]


def test_a_server_that_has_the_model(model_server: ModelServer) -> None:
    (found,) = examine(model_server.url)
    assert (found.sign, "has it" in found.what) == ("ok", True)
    assert not model_server.requests


@pytest.mark.parametrize(
    ("model", "listed", "sign", "words"),
    [
        (
            "openai-chat:qwen2.5-codr",
            ("qwen2.5-coder", "x"),
            "error",
            "Did you mean qwen2.5-coder?",
        ),
        ("openai-chat:gpt-5", ("claude", "llama"), "error", "`claude`, `llama`"),
        ("ollama:coder", ("coder:latest",), "ok", ""),
        ("openai-chat:openai/gpt", ("openai/*",), "ok", ""),
        ("openai-chat:any", (), "ok", ""),
    ],
)
def test_its_name_is_held_against_the_list(
    model_server: ModelServer, model: str, listed: tuple[str, ...], sign: str, words: str
) -> None:
    """What may have been meant is said, and what there is."""
    model_server.listed = names(*listed)
    found = examine(model_server.url, model)[0]
    assert found.sign == sign
    assert words in found.hint


def test_a_llama_server_of_one_model_takes_any_name(model_server: ModelServer) -> None:
    """One of several, a router, does not."""
    model_server.props = {"default_generation_settings": {"n_ctx": 8192}, "total_slots": 1}
    assert examine(model_server.url, "openai-chat:default")[0].sign == "ok"
    model_server.listed = names("a", "b")
    assert examine(model_server.url, "openai-chat:default")[0].sign == "error"


def test_a_server_that_is_not_there() -> None:
    """Where nobody listens a job would stop: an error, and what to do."""
    # Bound and not listening: every connection is refused, and nobody else gets the port.
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        url = f"http://127.0.0.1:{taken.getsockname()[1]}/v1"
        (found,) = examine(url)
    assert found.sign == "error"
    assert url in found.what
    assert "Start the model's server" in found.hint
    assert "base_url in [tiers.local]" in found.hint


def test_a_key_that_is_refused_or_not_set(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    model_server.wanted_key = "good-key"
    monkeypatch.setenv("SOME_KEY", "bad-key")
    (found,) = examine(model_server.url, api_key_env="SOME_KEY")
    assert (found.sign, "HTTP 401" in found.what) == ("error", True)
    assert "api_key_env" in found.hint
    monkeypatch.setenv("SOME_KEY", "good-key")
    assert examine(model_server.url, api_key_env="SOME_KEY")[0].sign == "ok"
    monkeypatch.delenv("ANTHROPIC_API_KEY", raising=False)
    (found,) = examine("", "anthropic:claude")
    assert "ANTHROPIC_API_KEY is not set" in found.what


def test_an_address_in_the_environment(
    model_server: ModelServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    """As the library reads it; there the kind's own key goes, too."""
    monkeypatch.setenv("OLLAMA_BASE_URL", model_server.url)
    assert examine("", "ollama:scripted")[0].sign == "ok"
    model_server.wanted_key = "own"
    monkeypatch.setenv("OPENAI_BASE_URL", model_server.url)
    monkeypatch.setenv("OPENAI_API_KEY", "own")
    assert examine("", "openai-chat:scripted")[0].sign == "ok"
    assert examine(model_server.url, "openai-chat:scripted")[0].sign == "error"


def test_an_address_without_its_version(model_server: ModelServer) -> None:
    """The line to write is there."""
    root = model_server.url.removesuffix("/v1")
    (found,) = examine(f"{root}/")
    assert found.sign == "error"
    assert f'base_url = "{root}/v1"' in found.hint


@pytest.mark.parametrize(
    ("listed", "free", "context", "sign", "words"),
    [
        (names("scripted", max_model_len=4096), {}, 8192, "error", "--max-model-len 8192"),
        (names("scripted", max_model_len=8192), {}, 8192, "ok", ""),
        (
            names("scripted"),
            {
                "/api/tags": {"models": []},
                "/api/ps": {"models": [{"name": "scripted", "context_length": 4096}]},
            },
            16_384,
            "error",
            "OLLAMA_CONTEXT_LENGTH=16384",
        ),
        (
            names("scripted"),
            {"/api/tags": {"models": []}, "/api/show": {"parameters": "stop x\nnum_ctx     32768"}},
            16_384,
            "ok",
            "",
        ),
        (
            names("scripted"),
            {"/api/tags": {"models": []}},
            8192,
            "warning",
            "OLLAMA_CONTEXT_LENGTH",
        ),
        (
            names("scripted"),
            {"/api/v0/models": {"data": [{"id": "scripted", "loaded_context_length": 4096}]}},
            8192,
            "error",
            "--context-length 8192",
        ),
    ],
)
def test_the_window_is_held_against_the_tiers_context(  # noqa: PLR0913, PLR0917 - one row each
    model_server: ModelServer,
    listed: list[dict[str, object]],
    free: dict[str, object],
    context: int,
    sign: str,
    words: str,
) -> None:
    """Of vLLM, Ollama and LM Studio, each with how it is given a larger one."""
    model_server.listed, model_server.free = listed, free
    _, window = examine(model_server.url, context=context)
    assert window.sign == sign, window
    assert words in window.hint


@pytest.mark.parametrize(
    "listed",
    [
        [{"id": 7}, {"name": ["x"]}],
        [{"id": "scripted", "max_model_len": -1}],
        [{"id": "x" * 100_000}],
    ],
)
def test_a_hostile_list_brings_nothing_down(
    model_server: ModelServer, listed: list[dict[str, object]]
) -> None:
    model_server.listed = listed
    for one in examine(model_server.url):
        assert len(one.hint) < 2000


def test_a_name_that_no_job_could_use_is_not_looked_for(model_server: ModelServer) -> None:
    """It is an error with its fix, as `bricklayer check` and `run` have it."""
    tier = {"models": ["qwen2.5-coder", "openai:x"], "base_url": model_server.url}
    found = list(examine_models(Settings.model_validate({"tiers": {"local": tier}}), ask=False))
    errors = [one for one in found if one.sign == "error"]
    assert [("openai-chat:" in one.hint) for one in errors] == [True, True]


def test_each_lanes_server_is_looked_at_with_the_lanes_that_it_serves(
    model_server: ModelServer,
) -> None:
    """A lane may have a server of its own; the tier's is not looked at where no lane asks there."""
    model_server.props = {"default_generation_settings": {"n_ctx": 8192}, "total_slots": 1}
    tier = {"models": ["openai-chat:scripted"], "base_url": "http://127.0.0.1:9/v1"}
    url = model_server.url
    lanes = [{"name": "a", "base_url": url}, {"name": "b", "base_url": url}]
    settings = Settings.model_validate({"tiers": {"local": tier}, "lanes": lanes})
    found = list(examine_models(settings, ask=False))
    assert not [one for one in found if one.sign == "error"], found
    assert any("2 lanes work at once" in one.what for one in found)
