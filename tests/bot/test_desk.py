"""The inbox and the tickets, as a process finds them that comes after a kill."""

import threading
from dataclasses import replace
from pathlib import Path

import pytest

from bot.desk import Delivery, Desk, open_desk
from bot.events import Where
from bot.store import open_store, sqlite_url
from bot.ticket import Ticket

WHERE = Where("octocat/bank", 1, "https://github.com/octocat/bank.git", "main", api_url="")


def delivery(name: str, body: bytes = b"{}") -> Delivery:
    return Delivery(name, "issues", body, 1.0)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return open_desk(open_store(sqlite_url(tmp_path)))


def test_the_same_delivery_is_written_down_once(desk: Desk) -> None:
    desk.receive([delivery("a", b"first"), delivery("b")])
    desk.receive([delivery("a", b"second"), delivery("c")])
    assert [(one.id, one.body) for one in desk.waiting()] == [
        ("a", b"first"),
        ("b", b"{}"),
        ("c", b"{}"),
    ]


def test_a_settled_delivery_is_never_dealt_with_again(desk: Desk) -> None:
    desk.receive([delivery("a"), delivery("b")])
    desk.settle({"a": "done", "b": "ignored"})
    desk.receive([delivery("a")])
    assert desk.waiting() == []


def test_one_that_failed_waits_with_its_tries_and_hides_nobody(desk: Desk) -> None:
    desk.receive([delivery("a"), delivery("b"), delivery("c")])
    desk.failed("a", "Down")
    desk.failed("a", "Down")
    assert [(one.id, one.tries) for one in desk.waiting()] == [("a", 2), ("b", 0), ("c", 0)]
    assert [one.id for one in desk.waiting(but=["a"], most=1)] == ["b"]


def test_writers_of_many_threads_take_turns_and_lose_nothing(desk: Desk) -> None:
    def write(part: int) -> None:
        for number in range(25):
            desk.receive([delivery(f"{part}-{number}")])
            desk.settle({f"{part}-{number}": "done"})
            desk.note(f"mark {part}", str(number))

    threads = [threading.Thread(target=write, args=(part,)) for part in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert desk.waiting() == []
    assert [desk.mark(f"mark {part}") for part in range(4)] == ["24"] * 4


def test_tickets_are_found_by_any_of_what_an_event_names(desk: Desk) -> None:
    first = Ticket(WHERE, 7, pull=8, head="a" * 40, branch="bricklayer/7-x")
    second = Ticket(WHERE, 8)
    other = Ticket(replace(WHERE, repo="octocat/other"), 7)
    for ticket in (first, second, other):
        assert desk.add(ticket)
    assert desk.tickets("octocat/bank", issue=8, pull=8) == [first, second]
    assert desk.tickets("Octocat/Bank", head="a" * 40) == [first]
    assert desk.tickets("octocat/bank", branch="bricklayer/7-x") == [first]
    assert desk.tickets("octocat/bank", head="b" * 40) == []
    assert desk.tickets() == [first, second, other]


def test_a_changed_ticket_is_found_by_what_it_is_now(desk: Desk) -> None:
    desk.add(Ticket(WHERE, 7))
    desk.change("octocat/bank#7", lambda now: replace(now, head="c" * 40, pull=9))
    assert [one.issue for one in desk.tickets("octocat/bank", head="c" * 40)] == [7]
    assert [one.issue for one in desk.tickets("octocat/bank", pull=9)] == [7]
