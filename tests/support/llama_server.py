"""A real llama-server with the small model, on a port of loopback that it chooses itself."""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot.models.llama_cpp import PASSIVE_WAIT_ENV
from support.gguf import small_gguf

START_SECONDS = 90
# What the server says once the model is loaded.
# https://github.com/ggml-org/llama.cpp/blob/master/tools/server/server.cpp
_LISTENING = re.compile(rb"listening on (http://127\.0\.0\.1:\d+)")


def find_server() -> str:
    """Skips the test, with what to do, where the program has not been built."""
    beside = Path(sys.executable).with_name("llama-server")
    found = str(beside) if beside.exists() else shutil.which("llama-server")
    return found or pytest.skip("no llama-server: make test-rest builds it")


@contextmanager
def serve_llama(
    folder: Path, options: Sequence[str] = (), *, template: str = "", context: int = 4096
) -> Iterator[str]:
    """The server's address, until the block ends. `folder` gets its log.

    `template` is a chat template in the place of the model's own.
    """
    argv = [find_server(), "--model", str(small_gguf()), "--host", "127.0.0.1", "--port", "0"]
    argv += ["--ctx-size", str(context), "--parallel", "1", "--threads", "2", *options]
    if template:
        file = folder / "template.jinja"
        file.write_text(template)
        argv += ["--jinja", "--chat-template-file", str(file)]
    log = folder / "llama-server.log"
    with log.open("wb") as output:
        server = subprocess.Popen(
            argv, stdout=output, stderr=subprocess.STDOUT, env={**os.environ, **PASSIVE_WAIT_ENV}
        )
    try:
        yield _wait_until_serving(server, log)
    finally:
        server.kill()
        server.wait(10)


def _wait_until_serving(server: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and server.poll() is None:
        if found := _LISTENING.search(log.read_bytes()):
            return found[1].decode()
        time.sleep(0.05)
    raise RuntimeError(f"llama-server did not start: {log.read_text()[-2000:]}")
