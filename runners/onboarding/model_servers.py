"""Servers of models on this machine, asked for what they tell for nothing: names and windows.

Whatever answers on these ports may be any program: each answer is bounded in size and time, and
a name is taken only where it is one that a settings file can hold.
"""

from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import httpx

from bot.models.bounded_request import Limits, request_bounded
from bot.models.server_answers import (
    OLLAMA_WINDOW,
    Entry,
    list_objects,
    read_count,
    read_listed_window,
    read_lm_studio_window,
    read_loaded_window,
    read_object,
    read_own_window,
)
from bot.models.server_router import is_router, query_of
from runners.onboarding.source_tree import table

PORTS = {8080: "llama-server", 8000: "vLLM", 1234: "LM Studio", 11434: "Ollama"}
"""Where each listens unless it is told otherwise.

https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md (--port)
https://docs.vllm.ai/en/latest/serving/openai_compatible_server.html
https://lmstudio.ai/docs/developer/core/server
https://docs.ollama.com/faq#how-can-i-expose-ollama-on-my-network
"""
CONNECT_SECONDS = 0.5
ANSWER_SECONDS = 3.0
MAX_ANSWER_BYTES = 1 << 20
MAX_MODELS = 50
MAX_NAME_CHARACTERS = 200
MAX_WINDOW = 10_000_000
_LIMITS = Limits(ANSWER_SECONDS, CONNECT_SECONDS, MAX_ANSWER_BYTES)


@dataclass(frozen=True, slots=True)
class ModelServer:
    """`window` in tokens, 0 where it does not say; `models` are those for text, the best first."""

    kind: str
    base_url: str
    models: tuple[str, ...]
    window: int = 0
    is_default_window: bool = False


def find_model_servers(ports: Mapping[int, str] = PORTS) -> tuple[ModelServer, ...]:
    """Those on loopback, in the order of `ports`; all of them are asked at once."""
    if not ports:
        return ()
    with ThreadPoolExecutor(len(ports)) as pool:
        found = pool.map(lambda port: _ask_server(port, ports[port]), ports)
        return tuple(server for server in found if server is not None)


def _ask_server(port: int, usual: str) -> ModelServer | None:
    root = f"http://127.0.0.1:{port}"
    listed = list_objects(_get(f"{root}/v1/models"), "data")[:MAX_MODELS]
    models = _choose_models(listed)
    if not models:
        return None
    server = ModelServer(usual, f"{root}/v1", models)
    props = _get(f"{root}/props")
    routes = is_router(props)
    if (window := _read_props(_ask_routed(root, models[0]) if routes else props)) or routes:
        return replace(server, kind="llama-server", window=window)
    if window := _bound(read_listed_window(_find_model(listed, models[0]))):
        return replace(server, kind="vLLM", window=window)
    if "models" in _get(f"{root}/api/tags"):
        return _ask_ollama(root, server)
    shown = list_objects(_get(f"{root}/api/v0/models"), "data")[:MAX_MODELS]
    if window := _bound(read_lm_studio_window(_find_model(shown, models[0]))):
        return replace(server, kind="LM Studio", window=window)
    return server


def _ask_routed(root: str, model: str) -> Entry:
    return _get(f"{root}/props{query_of(model)}")


def _read_props(props: Entry) -> int:
    return _bound(read_count(table(props, "default_generation_settings").get("n_ctx")))


def _ask_ollama(root: str, server: ModelServer) -> ModelServer:
    """The window it has loaded the model with, or would by the model's own file."""
    model = server.models[0]
    window = _bound(read_loaded_window(_get(f"{root}/api/ps"), [model]))
    window = window or _bound(read_own_window(_get(f"{root}/api/show", {"model": model})))
    return replace(
        server, kind="Ollama", window=window or OLLAMA_WINDOW, is_default_window=not window
    )


def _choose_models(listed: Sequence[Entry]) -> tuple[str, ...]:
    names = [each.get("id") for each in listed]
    usable = [name for name in names if isinstance(name, str) and _is_usable(name)]
    # Models that only make vectors of texts are listed beside the others.
    usable = [name for name in usable if not any(w in name.lower() for w in ("embed", "rerank"))]
    return tuple(sorted(usable, key=lambda name: "cod" not in name.lower()))


def _is_usable(name: str) -> bool:
    return 0 < len(name) <= MAX_NAME_CHARACTERS and name.isprintable() and name == name.strip()


def _find_model(listed: Sequence[Entry], model: str) -> Entry:
    return next((each for each in listed if each.get("id") == model), {})


def _bound(window: int) -> int:
    """0 for more than any model has: it would be written into the settings."""
    return window if window <= MAX_WINDOW else 0


def _get(url: str, body: Mapping[str, str] | None = None) -> dict[str, object]:
    """The object that it answers with; empty for anything else, or too much, or too late."""
    # No proxy: what is asked is this machine. https://www.python-httpx.org/environment_variables/
    try:
        answer = request_bounded(url, _LIMITS, body=body, trust_env=False)
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError):
        return {}
    return read_object(answer.body) if httpx.codes.is_success(answer.status) else {}
