"""A proxy before a scripted model, asked by bytes as whoever is in the sandbox may send them."""

import json
import socket
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bot.config.tiers import TierSettings
from bot.models.agent_cli.agent import Wire
from bot.spending import Spent
from runners.agents.call_account import CallAccount
from runners.agents.model_proxy import ModelProxy
from runners.agents.model_server import AskedServer
from support.unmetered import Unmetered

KEY = "sk-the-real-key-0123456789"
PATHS: dict[Wire, str] = {
    "chat": "/v1/chat/completions",
    "responses": "/v1/responses",
    "messages": "/v1/messages",
}


@dataclass
class NotedMeter(Unmetered):
    """Remembers what was begun and what each call was entered with."""

    begun: int = 0
    spent: list[Spent] = field(default_factory=list)

    def begin_call(self, *_: object) -> int:  # type: ignore[override]
        self.begun += 1
        return self.begun

    def end_call(self, _seq: int, spent: Spent) -> None:
        self.spent.append(spent)


@dataclass
class AskedProxy:
    """`say` sends bytes and reads what comes until the connection is closed."""

    path: Path
    account: CallAccount
    meter: NotedMeter
    wire: Wire

    def connect(self) -> socket.socket:
        client = socket.socket(socket.AF_UNIX)
        client.settimeout(20)
        client.connect(str(self.path))
        return client

    def say(self, sent: bytes) -> bytes:
        with self.connect() as client:
            with suppress(OSError):  # it answered before it had read all
                client.sendall(sent)
            return read_all(client)

    def ask(self, *, headers: str = "", target: str = "", **more: object) -> bytes:
        """A usual request, with these keys in its body."""
        default: dict[str, Any] = {"model": "scripted", "messages": [], "stream": True}
        if self.wire == "responses":
            default = {"model": "scripted", "input": [], "stream": True}
        return self.say(form_request({**default, **more}, target or PATHS[self.wire], headers))


def form_request(body: dict[str, Any], target: str, headers: str = "") -> bytes:
    data = json.dumps(body).encode()
    head = f"POST {target} HTTP/1.1\r\nHost: x\r\nContent-Length: {len(data)}\r\n{headers}\r\n"
    return head.encode() + data


def read_all(client: socket.socket) -> bytes:
    said = b""
    with suppress(ConnectionResetError):
        while data := client.recv(1 << 16):
            said += data
    return said


@contextmanager
def open_proxy(  # noqa: PLR0913  # a server, and how it is asked
    folder: Path,
    url: str,
    wire: Wire = "chat",
    *,
    key: str = KEY,
    most: int = 1_000_000,
    retries: int = 0,
) -> Iterator[AskedProxy]:
    tier = TierSettings(
        models=("agent:x/scripted",), base_url=url, timeout=20, context=32768, retries=retries
    )
    meter = NotedMeter()
    account = CallAccount(meter, "local", tier, "agent:x/scripted", most)
    server = AskedServer("agent:x/scripted", url, key, wire, tier)
    proxy = ModelProxy(server, account, "scripted", most_output=4096)
    with proxy.listen(folder / "model.sock"):
        yield AskedProxy(folder / "model.sock", account, meter, wire)
