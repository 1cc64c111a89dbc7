"""The inbox and the tickets, as a process finds them that comes after a kill."""

import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from support.postgres import create_database

from bot.github.webhooks import Where
from bot.storage import tickets as tickets_module
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.tickets import Delivery, TicketStore, open_ticket_store
from bot.ticket.model import RemoteState, Ticket, repo_key, ticket_key
from bot.ticket.stored_form import from_json

WHERE = Where("octocat/bank", 1, "https://github.com/octocat/bank.git", "main", api_url="")
REPO, KEY = repo_key(WHERE), ticket_key(WHERE, 7)


def delivery(name: str, body: bytes = b"{}") -> Delivery:
    return Delivery(name, "issues", body, 1.0)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desks(
    request: pytest.FixtureRequest, tmp_path: Path
) -> Iterator[tuple[TicketStore, TicketStore]]:
    """Two processes' ways to one database, empty at the start."""
    kind = request.param
    is_file = kind == "sqlite"
    url = sqlite_url(tmp_path) if is_file else create_database(request.getfixturevalue("postgres"))
    stores = open_store(url), open_store(url)
    yield open_ticket_store(stores[0]), open_ticket_store(stores[1])
    for store in stores:
        store.engine.dispose()


@pytest.fixture
def desk(desks: tuple[TicketStore, TicketStore]) -> TicketStore:
    return desks[0]


def together(*each: Callable[[], object]) -> None:
    """All at once, each in a thread; what one raises is raised."""
    with ThreadPoolExecutor(len(each)) as pool:
        for one in [pool.submit(act) for act in each]:
            one.result(60)


def test_two_that_change_one_ticket_lose_nothing_of_each_other(
    desks: tuple[TicketStore, TicketStore],
) -> None:
    desks[0].add_ticket(Ticket(WHERE, 7))

    def mark(desk: TicketStore, name: str) -> None:
        for number in range(20):
            desk.change_ticket(KEY, lambda now, n=number: now.with_handled(f"{name}:{n}"))  # type: ignore[misc]

    together(*(partial(mark, desk, str(at)) for at, desk in enumerate((*desks, *desks))))
    found = desks[1].find_ticket(KEY)
    assert found
    assert sorted(found.handled) == sorted(f"{at}:{n}" for at in range(4) for n in range(20))


def test_two_that_receive_note_and_begin_the_same_at_once_do_it_once(
    desks: tuple[TicketStore, TicketStore],
) -> None:
    """No error either: whoever is second finds it done."""
    added: list[bool] = []

    def act(desk: TicketStore) -> None:
        for number in range(20):
            desk.receive_deliveries([delivery(f"d{number}"), delivery(f"d{number}")])
            desk.write_mark("mark", str(number))
            added.append(desk.add_ticket(Ticket(WHERE, number)))

    together(*(partial(act, desk) for desk in (*desks, *desks)))
    assert len(desks[0].list_waiting()) == 20
    assert desks[1].read_mark("mark") == "19"
    assert added.count(True) == 20
    assert len(desks[1].list_tickets(REPO)) == 20


def test_starts_are_counted_by_person_and_repository_since_a_time(desk: TicketStore) -> None:
    large = (1 << 62) + 1
    for person, repo in ((1, "octocat/bank"), (1, "octocat/other"), (large, "Octocat/Bank")):
        desk.record_start(person, repo)
    assert [
        desk.count_starts(0, person=1),
        desk.count_starts(0, person=large),
        desk.count_starts(0),
    ] == [2, 1, 3]
    assert desk.count_starts(0, repo="OCTOCAT/bank") == 2
    assert desk.count_starts(time.time() + 60) == 0
    desk.delete_before(time.time() + 60)
    assert desk.count_starts(0) == 0


def test_who_changes_a_ticket_nobody_knows_is_told(desk: TicketStore) -> None:
    with pytest.raises(KeyError):
        desk.change_ticket(KEY, lambda now: now)


def test_the_same_delivery_is_written_down_once(desk: TicketStore) -> None:
    desk.receive_deliveries([delivery("a", b"first"), delivery("b")])
    desk.receive_deliveries([delivery("a", b"second"), delivery("c")])
    assert [(one.id, one.body) for one in desk.list_waiting()] == [
        ("a", b"first"),
        ("b", b"{}"),
        ("c", b"{}"),
    ]


def test_a_settled_delivery_is_never_dealt_with_again(desk: TicketStore) -> None:
    desk.receive_deliveries([delivery("a"), delivery("b")])
    desk.settle_deliveries({"a": "done", "b": "ignored"})
    desk.receive_deliveries([delivery("a")])
    assert desk.list_waiting() == []


def test_one_that_failed_waits_with_its_tries_and_hides_nobody(desk: TicketStore) -> None:
    desk.receive_deliveries([delivery("a"), delivery("b"), delivery("c")])
    desk.record_failure("a", "Down")
    desk.record_failure("a", "Down")
    assert [(one.id, one.tries) for one in desk.list_waiting()] == [("a", 2), ("b", 0), ("c", 0)]
    assert [one.id for one in desk.list_waiting(but=["a"], most=1)] == ["b"]


def test_writers_of_many_threads_take_turns_and_lose_nothing(desk: TicketStore) -> None:
    def write(part: int) -> None:
        for number in range(25):
            desk.receive_deliveries([delivery(f"{part}-{number}")])
            desk.settle_deliveries({f"{part}-{number}": "done"})
            desk.write_mark(f"mark {part}", str(number))

    threads = [threading.Thread(target=write, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.list_waiting() == []
    assert [desk.read_mark(f"mark {part}") for part in range(4)] == ["24"] * 4


def test_tickets_are_found_by_any_of_what_an_event_names(desk: TicketStore) -> None:
    first = Ticket(WHERE, 7, remote=RemoteState(pull=8, head="a" * 40, branch="bricklayer/7-x"))
    second = Ticket(WHERE, 8)
    other = Ticket(replace(WHERE, repo_id=8), 7)
    for ticket in (first, second, other):
        assert desk.add_ticket(ticket)
    assert desk.list_tickets(REPO, issue=8, pull=8) == [first, second]
    assert desk.list_tickets(REPO, head="a" * 40) == [first]
    assert desk.list_tickets(REPO, branch="bricklayer/7-x") == [first]
    assert desk.list_tickets(REPO, head="b" * 40) == []
    assert desk.list_tickets() == [first, second, other]


def test_a_changed_ticket_is_found_by_what_it_is_now(desk: TicketStore) -> None:
    desk.add_ticket(Ticket(WHERE, 7))
    desk.change_ticket(
        KEY,
        lambda now: replace(now, remote=replace(now.remote, head="c" * 40, pull=9)),
    )
    assert [one.issue for one in desk.list_tickets(REPO, head="c" * 40)] == [7]
    assert [one.issue for one in desk.list_tickets(REPO, pull=9)] == [7]


def test_what_has_not_changed_is_not_parsed_again(
    desk: TicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of three tickets the one that another process changed; more than are kept, each time."""
    parsed: list[str] = []

    def parse(body: str) -> Ticket:
        parsed.append(body)
        return from_json(body)

    monkeypatch.setattr(tickets_module, "from_json", parse)
    for number in (7, 8, 9):
        desk.add_ticket(Ticket(WHERE, number))
    before = desk.list_tickets(REPO)
    assert len(parsed) == 3
    assert desk.list_tickets() == desk.list_tickets(REPO) == before
    assert len(parsed) == 3
    TicketStore(desk.engine).change_ticket(KEY, lambda now: replace(now, title="new"))
    parsed.clear()
    assert [one.title for one in desk.list_tickets(REPO)] == ["new", "", ""]
    assert len(parsed) == 1
    monkeypatch.setattr(tickets_module, "MAX_PARSED", 3)
    desk.add_ticket(Ticket(WHERE, 10))
    parsed.clear()
    assert len(desk.list_tickets(REPO)) == len(desk.list_tickets(REPO)) == 4
    assert len(parsed) == 2


def test_a_repository_with_tickets_is_told_from_one_without(desk: TicketStore) -> None:
    assert not desk.has_tickets(REPO)
    desk.add_ticket(Ticket(WHERE, 7))
    assert desk.has_tickets(REPO)
    assert not desk.has_tickets("8")
