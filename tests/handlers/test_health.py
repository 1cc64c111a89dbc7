"""`GET /health` is green only while the loops turn and the database answers."""

import asyncio
import threading
from collections.abc import Callable, Sequence

import httpx
import pytest
import sqlalchemy as sa

from handlers.health import Health
from handlers.webhook import Inbox, make_app


def ask(
    faults: Sequence[str], probe: Callable[[], object], patience: float = 10.0
) -> httpx.Response:
    async def story() -> httpx.Response:
        health = Health(lambda: faults, probe, lambda: {"role": "leader"}, patience)
        app = make_app("secret", Inbox(lambda _: None, lambda: None), health.check)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
            return await client.get("/health")

    return asyncio.run(story())


def test_all_is_well() -> None:
    said = ask([], lambda: None)
    assert (said.status_code, said.json()) == (200, {"status": "ok", "role": "leader"})


def test_a_loop_that_does_not_turn_is_named() -> None:
    fault = "sweep: it has not turned for 61 seconds: OSError"
    said = ask([fault], lambda: None)
    assert said.status_code == 503
    assert said.json() == {"status": "failing", "role": "leader", "faults": [fault]}


@pytest.mark.parametrize(
    ("fault", "told"),
    [
        (OSError(28, "No space left", "/var/lib/x"), "no space is left"),
        (sa.exc.OperationalError("", {}, Exception("host x")), "OperationalError"),
    ],
)
def test_a_database_that_refuses_is_told_without_its_words(fault: Exception, told: str) -> None:
    """They may name hosts and people, and anybody may ask."""

    def refuse() -> None:
        raise fault

    said = ask([], refuse)
    assert said.status_code == 503
    assert said.json()["faults"] == [f"database: {told}"]


def test_a_database_that_hangs_is_told_within_the_patience_of_who_asks() -> None:
    free = threading.Event()
    try:
        timer = threading.Timer(1.0, free.set)
        timer.start()
        said = ask([], lambda: free.wait(30), patience=0.05)
    finally:
        free.set()
    assert said.status_code == 503
    assert said.json()["faults"] == ["database: no answer within 0 seconds"]
