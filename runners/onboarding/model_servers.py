"""Servers of models on this machine, asked for what they tell for nothing: names and windows.

Whatever answers on these ports may be any program: each answer is bounded in size and time, and
a name is taken only where it is one that a settings file can hold.
"""

import json
import re
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace

import httpx

from bot.models.bounded_request import Limits, request_bounded
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
OLLAMA_WINDOW = 4096
"""Its window unless it is told otherwise: https://docs.ollama.com/context-length."""
MAX_WINDOW = 10_000_000
_COUNT = re.compile(r"[0-9]{1,9}")
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
    listed = _get(f"{root}/v1/models")
    models = _choose_models(listed)
    if not models:
        return None
    server = ModelServer(usual, f"{root}/v1", models)
    if window := _llama_window(_get(f"{root}/props")):
        return replace(server, kind="llama-server", window=window)
    if window := _vllm_window(listed, models[0]):
        return replace(server, kind="vLLM", window=window)
    if "models" in (shown := _get(f"{root}/api/tags")):
        return _ask_ollama(root, server, shown)
    if window := _lm_studio_window(_get(f"{root}/api/v0/models"), models[0]):
        return replace(server, kind="LM Studio", window=window)
    return server


def _ask_ollama(root: str, server: ModelServer, _shown: Mapping[str, object]) -> ModelServer:
    """The window it has loaded the model with, or would by the model's own file.

    https://docs.ollama.com/api/ps and https://docs.ollama.com/api-reference/show-model-details
    """
    model = server.models[0]
    loaded = _list(_get(f"{root}/api/ps"), "models")
    running = [each for each in loaded if each.get("name") == model]
    window = _number(running[0].get("context_length")) if running else 0
    if not window:
        parameters = _get(f"{root}/api/show", {"model": model}).get("parameters")
        words = parameters.split() if isinstance(parameters, str) else []
        at = words.index("num_ctx") + 1 if "num_ctx" in words else len(words)
        # Python reads no number of thousands of digits: https://docs.python.org/3/library/stdtypes.html#int-max-str-digits
        window = int(words[at]) if at < len(words) and _COUNT.fullmatch(words[at]) else 0
    window = window if 0 < window <= MAX_WINDOW else 0
    return replace(
        server, kind="Ollama", window=window or OLLAMA_WINDOW, is_default_window=not window
    )


def _choose_models(listed: Mapping[str, object]) -> tuple[str, ...]:
    names = [each.get("id") for each in _list(listed, "data")]
    usable = [name for name in names if isinstance(name, str) and _is_usable(name)]
    # Models that only make vectors of texts are listed beside the others.
    usable = [name for name in usable if not any(w in name.lower() for w in ("embed", "rerank"))]
    return tuple(sorted(usable, key=lambda name: "cod" not in name.lower()))


def _is_usable(name: str) -> bool:
    return 0 < len(name) <= MAX_NAME_CHARACTERS and name.isprintable() and name == name.strip()


def _llama_window(props: Mapping[str, object]) -> int:
    return _number(table(props, "default_generation_settings").get("n_ctx"))


def _vllm_window(listed: Mapping[str, object], model: str) -> int:
    found = [each for each in _list(listed, "data") if each.get("id") == model]
    return _number(found[0].get("max_model_len")) if found else 0


def _lm_studio_window(listed: Mapping[str, object], model: str) -> int:
    """https://lmstudio.ai/docs/developer/rest/endpoints (GET /api/v0/models)."""
    found = [each for each in _list(listed, "data") if each.get("id") == model]
    return _number(found[0].get("loaded_context_length")) if found else 0


def _list(data: Mapping[str, object], key: str) -> list[dict[str, object]]:
    found = data.get(key)
    items = found[:MAX_MODELS] if isinstance(found, list) else []
    return [each for each in items if isinstance(each, dict)]


def _number(found: object) -> int:
    usable = isinstance(found, int) and not isinstance(found, bool) and 0 < found <= MAX_WINDOW
    return found if isinstance(found, int) and usable else 0


def _get(url: str, body: Mapping[str, str] | None = None) -> dict[str, object]:
    """The object that it answers with; empty for anything else, or too much, or too late."""
    # No proxy: what is asked is this machine. https://www.python-httpx.org/environment_variables/
    try:
        answer = request_bounded(url, _LIMITS, body=body, trust_env=False)
        found = json.loads(answer.body) if httpx.codes.is_success(answer.status) else {}
    except (httpx.HTTPError, httpx.InvalidURL, OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}
