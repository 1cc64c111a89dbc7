"""Whatever takes long keeps nobody else waiting, and the server can end meanwhile."""

import asyncio
import threading

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from starlette.responses import PlainTextResponse
from starlette.types import Receive, Scope, Send
from support.site import ADDRESS, Site
from support.tickets import ticket as make_ticket

from bot.config.machine import Settings
from bot.ticket.stages import Stage
from handlers.dashboard import guard
from handlers.dashboard.guard import PageGuard
from handlers.dashboard.pulse import MAX_STREAMS_OF_ONE, Pulse
from handlers.dashboard.threads import EndingError, Threads


async def read_streams(pulse: Pulse, count: int) -> list[list[str]]:
    async def read() -> list[str]:
        return [event async for event in pulse.stream("octocat")]

    tasks = [asyncio.create_task(read()) for _ in range(count)]
    while pulse._streams.total() < count:  # noqa: SLF001, ASYNC110  # they say nothing of it
        await asyncio.sleep(0)
    await pulse.end()
    return await asyncio.gather(*tasks)


def test_streams_end_when_the_server_does() -> None:
    """Not only after as long as one may take."""
    pulse = Pulse(lambda: 1, Threads())
    told = asyncio.run(asyncio.wait_for(read_streams(pulse, 40), 20))
    assert all(events[0].startswith("retry:") for events in told)
    assert not pulse._streams  # noqa: SLF001


async def count_room(pulse: Pulse, who: str) -> tuple[bool, bool]:
    streams = [pulse.stream(who) for _ in range(MAX_STREAMS_OF_ONE)]
    for stream in streams:
        await anext(stream)
    found = pulse.is_full(who), pulse.is_full("hubot")
    for stream in streams:
        await stream.aclose()  # type: ignore[attr-defined]
    assert not pulse.is_full(who)
    return found


def test_one_person_does_not_take_all_streams() -> None:
    assert asyncio.run(count_room(Pulse(lambda: 1, Threads()), "octocat")) == (True, False)


async def close_while_reading(threads: Threads) -> list[object]:
    may_end = threading.Event()
    running = [asyncio.create_task(threads.read(may_end.wait, 30)) for _ in range(4)]
    waiting = asyncio.create_task(threads.read(may_end.wait, 30))
    await asyncio.sleep(0)
    threads.close()
    may_end.set()
    later = asyncio.create_task(threads.read(may_end.wait, 30))
    return list(await asyncio.gather(*running, waiting, later, return_exceptions=True))


def test_what_waits_for_a_thread_is_told_that_the_server_ends() -> None:
    *running, waiting, later = asyncio.run(close_while_reading(Threads()))
    assert running == [True] * 4
    assert isinstance(waiting, EndingError)
    assert isinstance(later, EndingError)


def test_pages_never_take_all_connections(monkeypatch: pytest.MonkeyPatch) -> None:
    """Those of the webhook are no pages."""
    monkeypatch.setattr(guard, "MAX_ANSWERS", 0)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        await PlainTextResponse("there")(scope, receive, send)

    browser = TestClient(PageGuard(app, Settings()), base_url=ADDRESS)
    assert browser.get("/").status_code == 503
    assert browser.post("/webhook").text == "there"


def test_a_database_that_takes_nothing_is_told_to_who_gives_a_command(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("handlers.dashboard.commands.HEARD_SECONDS", 0.0)
    site.sign_in()
    ticket = make_ticket(Stage.BLOCKED, labelled_at=1.0)
    site.tickets.add_ticket(ticket)
    path = f"/jobs/{ticket.where.repo}/{ticket.issue}"
    assert "written down" in site.give(path, "/retry").text
    # As on a disk that can only be read: https://www.sqlite.org/pragma.html#pragma_query_only
    engine = site.tickets.engine
    sa.event.listen(engine, "connect", lambda opened, _: opened.execute("PRAGMA query_only = 1"))
    engine.dispose()
    answer = site.give(path, "/retry")
    assert answer.status_code == 503
    assert "the database cannot be written" in answer.text
