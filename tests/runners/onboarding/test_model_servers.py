"""Servers of models, as each kind answers, and as a program that only listens there does."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from bot.config.machine import Settings, parse_settings
from runners.onboarding.machine_facts import Needed, read_gpus
from runners.onboarding.model_servers import (
    MAX_ANSWER_BYTES,
    OLLAMA_WINDOW,
    ModelServer,
    find_model_servers,
)
from runners.onboarding.network_access import NetworkAccess
from runners.onboarding.propose import Machine
from runners.onboarding.write_settings import describe_additions, write_settings

Answers = dict[str, object]


@contextmanager
def serving(answers: Answers) -> Iterator[int]:
    """A server that answers these paths, in JSON or as the bytes that are given, and 404 else."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            found = answers.get(self.path)
            body = found if isinstance(found, bytes) else json.dumps(found).encode()
            self.send_response(404 if found is None else 200)
            self.end_headers()
            try:
                self.wfile.write(body)
            except OSError:
                # Who asked went away before the end of too long an answer.
                return

        do_POST = do_GET  # noqa: N815 - the name that http.server looks for

        def log_message(self, *_: object) -> None:
            """Nothing of it in a test's output."""

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    try:
        yield server.server_address[1]
    finally:
        server.shutdown()
        server.server_close()


def listed(*names: str, **more: object) -> Answers:
    return {"/v1/models": {"data": [{"id": name, **more} for name in names]}}


# What each answers: the sources are named in runners/onboarding/model_servers.py.
SERVERS: dict[str, tuple[Answers, str, int, str]] = {
    "llama-server": (
        {**listed("qwen.gguf"), "/props": {"default_generation_settings": {"n_ctx": 32768}}},
        "llama-server",
        32768,
        "qwen.gguf",
    ),
    "llama-server that routes, with the model loaded": (
        {
            **listed("a/qwen:Q4"),
            "/props": {"role": "router", "default_generation_settings": {"n_ctx": 0}},
            "/props?model=a%2Fqwen%3AQ4&autoload=false": {
                "default_generation_settings": {"n_ctx": 8192}
            },
        },
        "llama-server",
        8192,
        "a/qwen:Q4",
    ),
    "llama-server that routes, with none loaded": (
        {
            **listed("qwen"),
            "/props": {"role": "router", "default_generation_settings": {"n_ctx": 0}},
        },
        "llama-server",
        0,
        "qwen",
    ),
    "vLLM": (listed("Qwen/Coder", max_model_len=16384), "vLLM", 16384, "Qwen/Coder"),
    "LM Studio": (
        {
            **listed("text-embedding-nomic", "devstral"),
            "/api/v0/models": {"data": [{"id": "devstral", "loaded_context_length": 8192}]},
        },
        "LM Studio",
        8192,
        "devstral",
    ),
    "Ollama, loaded": (
        {
            **listed("llama3:8b", "qwen3-coder:30b"),
            "/api/tags": {"models": []},
            "/api/ps": {"models": [{"name": "qwen3-coder:30b", "context_length": 65536}]},
        },
        "Ollama",
        65536,
        "qwen3-coder:30b",
    ),
    "Ollama, by the model's own file": (
        {
            **listed("a:1"),
            "/api/tags": {"models": []},
            "/api/show": {"parameters": "stop x\nnum_ctx    12288\ntop_k 3"},
        },
        "Ollama",
        12288,
        "a:1",
    ),
    "Ollama, as it comes": ({**listed("a:1"), "/api/tags": {"models": []}}, "Ollama", 4096, "a:1"),
    "another that speaks the protocol": (listed("m"), "some kind", 0, "m"),
}


@pytest.mark.parametrize("name", SERVERS)
def test_each_kind_of_server_tells_its_model_and_window(name: str) -> None:
    """The model is one for text, one for code first; the settings that follow can be read."""
    answers, kind, window, model = SERVERS[name]
    with serving(answers) as port:
        [server] = find_model_servers({port: "some kind"})
    assert (server.kind, server.window, server.models[0]) == (kind, window, model)
    tier = parse_settings(write_settings(machine(server))).tiers["local"]
    assert tier.models == (f"openai-chat:{model}",)
    assert tier.base_url == f"http://127.0.0.1:{port}/v1"
    assert tier.context == (window or 8192)
    assert tier.answer <= tier.context // 3


HOSTILE: dict[str, object] = {
    "no JSON": b"<html>hello</html>",
    "deep JSON": b"[" * 100_000,
    "no bytes of text": b"\xff\xfe\x00",
    "too long": b'{"data": [{"id": "' + b"x" * MAX_ANSWER_BYTES + b'"}]}',
    "a list": [1, 2],
    "no list": {"data": {"id": "a"}},
    "numbers for names": {"data": [{"id": 7}, 3, None]},
    "a name of several lines": {"data": [{"id": "a\nb"}]},
    "a name that moves the cursor": {"data": [{"id": "a\x1b[2Jb"}]},
    "a name without an end": {"data": [{"id": "a" * 5000}]},
    "a name of blanks": {"data": [{"id": "  "}]},
}


@pytest.mark.parametrize("name", HOSTILE)
def test_whatever_else_listens_there_is_no_server_of_models(name: str) -> None:
    """Nothing of its answer reaches the settings or the terminal."""
    with serving({"/v1/models": HOSTILE[name]}) as port:
        assert find_model_servers({port: "x"}) == ()


@pytest.mark.parametrize("window", [-1, 0, True, 1.5, "9", 10**30, None, [], 3])
def test_a_window_that_cannot_be_is_not_believed(window: object) -> None:
    """The settings that are written can be read whatever a server says."""
    props = {"default_generation_settings": {"n_ctx": window}}
    with serving({**listed('a"b'), "/props": props}) as port:
        [server] = find_model_servers({port: "x"})
    assert server.window in {0, 3}
    parse_settings(write_settings(machine(server)))


@pytest.mark.parametrize("said", ["9" * 5000, "\u0669" * 9, "-1", "0x10", ""])
def test_a_window_in_words_that_is_no_number_is_not_believed(said: str) -> None:
    """An Ollama's parameters are a text, in which anything may stand."""
    show = {"parameters": f"num_ctx {said}"}
    with serving({**listed("a"), "/api/tags": {"models": []}, "/api/show": show}) as port:
        [server] = find_model_servers({port: "x"})
    assert (server.kind, server.window) == ("Ollama", OLLAMA_WINDOW)


def test_a_port_where_nobody_listens_is_passed_over() -> None:
    """Several are asked at once, and their order is kept."""
    with serving(listed("a")) as first, serving(listed("b")) as second:
        found = find_model_servers({1: "x", second: "x", first: "x"})
    assert [each.models[0] for each in found] == ["b", "a"]
    assert find_model_servers({}) == ()


def machine(*servers: ModelServer) -> Machine:
    access = NetworkAccess("/etc/ca.pem", ("PIP_INDEX_URL",))
    return Machine(servers, (), 0, Needed(("rust",)), access)


def test_settings_name_what_the_machine_has() -> None:
    """Toolchains, certificates and indexes; of a variable the name alone."""
    settings = parse_settings(write_settings(machine()))
    assert (settings.toolchains, settings.setup_ca_file) == (("rust",), "/etc/ca.pem")
    assert list(settings.setup_env) == ["PIP_INDEX_URL"]
    assert not settings.tiers


LACKING: list[tuple[str, Callable[[Settings], bool]]] = [
    ('toolchains = ["node"]\n', lambda s: s.toolchains == ("node", "rust")),
    ("", lambda s: s.setup_ca_file == "/etc/ca.pem"),
]


@pytest.mark.parametrize(("before", "holds"), LACKING)
def test_what_settings_lack_is_shown_as_lines_to_add(
    before: str, holds: Callable[[Settings], bool]
) -> None:
    """Only that, and nothing where nothing is lacking."""
    settings = parse_settings(before)
    told = parse_settings(describe_additions(settings, machine()))
    assert holds(told)
    whole = parse_settings(write_settings(machine()))
    without = Machine((), (), 0, Needed(()), NetworkAccess("/etc/ca.pem", ("PIP_INDEX_URL",)))
    assert describe_additions(whole, without) == ""


def test_gpus_are_read_from_the_drivers_table() -> None:
    """Name, all and free memory; a line that is none is passed over."""
    text = "NVIDIA GeForce RTX 3090, 24576, 23871\nNVIDIA GeForce RTX 3090, 24576, [N/A]\n\nNo devices\n"
    [gpu] = read_gpus(text)
    assert (gpu.name, gpu.total, gpu.free) == ("NVIDIA GeForce RTX 3090", 24576, 23871)
