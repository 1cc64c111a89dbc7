"""A stand-in for a llama-server that tells how busy it is, over real HTTP.

What it answers has the form of b7000 and later:
https://github.com/ggml-org/llama.cpp/blob/master/tools/server/README.md
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from socketserver import BaseServer, ThreadingUnixStreamServer
from typing import Any

PROPS = {"default_generation_settings": {"n_ctx": 4096}, "total_slots": 2, "is_sleeping": False}
IDLE_SLOT = {"id": 1, "n_ctx": 4096, "speculative": False, "is_processing": False}
BUSY_SLOT = {
    "id": 0,
    "id_task": 135,
    "n_ctx": 4096,
    "speculative": False,
    "is_processing": True,
    "n_prompt_tokens": 1336,
    "n_prompt_tokens_processed": 300,
    "n_prompt_tokens_cache": 900,
    "params": {"temperature": 0.8},
    "next_token": [{"has_next_token": True, "n_remain": -1, "n_decoded": 136}],
}


def metrics(read: float, read_seconds: float, written: float, written_seconds: float) -> str:
    values = {
        "prompt_tokens_total": read,
        "prompt_seconds_total": read_seconds,
        "tokens_predicted_total": written,
        "tokens_predicted_seconds_total": written_seconds,
    }
    return "".join(
        f"# HELP llamacpp:{name} Told.\n# TYPE llamacpp:{name} counter\nllamacpp:{name} {value}\n"
        for name, value in values.items()
    )


@dataclass
class LlamaLoad:
    """`answers` by path: text as it stands, else JSON; `statuses` by path, where not `status`.

    `drips`: a byte at a time, without an end.
    """

    url: str = ""
    status: int = 200
    statuses: dict[str, int] = field(default_factory=dict)
    drips: bool = False
    answers: dict[str, Any] = field(
        default_factory=lambda: {
            "/props": dict(PROPS),
            "/slots": [BUSY_SLOT, IDLE_SLOT],
            "/metrics": metrics(1000, 2, 50, 1),
        }
    )
    asked: list[str] = field(default_factory=list)
    keys: list[str] = field(default_factory=list)
    ended: threading.Event = field(default_factory=threading.Event)


ROUTER_PROPS = {
    "role": "router",
    "max_instances": 4,
    "models_autoload": True,
    "model_alias": "llama-server",
    "model_path": "none",
    "default_generation_settings": {"params": None, "n_ctx": 0},
    "ui_settings": {},
    "build_info": "b1-0c1e570",
    "cors_proxy_enabled": False,
}
NO_MODEL = "model name is missing from the request"


def route(load: LlamaLoad, models: dict[str, str]) -> None:
    """Have it answer as a router does, by the state of each model; `failed` is one of them.

    In the form of what build 0c1e570 answered. What it answers of a model it would load first, was
    it not told not to: such a path is not there.
    https://github.com/ggml-org/llama.cpp/blob/master/tools/server/server-models.cpp
    """
    own = {path: load.answers[path] for path in ("/props", "/slots", "/metrics")}
    load.answers = {"/props": dict(ROUTER_PROPS), "/models": _list_routed(models)}
    for path in ("/slots", "/metrics"):
        _refuse(load, path, NO_MODEL)
    for name, state in models.items():
        for path, answer in own.items():
            asked = f"{path}?model={name}&autoload=false"
            load.answers[asked] = answer
            if state == "loading":
                error = {"message": "Loading model", "type": "unavailable_error", "code": 503}
                load.answers[asked], load.statuses[asked] = {"error": error}, 503
            elif state not in {"loaded", "sleeping"}:
                _refuse(load, asked, "model is not loaded")


def _refuse(load: LlamaLoad, path: str, why: str) -> None:
    error = {"code": 400, "message": why, "type": "invalid_request_error"}
    load.answers[path], load.statuses[path] = {"error": error}, 400


def _list_routed(models: dict[str, str]) -> dict[str, Any]:
    return {"data": [_routed(*each) for each in models.items()], "object": "list"}


def _routed(name: str, state: str) -> dict[str, Any]:
    args = ["llama-server", "--host", "127.0.0.1", "--alias", name, "--model", f"m/{name}.gguf"]
    status: dict[str, Any] = {"value": state, "args": args, "preset": f"[{name}]\n\n"}
    if state == "failed":
        status |= {"value": "unloaded", "exit_code": 1, "failed": True}
    return {
        "id": name,
        "aliases": [],
        "tags": [],
        "object": "model",
        "owned_by": "llamacpp",
        "created": 1795980360,
        "status": status,
        "architecture": {"input_modalities": ["text"], "output_modalities": ["text"]},
        "source": "models_dir",
        "can_remove": False,
    }


@contextmanager
def serve_load(socket: Path | None = None) -> Iterator[LlamaLoad]:
    """On a free port of loopback, or on a socket, until the block ends."""
    load = LlamaLoad()

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            load.asked.append(self.path)
            load.keys.append(self.headers.get("Authorization", ""))
            answer = load.answers.get(self.path)
            body = (answer if isinstance(answer, str) else json.dumps(answer)).encode()
            status = load.statuses.get(self.path, load.status)
            self.send_response(status if answer is not None else 501)
            self.end_headers()
            while load.drips and not load.ended.wait(0.02):
                self.wfile.write(b" ")
                self.wfile.flush()
            self.wfile.write(body)

        def handle(self) -> None:
            with suppress(BrokenPipeError, ConnectionResetError):  # who asked has gone
                super().handle()

        def address_string(self) -> str:
            return "here"  # on a socket there is no other

        def log_message(self, *_: object) -> None:
            pass

    server: BaseServer
    if socket:
        server = ThreadingUnixStreamServer(str(socket), Handler)
    else:
        server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        load.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    try:
        yield load
    finally:
        load.ended.set()
        server.shutdown()
        server.server_close()
        thread.join(10)
