"""What a restart of PostgreSQL cuts off is done once, by who meets it, without a word of theirs."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import pairwise

import pytest
import sqlalchemy as sa
from support.tickets import MONA, WHERE

from bot.storage import lost_connection, tickets
from bot.storage.database import open_database
from bot.storage.tickets import Delivery, TicketStore
from bot.ticket.keys import MarkKey
from bot.ticket.model import Ticket

pytestmark = pytest.mark.postgres
KEY = MarkKey("etag:x")
DELIVERY = Delivery("d", "ping", b"{}", 1.0)
_OTHERS = sa.text(
    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
    " WHERE datname = current_database() AND pid <> pg_backend_pid()"
)


@pytest.fixture
def store(postgres: str, monkeypatch: pytest.MonkeyPatch) -> Iterator[TicketStore]:
    for module in (lost_connection, tickets):
        monkeypatch.setattr(module, "PAUSE_SECONDS", 0.01)
    engine = open_database(postgres)
    yield TicketStore(engine)
    with engine.begin() as db:
        for table in ("bricklayer_tickets", "bricklayer_deliveries", "bricklayer_marks"):
            db.execute(sa.text(f"DELETE FROM {table}"))  # noqa: S608  # names of ours
    engine.dispose()


def cut_all(url: str) -> None:
    """As the end of the server does it, for every connection but this one."""
    engine = sa.create_engine(url.replace("postgresql://", "postgresql+psycopg://"))
    with engine.connect() as db:
        db.execute(_OTHERS)
    engine.dispose()


ACTS: dict[str, Callable[[TicketStore], object]] = {
    "probe": lambda store: store.probe(),
    "receive": lambda store: store.receive_deliveries([DELIVERY]),
    "list_waiting": lambda store: [each.id for each in store.list_waiting()],
    "settle": lambda store: store.settle_deliveries({"d": "done"}),
    "write_mark": lambda store: store.write_mark(KEY, "1"),
    "read_mark": lambda store: store.read_mark(KEY),
    "begin": lambda store: store.begin({"x": 1}),
    "count_begun": lambda store: store.count_begun(["x"]),
    "end": lambda store: store.end(["x"]),
    "list_tickets": lambda store: store.list_tickets(),
    "change": lambda store: store.change_ticket(
        Ticket(WHERE, 1, MONA).key, lambda t: replace(t, title="new")
    ),
}


@pytest.mark.parametrize("name", ACTS)
def test_idle_connections_that_were_cut_are_replaced(
    store: TicketStore, postgres: str, name: str
) -> None:
    """All of the pool, as a server leaves them that was started again."""
    store.add_ticket(Ticket(WHERE, 1, MONA))
    expected = ACTS[name](store)
    both = [store.engine.connect() for _ in range(2)]
    for each in both:
        each.close()
    cut_all(postgres)
    assert ACTS[name](store) == expected


@pytest.mark.parametrize("name", [name for name in ACTS if name != "probe"])
def test_what_is_cut_off_within_is_done_once_more(
    store: TicketStore, postgres: str, name: str
) -> None:
    """Before its first statement reaches the server."""
    store.add_ticket(Ticket(WHERE, 1, MONA))
    cuts: list[str] = []

    def cut_once(*_: object) -> None:
        if not cuts:
            cuts.append(name)
            cut_all(postgres)

    sa.event.listen(store.engine, "before_cursor_execute", cut_once)
    ACTS[name](store)
    assert cuts == [name]


def test_a_change_whose_answer_was_lost_is_made_once(store: TicketStore, postgres: str) -> None:
    """The commit arrived, the word of it did not: the row counts one change."""
    ticket = Ticket(WHERE, 1, MONA)
    store.add_ticket(ticket)
    lost: list[int] = []

    def lose_answer(db: sa.Connection) -> None:
        if lost:
            return
        lost.append(1)
        db.connection.commit()  # type: ignore[attr-defined]
        cut_all(postgres)

    sa.event.listen(store.engine, "commit", lose_answer)
    seen: list[str] = []

    def append(one: Ticket) -> Ticket:
        seen.append(one.title)
        return replace(one, title=f"{one.title}+")

    assert store.change_ticket(ticket.key, append).title == "+"
    assert lost
    assert store.find_ticket(ticket.key) == replace(ticket, title="+")


def test_no_wait_for_a_lock_is_without_end(store: TicketStore) -> None:
    """Of each connection: a statement, a lock, and a transaction in which nothing is asked."""
    with store.engine.connect() as db:
        limits = [
            db.execute(sa.text(f"SHOW {name}")).scalar_one()
            for name in ("lock_timeout", "statement_timeout", "idle_in_transaction_session_timeout")
        ]
    assert "0" not in limits
    assert all(one for one, _ in pairwise(limits))
