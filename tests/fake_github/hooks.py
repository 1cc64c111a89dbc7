"""Webhooks of the stand-in: signed, in order, one at a time; never sent again by themselves."""

import hashlib
import hmac
import json
import queue
import threading
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import requests

from fake_github import show

if TYPE_CHECKING:
    from fake_github.world import GitHub

Receiver = Callable[[dict[str, str], bytes], int]
"""In place of a URL: gets headers and body, gives the status."""


@dataclass(eq=False)
class Delivery:
    """One webhook. `statuses` is what each try was answered; empty once dropped, 0 for no answer."""

    number: int
    guid: str
    event: str
    action: str
    body: bytes
    headers: dict[str, str]
    at: str
    statuses: list[int] = field(default_factory=list)

    @property
    def payload(self) -> dict[str, Any]:
        return dict(json.loads(self.body))


class Hooks:
    def __init__(self, github: "GitHub") -> None:
        self.github = github
        self.url = ""
        self.secret = ""
        self.receiver: Receiver | None = None
        self.deliveries: list[Delivery] = []
        """All that happened, sent or not."""
        self._drop = 0
        self._held: list[Delivery] | None = None
        self._waiting: queue.Queue[Delivery | None] = queue.Queue()
        self._pending = 0
        self._idle = threading.Condition()
        self._thread: threading.Thread | None = None
        self._errors: list[Exception] = []

    def to(self, where: str | Receiver, secret: str) -> None:
        """From now on send to this URL, or hand headers and body to this function."""
        self.url, self.receiver = (where, None) if isinstance(where, str) else ("", where)
        self.secret = secret

    def drop_next(self, times: int = 1) -> None:
        self._drop += times

    def hold(self) -> None:
        """Keep what happens from here on until `release`, which may send it in another order."""
        self._held = []

    def release(self, order: Callable[[list[Delivery]], list[Delivery]] = list) -> None:
        held, self._held = self._held or [], None
        for delivery in order(held):
            self.send(delivery)
        self.flush()

    def emit(
        self, event: str, payload: dict[str, Any], heard: tuple[str, ...] | None = None
    ) -> None:
        """Record what happened, and send it where a hook wants it: `heard`, or everything for None."""
        self.github.schema.webhook(event, payload)
        made = self._delivery(event, payload)
        self.deliveries.append(made)
        wanted = heard is None or event in heard
        if not (self.url or self.receiver) or not wanted:
            return
        if self._drop:
            self._drop -= 1
        elif self._held is not None:
            self._held.append(made)
        else:
            self.send(made)

    def _delivery(self, event: str, payload: dict[str, Any]) -> Delivery:
        number = self.github.new_id()
        body = json.dumps(payload, separators=(",", ":"), ensure_ascii=False).encode(
            errors="surrogatepass"
        )
        guid = str(uuid.UUID(int=number << 64 | len(self.deliveries), version=4))
        action = str(payload.get("action", ""))
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "GitHub-Hookshot/1f2e3d4",
            "X-GitHub-Delivery": guid,
            "X-GitHub-Event": event,
            "X-GitHub-Hook-ID": "292430182",
            "X-GitHub-Hook-Installation-Target-Type": "integration",
            "X-GitHub-Hook-Installation-Target-ID": "79929171",
            **self.signatures(body),
        }
        return Delivery(number, guid, event, action, body, headers, self.github.clock.now())

    def signatures(self, body: bytes) -> dict[str, str]:
        key = self.secret.encode()
        return {
            "X-Hub-Signature": "sha1=" + hmac.new(key, body, hashlib.sha1).hexdigest(),
            "X-Hub-Signature-256": "sha256=" + hmac.new(key, body, hashlib.sha256).hexdigest(),
        }

    def last(self, event: str, action: str = "") -> Delivery:
        """The latest of that kind, whether or not a hook was set."""
        found = (
            one
            for one in reversed(self.deliveries)
            if one.event == event and action in {"", one.action}
        )
        return next(found)

    def sent(self) -> list[Delivery]:
        return [one for one in self.deliveries if one.statuses]

    def ping(self) -> None:
        """What a new hook is sent first."""
        self.emit("ping", show.ping(self.github))
        self.flush()

    def redeliver(self, guid: str) -> int:
        """Send it once more, as the button does: same id, same body. Gives the status."""
        delivery = next(one for one in self.deliveries if one.guid == guid)
        self.send(delivery)
        self.flush()
        return delivery.statuses[-1]

    def send(self, delivery: Delivery) -> None:
        with self._idle:
            self._pending += 1
        if self._thread is None:
            self._thread = threading.Thread(target=self._deliver_all, daemon=True)
            self._thread.start()
        self._waiting.put(delivery)

    def _deliver_all(self) -> None:
        self.github.serving.on = True
        while (delivery := self._waiting.get()) is not None:
            try:
                delivery.statuses.append(self._deliver(delivery))
            except Exception as exc:  # noqa: BLE001 - a receiver's: raised where the test waits
                self._errors.append(exc)
            finally:
                with self._idle:
                    self._pending -= 1
                    self._idle.notify_all()

    def _deliver(self, delivery: Delivery) -> int:
        if self.receiver is not None:
            return self.receiver(dict(delivery.headers), delivery.body)
        with requests.Session() as session:
            session.trust_env = False
            try:
                sent = session.post(
                    self.url, data=delivery.body, headers=delivery.headers, timeout=10
                )
            except requests.RequestException:
                return 0
            return sent.status_code

    def flush(self, seconds: float = 60) -> None:
        """Wait until everything sent so far was answered."""
        until = time.monotonic() + seconds
        with self._idle:
            while self._pending:
                if not self._idle.wait(until - time.monotonic()):
                    raise AssertionError("a webhook was not answered in time")
        if self._errors:
            raise self._errors.pop(0)

    def close(self) -> None:
        if self._thread is not None:
            self._waiting.put(None)
            self._thread.join(15)
