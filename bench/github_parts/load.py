"""Signed webhooks at a steady rate, from a process of its own.

The load is open: the time of each delivery is fixed beforehand, whatever becomes of the others, and
its latency counts from that time. Each has a connection of its own, as from a new sender.
"""

import asyncio
import hashlib
import hmac
import json
import math
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

Kind = tuple[str, bytes]
"""The event's name, and its body."""
PATIENCE = 10.0
"""Seconds that GitHub waits for an answer."""
ACCEPTED = 202


@dataclass(frozen=True)
class Load:
    """What was answered 202: its id, and the seconds since it was due, and since it was sent."""

    accepted: list[tuple[str, float, float]]
    others: dict[str, int]
    late: float
    """Seconds that the sender itself was late, at the most."""

    def told(self) -> str:
        if not self.accepted:
            return f"none accepted, {self.others}"
        due = [one[1] for one in self.accepted]
        sent = [one[2] for one in self.accepted]
        return (
            f"{len(due)} accepted, p50 {_ms(due, 0.5)}, p99 {_ms(due, 0.99)}, most {_ms(due, 1)}; "
            f"from sending p99 {_ms(sent, 0.99)}; others {self.others or 'none'}; "
            f"the sender at most {self.late * 1000:.0f} ms late"
        )


def _ms(seconds: Sequence[float], part: float) -> str:
    return f"{sorted(seconds)[max(0, math.ceil(part * len(seconds)) - 1)] * 1000:.1f} ms"


def start(  # noqa: PLR0913, PLR0917  # each is a dimension of the load
    port: int, secret: str, kinds: Sequence[Kind], rate: float, seconds: float, name: str
) -> "subprocess.Popen[str]":
    """`name` begins every delivery's id. Read what it gives with `finish`."""
    spec = [port, secret, [(event, body.decode()) for event, body in kinds], rate, seconds, name]
    argv = [sys.executable, Path(__file__)]
    process = subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert process.stdin
    process.stdin.write(json.dumps(spec))
    process.stdin.close()
    return process


def finish(process: "subprocess.Popen[str]") -> Load:
    assert process.stdout
    told = process.stdout.read()
    assert process.wait(60) == 0, "the sender failed"
    return Load(**json.loads(told))


@dataclass
class Sender:
    port: int
    requests: list[bytes]
    """By kind; `@ID` is where the delivery's id goes."""

    def __post_init__(self) -> None:
        self.accepted: list[tuple[str, float, float]] = []
        self.others: Counter[str] = Counter()
        self.late = 0.0

    async def all(self, rate: float, seconds: float, name: str) -> None:
        loop = asyncio.get_running_loop()
        first = loop.time() + 0.5
        async with asyncio.TaskGroup() as group:
            for number in range(int(rate * seconds)):
                due = first + number / rate
                await asyncio.sleep(max(0.0, due - loop.time()))
                group.create_task(self._one(f"{name}-{number}", number, due))

    async def _one(self, name: str, number: int, due: float) -> None:
        now = asyncio.get_running_loop().time
        sent = now()
        self.late = max(self.late, sent - due)
        request = self.requests[number % len(self.requests)].replace(b"@ID", name.encode(), 1)
        try:
            async with asyncio.timeout(PATIENCE):
                status = await self._post(request)
        except (OSError, TimeoutError, ValueError) as exc:
            self.others[type(exc).__name__] += 1
            return
        if status == ACCEPTED:
            self.accepted.append((name, now() - due, now() - sent))
        else:
            self.others[str(status)] += 1

    async def _post(self, request: bytes) -> int:
        """Raises ValueError where the connection ended without an answer."""
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        try:
            writer.write(request)
            head = await reader.readline()
            return int(head.split(b" ", 2)[1]) if head.count(b" ") else int(head)
        finally:
            writer.close()


def _request(event: str, body: bytes, secret: str) -> bytes:
    signature = hmac.new(secret.encode(), body, hashlib.sha256).hexdigest()
    lines = (
        "POST /webhook HTTP/1.1",
        "Host: localhost",
        "X-GitHub-Delivery: @ID",
        f"X-GitHub-Event: {event}",
        f"X-Hub-Signature-256: sha256={signature}",
        "Content-Type: application/json",
        f"Content-Length: {len(body)}",
        "Connection: close",
    )
    return "\r\n".join((*lines, "", "")).encode() + body


def main() -> None:
    port, secret, kinds, rate, seconds, name = json.load(sys.stdin)
    requests = [_request(event, body.encode(), secret) for event, body in kinds]
    sender = Sender(port, requests)
    began = time.monotonic()
    asyncio.run(sender.all(rate, seconds, name))
    assert time.monotonic() - began >= seconds
    said = {"accepted": sender.accepted, "others": dict(sender.others), "late": sender.late}
    json.dump(said, sys.stdout)


if __name__ == "__main__":
    main()
