"""The OpenAI-compatible path against a real server: the one of llama-cpp-python."""

import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from importlib.util import find_spec

import pytest
from support.gguf import small_gguf

from bot.config.tiers import TierSettings
from bot.models.hosted import HostedModel
from bot.models.model import ModelError, Prompt
from bot.models.spec import parse_spec
from bot.models.token_estimate import estimate_tokens

pytestmark = pytest.mark.model


def keep_going(*_: object) -> str:
    return ""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    path = small_gguf()
    if find_spec("starlette_context") is None:
        pytest.skip('no llama_cpp server: install "llama-cpp-python[server]"')
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    argv = [sys.executable, "-m", "llama_cpp.server", "--model", str(path), "--port", str(port)]
    server = subprocess.Popen(
        [*argv, "--n_ctx", "1024", "--n_threads", "1", "--interrupt_requests", "true"],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_until_serving(f"http://127.0.0.1:{port}/v1/models", server)
        yield f"http://127.0.0.1:{port}/v1"
    finally:
        server.kill()
        server.wait(10)


def _wait_until_serving(url: str, server: "subprocess.Popen[bytes]") -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline and server.poll() is None:
        try:
            urllib.request.urlopen(url, timeout=5).close()  # noqa: S310 a loopback address
        except (urllib.error.URLError, OSError):
            time.sleep(0.1)
        else:
            return
    raise RuntimeError("the server did not start")


def model(url: str) -> HostedModel:
    kind = "openai-chat:smollm2"
    return HostedModel(parse_spec(kind), TierSettings(models=(kind,), base_url=url, timeout=90))


def test_a_real_server_answers(url: str) -> None:
    """A reply streams from llama.cpp's server, is counted, and depends on the seed alone."""
    prompt = Prompt("You are brief.", "Say hello.", temperature=0.0, seed=3, reply=16)
    first = model(url).ask(prompt, keep_going)
    assert first.text
    assert first.tokens_in >= 10
    assert first.tokens_out >= 1
    assert model(url).ask(prompt, keep_going).text == first.text


def test_a_real_server_is_cut(url: str) -> None:
    """The watch ends a real stream, and the server answers the next call."""
    endless = Prompt("", "Speak.", grammar='root ::= "again " root', reply=800)
    cut = model(url).ask(endless, lambda text, *_: "loop" if text.count("again") > 3 else "")
    assert (cut.stop, cut.cut_why) == ("cut", "loop")
    assert cut.tokens_out >= estimate_tokens(cut.text)
    assert model(url).ask(Prompt("", "Say hello.", reply=8), keep_going).text


def test_a_prompt_the_server_drops(url: str) -> None:
    """This server answers a prompt beyond its window with an empty stream: an error, no reply."""
    with pytest.raises(ModelError, match=r"holds no reply.*larger than the server's window"):
        model(url).ask(Prompt("", "word " * 3000, reply=8), keep_going)
    assert model(url).ask(Prompt("", "Say hello.", reply=8), keep_going).text
