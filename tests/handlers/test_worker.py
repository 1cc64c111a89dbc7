"""The worker's inbox: what fails is tried again, and nobody waits for it."""

import json
import sqlite3
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from fake_github.issues import Issue
from fake_github.outages import begin_outage, end_outages
from fake_github.world import GitHub
from support.machine import Machine, bank, until
from support.payloads import common
from support.tickets import MONA, WHERE

from bot.config.machine import read_settings
from bot.github.account import Account
from bot.storage.tickets import Delivery, TicketStore
from bot.ticket.model import FOREVER, Ticket
from bot.ticket.stages import Stage
from handlers import worker as worker_module
from handlers.worker import MAX_TRIES, TICKET_THREADS, Worker, handle_delivery
from runners import supervisor
from runners.supervisor import Supervisor
from runners.tickets.services import Services, open_services

CLOCK = [0.0]


@pytest.fixture
def issue(github: GitHub) -> Issue:
    github.person("hubot", permission="write")
    return bank(github)


@pytest.fixture
def services(
    github: GitHub, issue: Issue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Services:
    """A job that is over: commands to it are answered, and nothing is built."""
    machine = Machine(tmp_path, github, more="sweep_seconds = 3600")
    monkeypatch.setenv("BRICKLAYER_CONFIG", str(machine.write()))
    settings = read_settings()
    made = open_services(settings, Account(settings.github, {}))
    CLOCK[0] = time.time()
    made.now = lambda: CLOCK[0]
    where = made.account.open_repository("octocat/bank").read_location()
    made.tickets.add_ticket(Ticket(where, issue.number, MONA, stage=Stage.CANCELLED))
    return made


@pytest.fixture
def worker(services: Services) -> Iterator[Worker]:
    made = Worker(services)
    made.start()
    yield made
    made.stop()


def test_a_delivery_that_fails_is_tried_again_and_holds_up_nobody(
    github: GitHub, issue: Issue, services: Services, worker: Worker
) -> None:
    """GitHub will not say for a while who mona is; hubot's command is obeyed meanwhile."""

    def hear(headers: dict[str, str], body: bytes) -> int:
        named = {name.lower(): value for name, value in headers.items()}
        given = Delivery(named["x-github-delivery"], named["x-github-event"], body, CLOCK[0])
        services.tickets.receive_deliveries([given])
        worker.signal_delivery()
        return 202

    def said() -> str:
        ticket = services.tickets.find_ticket(f"{issue.repo.id}#{issue.number}")
        return ticket.reply if ticket else ""

    def retried() -> bool:
        CLOCK[0] += 60.0
        worker.signal_delivery()
        return not services.tickets.list_waiting()

    # The sweep that a start begins with may ask for the same comment, and be refused as well.
    github.fail("GET", "/collaborators/mona/", 418, times=4)
    github.hook(hear, "secret")
    issue.comment("/status", by=github.person("mona"))
    issue.comment("/status", by=github.person("hubot"))
    until(lambda: said().startswith("@hubot"), said)
    until(lambda: [delivery.tries for delivery in services.tickets.list_waiting()] == [1], said)
    until(retried, said)
    until(lambda: said().startswith("@mona"), said)


@pytest.mark.parametrize(
    ("event", "body", "how"),
    [
        ("issues", b"", "malformed"),
        ("issues", b"[" * 200_000, "malformed"),
        ("issues", b"\xff\xfe", "malformed"),
        ("issues", b"[]", "malformed"),
        ("issues", json.dumps({"action": "labeled"}).encode(), "malformed"),
        ("sponsorship", b"{}", "ignored"),
        ("star", b'{"action": "created"}', "ignored"),
    ],
)
def test_what_is_no_event_of_ours_is_told_in_a_word(event: str, body: bytes, how: str) -> None:
    acted: list[object] = []
    assert handle_delivery(Delivery("a", event, body, 0.0), acted.append) == how
    assert not acted


def test_what_the_act_raises_is_the_callers() -> None:
    def act(_event: object) -> None:
        raise OSError(WHERE.repo)

    with pytest.raises(OSError, match="octocat/bank"):
        handle_delivery(Delivery("a", "ping", json.dumps(common("created")).encode(), 0.0), act)


def test_a_delivery_that_meets_an_outage_is_not_counted_as_tried(
    github: GitHub, issue: Issue, services: Services
) -> None:
    """However long it lasts: it is not the delivery that fails. The command is followed after it."""
    given: list[Delivery] = []

    def hear(headers: dict[str, str], body: bytes) -> int:
        named = {name.lower(): value for name, value in headers.items()}
        given.append(Delivery(named["x-github-delivery"], named["x-github-event"], body, CLOCK[0]))
        return 202

    github.hook(hear, "secret")
    issue.comment("/status", by=github.person("mona"))
    github.hooks.flush()
    services.tickets.receive_deliveries(given)
    worker = Worker(services)
    begin_outage(github, "suspended")
    for _ in range(MAX_TRIES + 2):
        assert list(worker._handle_waiting(services.tickets.list_waiting())) == []  # noqa: SLF001
    assert {delivery.tries for delivery in services.tickets.list_waiting()} == {0}
    end_outages(github)
    ended = dict(worker._handle_waiting(services.tickets.list_waiting()))  # noqa: SLF001
    assert set(ended.values()) == {"done"}
    worker.stop()


@pytest.mark.parametrize("what", ["list_waiting", "change_ticket"])
@pytest.mark.slow
def test_no_thread_ends_with_a_fault_of_the_database(
    services: Services, monkeypatch: pytest.MonkeyPatch, what: str
) -> None:
    """What hears and what keeps the time go on after it; else nothing would be heard until a start."""
    monkeypatch.setattr(worker_module, "FAULT_SECONDS", 0.01)
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.01)
    real, calls = getattr(TicketStore, what), []

    def fail_first(*args: object, **more: object) -> object:
        calls.append(what)
        if len(calls) == 1:
            raise OSError("the database is locked")
        return real(*args, **more)

    (ticket,) = services.tickets.list_tickets()
    made = Worker(services)
    made.start()
    monkeypatch.setattr(TicketStore, what, fail_first)
    due = CLOCK[0] - 1
    made._due_at[ticket.key] = due  # noqa: SLF001
    try:
        due_at = made._due_at  # noqa: SLF001
        until(lambda: len(calls) > 1 and due_at.get(ticket.key) != due, lambda: str(calls))
    finally:
        made.stop()


def test_a_server_that_is_told_to_end_has_died_of_nothing(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is being handled comes to its end first, or an honest restart would count against it."""
    begun, go_on = threading.Event(), threading.Event()

    def handle_slowly(*_: object) -> str:
        begun.set()
        go_on.wait(10)
        return "done"

    monkeypatch.setattr(worker_module, "handle_delivery", handle_slowly)
    worker = Worker(services)
    services.tickets.receive_deliveries([Delivery("slow", "issue_comment", b"{}", CLOCK[0])])
    worker.start()
    assert begun.wait(10)
    threading.Timer(0.3, go_on.set).start()
    worker.stop()
    assert services.tickets.count_begun(["slow"]) == {}


def test_what_is_asked_of_a_busy_ticket_is_told_while_all_threads_are_taken(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Looks at tickets may hang as long as GitHub does; telling has threads of its own."""
    busy = threading.Barrier(TICKET_THREADS + 1)
    go_on, told, asked = threading.Event(), threading.Event(), "1#0"

    def hang(_services: Services, _key: str) -> None:
        busy.wait(10)
        go_on.wait(10)

    def tell(_services: Services, key: str) -> None:
        if key == asked:
            told.set()

    monkeypatch.setattr(worker_module, "advance_ticket", hang)
    monkeypatch.setattr(worker_module, "sync_in_thread", tell)
    worker = Worker(services)
    for number in range(TICKET_THREADS):
        worker.wake(f"1#{number}")
    busy.wait(10)
    worker.wake(asked)
    try:
        assert told.wait(10)
    finally:
        go_on.set()
        busy.abort()
        worker.stop()


@pytest.mark.parametrize("back", [864_000.0, 3600.0])
def test_a_clock_that_is_set_back_delays_no_ticket(
    services: Services, monkeypatch: pytest.MonkeyPatch, back: float
) -> None:
    """What was due in five seconds is looked at then; what waits for an event goes on waiting."""
    woken: list[str] = []
    worker = Worker(services)
    monkeypatch.setattr(worker, "_submit", woken.append)
    due = worker._due_at  # noqa: SLF001
    due.update({"soon": CLOCK[0] + 5, "an event": FOREVER, "never": 0.0})
    worker._run_clock()  # noqa: SLF001
    CLOCK[0] -= back
    worker._run_clock()  # noqa: SLF001
    assert woken == []
    CLOCK[0] += 6
    worker._run_clock()  # noqa: SLF001
    assert woken == ["soon"]
    assert (due["an event"], due["never"]) == (FOREVER, 0.0)
    worker.stop()


def test_a_clock_ten_hours_ahead_leaves_the_loop_as_it_was(
    services: Services, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is due is looked at sooner, and no more: nothing ends, and loops go on resting."""
    woken: list[str] = []
    told = Supervisor()
    worker = Worker(services, told)
    monkeypatch.setattr(worker, "_submit", woken.append)
    worker._due_at.update({"soon": CLOCK[0] + 5, "an event": FOREVER})  # noqa: SLF001
    CLOCK[0] += 36_000
    worker._run_clock()  # noqa: SLF001
    assert woken == ["soon"]
    assert told.find_faults() == []
    worker.stop()


FAULTS = {
    "full": ("PRAGMA max_page_count=1", "PRAGMA max_page_count=1073741823"),
    "read-only": ("PRAGMA query_only=1", "PRAGMA query_only=0"),
    "locked": ("PRAGMA busy_timeout=10", "PRAGMA busy_timeout=30000"),
}


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.slow
def test_what_sqlite_refuses_for_a_while_is_done_after_it(
    services: Services,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    fault: str,
) -> None:
    """The real refusals of every connection; the log has a sentence each, and no trace."""
    monkeypatch.setattr(supervisor, "FIRST_PAUSE_SECONDS", 0.01)
    engine, away = services.tickets.engine, threading.Event()

    def set_pragma(connection: sqlite3.Connection, *_: object) -> None:
        connection.execute(FAULTS[fault][not away.is_set()]).close()

    (ticket,) = services.tickets.list_tickets()
    body = json.dumps(common("created")).encode()
    sa.event.listen(engine, "checkout", set_pragma)
    # That each is begun is a row more, and so many need pages that the file does not have.
    given = [Delivery(f"before-{number:032}", "ping", body, CLOCK[0]) for number in range(300)]
    services.tickets.receive_deliveries(given)
    other = sqlite3.connect(str(engine.url.database), isolation_level=None)
    other.execute("VACUUM")
    worker = Worker(services)
    away.set()
    if fault == "locked":
        other.execute("BEGIN IMMEDIATE")
    try:
        for loop in (worker._inbox, worker._clock):  # noqa: SLF001
            loop.start()
        until(lambda: "inbox: tried again" in caplog.text, lambda: caplog.text)
        away.clear()
        if fault == "locked":
            other.execute("ROLLBACK")
        until(lambda: not services.tickets.list_waiting(), lambda: caplog.text)
        assert "the database" in caplog.text
        assert "Traceback" not in caplog.text
        assert services.tickets.find_ticket(ticket.key) == ticket
    finally:
        away.clear()
        other.close()
        worker.stop()
