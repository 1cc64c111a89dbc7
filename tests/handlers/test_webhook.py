"""The front door: only what GitHub signed comes in, once, and it survives a loss of power."""

import asyncio
import hmac
import os
import subprocess
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from pathlib import Path

import httpx
import pytest
from support.project import BRICKLAYER

from bot.errors import UserError
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.tickets import Delivery, TicketStore, open_ticket_store
from handlers import webhook as webhook_module
from handlers.webhook import (
    MAX_BODY_BYTES,
    MAX_LARGE_BODIES,
    REFUSAL_LOG_SECONDS,
    SMALL_BODY_BYTES,
    BodyReader,
    Inbox,
    RefusalLog,
    make_app,
)

SECRET = "a-webhook-secret-of-some-length"  # noqa: S105
BODY = b'{"zen": "Keep it logically awesome."}'
MIB = 1 << 20


def desk_in(folder: Path) -> TicketStore:
    return open_ticket_store(open_store(sqlite_url(folder)))


def signature(body: bytes, secret: str = SECRET, algorithm: str = "sha256") -> str:
    return f"{algorithm}={hmac.new(secret.encode(), body, algorithm).hexdigest()}"


def headers(body: bytes = BODY, **more: str) -> dict[str, str]:
    """What GitHub sends with it; an empty value leaves that one out."""
    sent = {"X-GitHub-Delivery": "d-1", "X-GitHub-Event": "ping"}
    sent |= {"X-Hub-Signature-256": signature(body)}
    sent |= {name.replace("_", "-"): value for name, value in more.items()}
    return {name: value for name, value in sent.items() if value}


def served(desk: TicketStore, what: Callable[[httpx.AsyncClient], Awaitable[None]]) -> int:
    """Run a story against the app; gives how often something had arrived."""
    arrived: list[None] = []

    async def story() -> None:
        app = make_app(SECRET, Inbox(desk.receive_deliveries, lambda: arrived.append(None)))
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            await what(client)

    asyncio.run(story())
    return len(arrived)


def answers(
    desk: TicketStore, body: bytes | AsyncIterator[bytes], sent: dict[str, str]
) -> httpx.Response:
    said: list[httpx.Response] = []

    async def one(client: httpx.AsyncClient) -> None:
        said.append(await client.post("/webhook", content=body, headers=sent))

    served(desk, one)
    return said[0]


def test_refused_signatures_are_told_to_the_operator_once_a_minute(
    caplog: pytest.LogCaptureFixture,
) -> None:
    now = [100.0]
    refusals = RefusalLog(lambda: now[0])
    for _ in range(3):
        refusals.add()
    assert ["wrong: 1." in line.getMessage() for line in caplog.records] == [True]
    now[0] += REFUSAL_LOG_SECONDS
    refusals.add()
    assert "wrong: 3." in caplog.records[-1].getMessage()
    assert "its secret is another" in caplog.text


def test_what_github_signed_is_written_down(tmp_path: Path) -> None:
    desk = desk_in(tmp_path)
    assert answers(desk, BODY, headers()).status_code == 202
    (one,) = desk.list_waiting()
    assert (one.id, one.event, one.body) == ("d-1", "ping", BODY)


@pytest.mark.parametrize(
    "sent",
    [
        headers(X_Hub_Signature_256=""),
        headers(X_Hub_Signature_256="sha256="),
        headers(X_Hub_Signature_256="sha256=" + "0" * 64),
        headers(X_Hub_Signature_256=signature(BODY).upper()),
        headers(X_Hub_Signature_256=signature(BODY)[7:]),
        headers(X_Hub_Signature_256=signature(BODY, algorithm="sha1")),
        headers(X_Hub_Signature_256=f"{signature(BODY)} "[:-2]),
        headers(X_Hub_Signature_256=signature(BODY, SECRET + "x")),
        headers(X_Hub_Signature_256=signature(BODY, "")),
        headers(X_Hub_Signature_256=signature(BODY + b" ")),
        headers(X_Hub_Signature_256=f"sha1={signature(BODY)}"),
        headers(X_Hub_Signature_256="", X_Hub_Signature=signature(BODY, algorithm="sha1")),
        headers(X_Hub_Signature_256="", X_Hub_Signature=signature(BODY)),
        headers(X_Hub_Signature_256="", Authorization=signature(BODY)),
    ],
)
def test_without_the_right_signature_nothing_comes_in(tmp_path: Path, sent: dict[str, str]) -> None:
    """Missing, empty, wrong, cut, of another body or secret, SHA-1 alone: 401, and nothing kept."""
    desk = desk_in(tmp_path)
    assert answers(desk, BODY, sent).status_code == 401
    assert desk.list_waiting() == []


@pytest.mark.parametrize(
    "sent",
    [
        headers(X_GitHub_Delivery=""),
        headers(X_GitHub_Event=""),
        headers(X_GitHub_Delivery="x" * 101),
        headers(X_GitHub_Delivery="../../x"),
        headers(X_GitHub_Event="Ping;x"),
    ],
)
def test_without_a_name_and_an_event_it_is_no_delivery(
    tmp_path: Path, sent: dict[str, str]
) -> None:
    desk = desk_in(tmp_path)
    assert answers(desk, BODY, sent).status_code == 400
    assert desk.list_waiting() == []


def test_30_mb_are_refused_before_they_are_read(tmp_path: Path) -> None:
    """By its length where that is told, else after no more than GitHub's largest."""
    desk = desk_in(tmp_path)
    body = b" " * (30 * MIB)
    assert answers(desk, body, headers(body)).status_code == 413
    sent: list[int] = []

    async def chunks() -> AsyncIterator[bytes]:
        for number in range(30):
            sent.append(number)
            yield b" " * MIB

    assert answers(desk, chunks(), headers(body)).status_code == 413
    assert len(sent) <= MAX_BODY_BYTES // MIB + 1
    assert answers(desk, b"", headers(b"", content_length="9" * 30)).status_code == 413
    assert desk.list_waiting() == []


def test_githubs_largest_comes_in(tmp_path: Path) -> None:
    body = b" " * MAX_BODY_BYTES
    assert answers(desk_in(tmp_path), body, headers(body)).status_code == 202


def test_a_body_that_does_not_end_is_given_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(BodyReader.__init__, "__defaults__", (0.05,))

    async def drips() -> AsyncIterator[bytes]:
        yield b"{"
        await asyncio.Event().wait()

    assert answers(desk_in(tmp_path), drips(), headers()).status_code == 408


def test_strangers_large_bodies_do_not_fill_the_memory(tmp_path: Path) -> None:
    """Beyond a few at once they are turned away, while small ones still come in."""
    desk = desk_in(tmp_path)

    async def story(client: httpx.AsyncClient) -> None:
        go, read = asyncio.Event(), asyncio.Semaphore(0)

        async def waits() -> AsyncIterator[bytes]:
            yield b" " * (SMALL_BODY_BYTES + 1)
            read.release()
            await go.wait()

        async def post(body: bytes | AsyncIterator[bytes]) -> int:
            return (await client.post("/webhook", content=body, headers=headers())).status_code

        held = [asyncio.create_task(post(waits())) for _ in range(MAX_LARGE_BODIES)]
        for _ in held:
            await asyncio.wait_for(read.acquire(), 30)
        assert await post(b" " * (SMALL_BODY_BYTES + 1)) == 503
        assert await post(BODY) == 202
        go.set()
        assert set(await asyncio.gather(*held)) == {401}
        assert await post(b" " * (SMALL_BODY_BYTES + 1)) == 401

    served(desk, story)


def test_the_same_delivery_is_one_at_once_later_and_after_a_restart(tmp_path: Path) -> None:
    """GitHub says the same thing twice where an answer was lost: it is dealt with once."""
    desk = desk_in(tmp_path)

    async def story(client: httpx.AsyncClient) -> None:
        post = lambda: client.post("/webhook", content=BODY, headers=headers())  # noqa: E731
        said = await asyncio.gather(*(post() for _ in range(50)))
        assert {one.status_code for one in said} == {202}
        assert (await post()).status_code == 202

    served(desk, story)
    assert len(desk.list_waiting()) == 1
    desk.settle_deliveries({"d-1": "done"})
    again = desk_in(tmp_path)
    served(again, story)
    assert again.list_waiting() == []


def test_what_cannot_be_written_down_is_not_said_to_be() -> None:
    """A full disk: no 202, so that GitHub shows the delivery as failed."""

    def full(_deliveries: object) -> None:
        raise OSError(28, "No space left on device")

    async def story() -> None:
        transport = httpx.ASGITransport(
            make_app(SECRET, Inbox(full, lambda: None)), raise_app_exceptions=False
        )
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            said = await client.post("/webhook", content=BODY, headers=headers())
        assert said.status_code == 503
        assert "not stored" in said.text
        assert "space" not in said.text

    asyncio.run(story())


def test_a_database_that_hangs_gets_its_answer_within_github_s_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """503 after some seconds, shortened here, and what is stored after all is dealt with."""
    monkeypatch.setattr(webhook_module, "STORE_SECONDS", 0.1)
    free, stored, arrived = threading.Event(), [], threading.Event()

    def hang(deliveries: Sequence[Delivery]) -> None:
        free.wait(30)
        stored.extend(deliveries)

    async def story() -> None:
        transport = httpx.ASGITransport(make_app(SECRET, Inbox(hang, arrived.set)))
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            said = await client.post("/webhook", content=BODY, headers=headers())
            assert said.status_code == 503
            assert said.headers["retry-after"]
            free.set()
            assert await asyncio.to_thread(arrived.wait, 10)
        assert [delivery.id for delivery in stored] == ["d-1"]

    asyncio.run(story())
    assert webhook_module.STORE_SECONDS + webhook_module.READ_SECONDS < 30


@pytest.mark.parametrize("secret", ["", " ", "\n"])
def test_with_an_empty_secret_there_is_no_server(tmp_path: Path, secret: str) -> None:
    with pytest.raises(UserError, match="secret is empty"):
        make_app(secret, Inbox(desk_in(tmp_path).receive_deliveries, lambda: None))


def test_serve_refuses_to_start_with_an_empty_secret(tmp_path: Path) -> None:
    config = tmp_path / "bricklayer.toml"
    config.write_text(f'state_dir = "{tmp_path}/state"\n[github]\nport = 0\n')
    env = {**os.environ, "BRICKLAYER_CONFIG": str(config), "BRICKLAYER_TOKEN": "x" * 20}
    argv = [BRICKLAYER, "serve"]
    done = subprocess.run(argv, env=env, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "the webhook secret is empty" in done.stderr


@pytest.mark.parametrize("path", ["/docs", "/openapi.json", "/redoc", "/webhook"])
def test_there_is_nothing_else_to_read(tmp_path: Path, path: str) -> None:
    async def story(client: httpx.AsyncClient) -> None:
        assert (await client.get(path)).status_code in {404, 405}

    served(desk_in(tmp_path), story)
