"""One process leads at a time; one that was taken over changes nothing any more."""

import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.tickets import MONA, WHERE

from bot.storage.database import open_database
from bot.storage.leader import LEASE_SECONDS, LeaderLease, TakenOverError, Term
from bot.storage.tables import DELIVERIES, LOOP, MARKS, STARTS, TICKETS
from bot.storage.tickets import Delivery, TicketStore
from bot.ticket.keys import MarkKey
from bot.ticket.model import Ticket

KEY = MarkKey("etag:x")
TABLES = (LOOP, TICKETS, MARKS, STARTS, DELIVERIES)


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[sa.Engine]:
    is_file = request.param == "sqlite"
    url = f"sqlite:///{tmp_path / 'db'}" if is_file else request.getfixturevalue("postgres")
    engine = open_database(url)
    with engine.begin() as db:
        for table in TABLES:
            db.execute(sa.delete(table))
    yield engine
    engine.dispose()


def pass_time(engine: sa.Engine, seconds: float) -> None:
    """As if the lease had been taken so much longer ago; negative: the clock was set back."""
    with engine.begin() as db:
        db.execute(sa.update(LOOP).values(until=LOOP.c.until - seconds))


def taken(lease: LeaderLease, *, is_first: bool = False) -> Term:
    term = lease.take(is_first=is_first)
    assert term
    return term


def test_only_one_of_many_that_ask_at_once_leads(engine: sa.Engine) -> None:
    """Twenty threads, each a process's claim."""
    terms: list[Term | None] = []
    start = threading.Barrier(20)

    def claim(number: int) -> None:
        lease = LeaderLease(engine, f"p{number}")
        start.wait()
        terms.append(lease.take())

    threads = [threading.Thread(target=claim, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(terms) == 20
    assert len([term for term in terms if term]) == 1


def test_a_lease_that_is_not_renewed_is_taken_over_and_its_holder_told(engine: sa.Engine) -> None:
    one, two = LeaderLease(engine, "one"), LeaderLease(engine, "two")
    first = taken(one)
    assert two.take() is None
    pass_time(engine, LEASE_SECONDS - 2)
    assert two.take() is None
    first.renew()
    pass_time(engine, LEASE_SECONDS - 2)
    assert two.take() is None
    pass_time(engine, 3)
    second = taken(two)
    assert second.fence > first.fence
    for act in (first.renew, first.require_now):
        with pytest.raises(TakenOverError, match="taken over by two"):
            act()
    second.renew()
    assert two.read_leader().holder == "two"


def test_whoever_ends_by_itself_is_followed_at_once(engine: sa.Engine) -> None:
    one, two = LeaderLease(engine, "one"), LeaderLease(engine, "two")
    taken(one).end()
    assert not two.read_leader().is_there
    second = taken(two)
    # An end that comes late, of who was taken over, ends nothing.
    replace(second, fences={0: second.fence - 1}).end()
    second.renew()


def test_a_process_that_starts_again_at_its_own_place_waits_for_nobody(engine: sa.Engine) -> None:
    """Its folder's lock says that the one before it has ended. Later it is a claim like any."""
    first = taken(LeaderLease(engine, "before", "folder"))
    assert LeaderLease(engine, "elsewhere", "other").take(is_first=True) is None
    assert LeaderLease(engine, "nowhere").take(is_first=True) is None
    again = LeaderLease(engine, "after", "folder")
    assert again.take() is None
    assert taken(again, is_first=True).fence > first.fence


@pytest.mark.parametrize("seconds", [36_000.0, -864_000.0])
def test_a_clock_that_jumps_leaves_one_leader(engine: sa.Engine, seconds: float) -> None:
    """Ten hours forward, ten days back: there is one again, and whoever it was renews if it may."""
    one, two = LeaderLease(engine, "one"), LeaderLease(engine, "two")
    first = taken(one)
    pass_time(engine, seconds)
    first.renew()  # first to notice: it goes on
    assert two.take() is None
    pass_time(engine, seconds)
    second = taken(two)  # the other was first
    with pytest.raises(TakenOverError):
        first.require_now()
    second.require_now()


def test_runs_for_single_repositories_lead_side_by_side_but_for_a_server(
    engine: sa.Engine,
) -> None:
    """Two of one repository never; a server that starts takes over from all of them."""
    one, two = LeaderLease(engine, "one", scope=7), LeaderLease(engine, "two", scope=8)
    first, second = taken(one), taken(two)
    assert LeaderLease(engine, "one again", scope=7).take() is None
    for term in (first, second):
        term.renew()
    server = taken(LeaderLease(engine, "server"))
    for term in (first, second):
        with pytest.raises(TakenOverError, match="taken over by server"):
            term.renew()
    second.end()
    assert two.take() is None
    assert two.read_leader().holder == "server"
    server.end()
    assert taken(two).fence > second.fence


def test_showing_something_leaves_time_to_show_it(engine: sa.Engine) -> None:
    """A lease about to end is renewed before something is shown."""
    lease = LeaderLease(engine, "one")
    term = taken(lease)
    pass_time(engine, LEASE_SECONDS - 1)
    term.require_now()
    assert lease.read_leader().left > LEASE_SECONDS - 2


def test_a_database_that_was_emptied_has_no_leader(engine: sa.Engine) -> None:
    term = taken(LeaderLease(engine, "one"))
    with engine.begin() as db:
        db.execute(sa.delete(LOOP))
    with pytest.raises(TakenOverError, match="nobody leads"):
        term.renew()
    assert LeaderLease(engine, "two").take()


def test_who_led_before_the_database_was_emptied_leads_no_more(engine: sa.Engine) -> None:
    """Also where as many took the lease before as did since."""
    term = taken(LeaderLease(engine, "one"))
    with engine.begin() as db:
        # As where the table was made anew some time later.
        db.execute(sa.update(LOOP).values(fence=LOOP.c.fence - 60))
        before = replace(term, fences={0: term.fence - 60})
        db.execute(sa.delete(LOOP))
    taken(LeaderLease(engine, "two"))
    with pytest.raises(TakenOverError, match="taken over by two"):
        before.renew()


TICKET = Ticket(WHERE, 1, MONA)
WRITES: dict[str, Callable[[TicketStore], object]] = {
    "settle": lambda store: store.settle_deliveries({"d": "done"}),
    "set_aside": lambda store: store.set_aside("d", "why"),
    "begin": lambda store: store.begin({"d": 2}),
    "end": lambda store: store.end(["d"]),
    "record_failure": lambda store: store.record_failure("d", "why"),
    "delete_before": lambda store: store.delete_before(1e12),
    "add_ticket": lambda store: store.add_ticket(replace(TICKET, issue=2)),
    "adopt_ticket": lambda store: store.adopt_ticket(replace(TICKET, issue=3), at_least=2),
    "change_ticket": lambda store: store.change_ticket(
        TICKET.key, lambda one: replace(one, title="new")
    ),
    "write_mark": lambda store: store.write_mark(KEY, "new"),
    "record_refusal": lambda store: store.record_refusal(1, "octocat/bank", 1e9, 0.0),
    "record_start": lambda store: store.record_start(1, "octocat/bank"),
}


def read_all(engine: sa.Engine) -> list[object]:
    with engine.connect() as db:
        return [db.execute(sa.select(table)).all() for table in TABLES]


@pytest.mark.parametrize("name", WRITES)
def test_no_write_of_a_loop_that_was_taken_over_changes_anything(
    engine: sa.Engine, name: str
) -> None:
    store = TicketStore(engine)
    store.receive_deliveries([Delivery("d", "ping", b"{}", 1.0)])
    store.add_ticket(TICKET)
    store.write_mark(KEY, "old")
    store.begin({"d": 1})
    stale = replace(store, term=taken(LeaderLease(engine, "one")))
    pass_time(engine, LEASE_SECONDS + 1)
    taken(LeaderLease(engine, "two"))
    before = read_all(engine)
    with pytest.raises(TakenOverError, match="taken over by two"):
        WRITES[name](stale)
    assert read_all(engine) == before
    assert stale.list_tickets() == [TICKET]  # reading goes on, and so does the inbox
    stale.receive_deliveries([Delivery("e", "ping", b"{}", 1.0)])
    assert {each.id for each in store.list_waiting()} == {"d", "e"}


def test_every_write_of_the_store_is_tried_here() -> None:
    """A method that writes, and is in none of these, would not be fenced."""
    read = {"probe", "list_waiting", "read_outcome", "list_set_aside", "count_begun"}
    read |= {
        "find_ticket",
        "find_version",
        "list_refusals",
        "has_tickets",
        "count_repositories",
        "list_tickets",
        "read_mark",
        "count_starts",
        "receive_deliveries",
    }
    public = {name for name, value in vars(TicketStore).items() if callable(value)}
    public = {name for name in public if not name.startswith("_")}
    named = {"settle": "settle_deliveries"}
    assert public - read == {named.get(name, name) for name in WRITES}


@pytest.mark.postgres
def test_a_write_under_way_is_over_before_anybody_else_leads(postgres: str) -> None:
    """A claim that comes between the look at the fence and the commit waits for the commit."""
    engine = open_database(postgres)
    with engine.begin() as db:
        db.execute(sa.delete(LOOP))
    term = taken(LeaderLease(engine, "one"))
    pass_time(engine, LEASE_SECONDS + 1)
    done, claims = threading.Event(), []

    def claim() -> None:
        claims.append(LeaderLease(engine, "two").take())
        done.set()

    with engine.begin() as db:
        term.require(db)
        thread = threading.Thread(target=claim)
        thread.start()
        assert not done.wait(0.3)
    thread.join(10)
    assert claims[0]
    engine.dispose()
