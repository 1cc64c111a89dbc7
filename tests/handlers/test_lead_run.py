"""A run of `action` leads for its repository, or hands its event to the server that leads."""

import json
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from bot.storage import leader
from bot.storage.database import open_database
from bot.storage.leader import LeaderLease, TakenOverError
from bot.storage.tables import LOOP
from bot.storage.tickets import TicketStore
from handlers import lead_run
from handlers.lead_run import await_term, hand_over, keep_term, make_lease


@pytest.fixture
def tickets(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[TicketStore]:
    monkeypatch.setenv("GITHUB_REPOSITORY_ID", "7")
    monkeypatch.setenv("GITHUB_RUN_ID", "100")
    monkeypatch.setenv("GITHUB_RUN_ATTEMPT", "2")
    monkeypatch.setattr(lead_run, "POLL_SECONDS", 0.01)
    engine = open_database(f"sqlite:///{tmp_path / 'db'}")
    yield TicketStore(engine)
    engine.dispose()


def test_where_nobody_leads_it_does_for_its_repository_alone(tickets: TicketStore) -> None:
    term = await_term(make_lease(tickets))
    assert term
    assert term.scope == 7
    assert LeaderLease(tickets.engine, "other", scope=8).take()


def test_beside_a_living_server_its_event_goes_into_the_inbox(tickets: TicketStore) -> None:
    """Once for each attempt of a run, whoever hears of it how often."""
    server = LeaderLease(tickets.engine, "box (process 1)").take()
    assert server
    lease, done = make_lease(tickets), threading.Event()

    def live() -> None:
        while not done.wait(0.005):
            server.renew()

    thread = threading.Thread(target=live)
    thread.start()
    try:
        assert await_term(lease) is None
    finally:
        done.set()
        thread.join()
    for _ in range(2):
        told = hand_over(tickets, lease.read_leader(), "issues", {"action": "labeled"})
        assert told == "event issues: handed to box (process 1), which leads on this database"
    (delivery,) = tickets.list_waiting()
    assert (delivery.id, delivery.event) == ("action-100-2", "issues")
    assert json.loads(delivery.body) == {"action": "labeled"}


def test_a_second_run_of_the_repository_leaves_it_to_the_first(tickets: TicketStore) -> None:
    assert LeaderLease(tickets.engine, "the first", scope=7).take()
    told = hand_over(tickets, make_lease(tickets).read_leader(), "issues", {})
    assert "the first is at work for this repository" in told
    assert tickets.list_waiting() == []


def test_a_run_that_died_is_followed_when_its_lease_is_over(
    tickets: TicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(leader, "LEASE_SECONDS", 0.2)
    assert LeaderLease(tickets.engine, "dead", scope=7).take()
    assert await_term(make_lease(tickets))


def test_a_run_that_was_taken_over_is_stopped_and_what_it_led_is_free_after_it(
    tickets: TicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lead_run, "RENEW_SECONDS", 0.01)
    lease, stopped = make_lease(tickets), threading.Event()
    term = await_term(lease)
    assert term
    with keep_term(term, stopped.set):
        with tickets.engine.begin() as db:
            db.execute(sa.update(LOOP).values(until=0.0))
        assert LeaderLease(tickets.engine, "server").take()
        assert stopped.wait(10)
    with pytest.raises(TakenOverError, match="taken over by server"):
        term.require_now()
    again = TicketStore(tickets.engine)
    again.probe()
    with tickets.engine.begin() as db:
        db.execute(sa.delete(LOOP))
    term = await_term(lease)
    assert term
    with keep_term(term, stopped.set):
        assert lease.take() is None
    assert lease.take()
