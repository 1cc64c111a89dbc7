"""`GET /metrics` is answered in bounded time, whatever the database does."""

import asyncio
import logging
import threading
from collections.abc import Callable

import httpx
import pytest
from fastapi import FastAPI
from support.counted import Counted

from handlers.metrics.endpoint import FRESH_SECONDS, Metrics, add_metrics
from handlers.metrics.readings import OwnFacts, Reading

OWN = OwnFacts(lambda: False, dict, list)


def ask(metrics: Metrics, times: int = 1, token: str = "") -> list[httpx.Response]:
    """That many at the same time."""

    async def story() -> list[httpx.Response]:
        app = FastAPI()
        add_metrics(app, metrics, token)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://localhost") as client:
            return await asyncio.gather(*(client.get("/metrics") for _ in range(times)))

    return asyncio.run(story())


def test_who_asks_often_has_the_database_read_once_in_a_while(counted: Counted) -> None:
    """Many at a time are one reading, and so are all within some seconds."""
    read: list[Reading] = []
    now = [0.0]

    def note() -> Reading:
        read.append(counted.read())
        return read[-1]

    metrics = Metrics(OWN, note, clock=lambda: now[0])
    answers = [*ask(metrics, 5), *ask(metrics)]
    assert {answer.status_code for answer in answers} == {200}
    assert answers[0].headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'bricklayer_workers{state="alive"} 1.0' in answers[0].text.splitlines()
    assert len(read) == 1
    now[0] = FRESH_SECONDS
    ask(metrics)
    assert len(read) == 2


def refuse() -> Reading:
    raise OSError(28, "No space left on /home/mona")


@pytest.mark.parametrize("how", ["refuses", "hangs"])
def test_a_database_that_does_not_answer_is_a_number_and_one_line_of_the_log(
    how: str, caplog: pytest.LogCaptureFixture
) -> None:
    free = threading.Event()

    def hang() -> Reading:
        free.wait(30)
        raise OSError

    read: Callable[[], Reading] = refuse if how == "refuses" else hang
    metrics = Metrics(OWN, read, patience=0.05)
    try:
        with caplog.at_level(logging.WARNING):
            answers = ask(metrics, 3)
    finally:
        free.set()
    assert {answer.status_code for answer in answers} == {200}
    assert all("bricklayer_database_up 0.0" in answer.text.splitlines() for answer in answers)
    assert len(caplog.messages) == 1
    assert "mona" not in caplog.text


def test_a_stranger_is_told_nothing_and_has_nothing_read() -> None:
    [answer] = ask(Metrics(OWN, refuse), token="a word")  # noqa: S106
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, "Bearer")
    assert "bricklayer_" not in answer.text
