"""A database with something of everything that is counted."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

import sqlalchemy as sa

from bot.config.machine import Settings, parse_settings
from bot.ledger import LedgerRow
from bot.spending import Callee, Payer, Spent, start_of_day
from bot.storage.calls import CallStore
from bot.storage.database import open_database, sqlite_url
from bot.storage.jobs import JobRow, Store
from bot.storage.quotas import QuotaStore, UsedUp
from bot.storage.tables import ATTEMPTS
from bot.storage.tickets import Delivery, TicketStore
from bot.storage.workers import WorkerFacts, WorkerStore
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from handlers.metrics.readings import Reading, read_all
from support.tickets import MONA, WHERE

NOON = start_of_day(time.time()) + 43_200
CAPS = """
state_dir = "%s"
[spending]
day_tokens = 1_000_000
day_cost = 10.0
[spending.tiers.senior]
day_cost = 4.0
[spending.models."llama-cpp:/home/mona/models/small.gguf"]
day_tokens = 5_000
[tiers.local]
models = ["llama-cpp:/home/mona/models/small.gguf"]
"""
SMALL = "llama-cpp:/home/mona/models/small.gguf"


@dataclass
class Counted:
    """`now` is the clock of who reads."""

    tickets: TicketStore
    settings: Settings
    now: float = NOON

    def read(self) -> Reading:
        return read_all(self.tickets, self.settings, lambda: False, lambda: self.now)

    @property
    def engine(self) -> sa.Engine:
        return self.tickets.engine

    def attempt(self, row: LedgerRow, at: float = NOON) -> None:
        """As a build enters it, at that time."""
        Store(self.engine).save_attempt("j1", 1, row)
        same = sa.and_(ATTEMPTS.c.task == row.task, ATTEMPTS.c.number == row.number)
        with self.engine.begin() as db:
            db.execute(sa.update(ATTEMPTS).where(same).values(at=at))

    def call(self, tier: str, model: str, spent: Spent | None, at: float = NOON) -> None:
        """One call; without what it spent it has not ended."""
        calls, payer = CallStore(self.engine), Payer("k", "1", 7)
        seq = calls.begin_call(payer, Callee(tier, model), Spent(9_000, 1.0), at)
        if spent:
            calls.end_call(seq, spent)


@contextmanager
def open_counted(room: Path, url: str = "") -> Iterator[Counted]:
    """Nothing in it yet. `url` is of an empty PostgreSQL."""
    settings = parse_settings(CAPS % room)
    engine = open_database(url or sqlite_url(room))
    yield Counted(TicketStore(engine), settings)
    engine.dispose()


def fill(counted: Counted) -> None:
    store = counted.tickets
    for issue, stage, more in (
        (1, Stage.BUILDING, {}),
        (2, Stage.BUILDING, {"outage": "models"}),
        (3, Stage.BLOCKED, {"title": "a secret title"}),
        (4, Stage.REVIEW, {}),
        (5, Stage.MERGED, {"outage": "gone"}),
        (6, Stage.BUILDING, {"paused": True}),
    ):
        store.add_ticket(replace(Ticket(WHERE, issue, MONA, stage=stage), **more))
    Store(counted.engine).save_job(JobRow("j1", "/r", "b", "0" * 40, "", NOON, state="passed"))
    for number, outcome in ((1, "check failed"), (2, "passed"), (3, "made up")):
        row = LedgerRow("t1", number, "local", SMALL, 100, 20, 60, 1.5, outcome)
        counted.attempt(row)
    counted.attempt(LedgerRow("t2", 1, "senior", "anthropic:big", outcome="passed", seconds=9.0))
    counted.attempt(LedgerRow("t3", 1, "senior", "anthropic:big", outcome="passed"), NOON - 86_400)
    counted.call("local", SMALL, Spent(1_000, 0.0, 250))
    counted.call("senior", "anthropic:big", Spent(500, 1.5, 100))
    counted.call("senior", "anthropic:big", Spent(300, 0.5, 50))
    counted.call("senior", "anthropic:big", None)
    counted.call("senior", "anthropic:big", Spent(777, 7.0, 7), NOON - 86_400)
    QuotaStore(counted.engine).note("q", UsedUp("anthropic:big", NOON + 120, "why"))
    store.receive_deliveries([Delivery(f"d{n}", "issues", b"{}", NOON - n) for n in range(3)])
    store.set_aside("d2", "why")
    worker = WorkerFacts("box-1", "box", 1, 2, "1", ("builds",), 1 << 30, ("w",))
    WorkerStore(counted.engine).beat(worker, is_first=True)
