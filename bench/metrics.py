"""What one scrape of `/metrics` costs with a full database: `bench/metrics.py [--days N]`.

Attempts and calls are spread over the days that they are kept; `--days 1` is the worst case.
"""

import argparse
import asyncio
import json
import statistics
import tempfile
import time
from dataclasses import asdict
from pathlib import Path

import sqlalchemy as sa

from bot.config.machine import parse_settings
from bot.ledger import LedgerRow
from bot.spending import DAY_SECONDS
from bot.storage.database import open_database, sqlite_url
from bot.storage.tables import ATTEMPTS, CALLS, TICKETS
from bot.storage.tickets import Delivery, TicketStore
from handlers.metrics.endpoint import Metrics
from handlers.metrics.readings import OwnFacts, Reading, read_all

MODELS = [f"openai-chat:m{n}" for n in range(6)]
OUTCOMES = ("passed", "check failed", "edit refused", "cut off")
BATCH = 5_000
SCRAPES = 20


def fill(engine: sa.Engine, attempts: int, tickets: int, days: float) -> None:
    now = time.time()
    first = now - now % DAY_SECONDS - (days - 1) * DAY_SECONDS
    for start in range(0, attempts, BATCH):
        rows, calls = [], []
        for n in range(start, start + BATCH):
            at = first + n / attempts * (now - first)
            tier, model = "senior" if n % 5 == 0 else "local", MODELS[n % 6]
            row = LedgerRow(f"t{n % 9}", n, tier, model, 9_000, 700, 6_000, 20.0, OUTCOMES[n % 4])
            kept = {name: getattr(row, name) for name in ("tokens_in", "tokens_out", "seconds")}
            kept |= {"tier": tier, "model": model, "outcome": row.outcome, "cost": 0.01}
            key = {"job": f"j{n // 20}", "run": 1, "task": row.task, "number": n}
            rows.append({**key, **kept, "at": at, "row": asdict(row)})
            call = {"at": at, "job": key["job"], "repo": "1", "person": 1, "tier": tier}
            calls.append({**call, "tokens": 9_700, "tokens_out": 700, "cost": 0.01})
            calls[-1] |= {"ended": True, "model": model}
        with engine.begin() as db:
            db.execute(sa.insert(ATTEMPTS), rows)
            db.execute(sa.insert(CALLS), calls)
    body = json.dumps({"outage": "", "body": "x" * 4_000})
    empty = {"repo": "1", "pull": 0, "head": "", "branch": "", "version": 1, "body": body}
    made = [{"key": f"1#{n}", "issue": n, "stage": "review", **empty} for n in range(tickets)]
    with engine.begin() as db:
        db.execute(sa.insert(TICKETS), made)


def measure(room: Path, attempts: int, tickets: int, days: float) -> None:
    settings = parse_settings(f'state_dir = "{room}"')
    engine = open_database(sqlite_url(room))
    store = TicketStore(engine)
    fill(engine, attempts, tickets, days)
    quiet = [time_webhook(store, n) for n in range(SCRAPES)]

    def read() -> Reading:
        return read_all(store, settings, lambda: False)

    own = OwnFacts(lambda: True, dict, list)
    scrapes, beside = [], []
    for _ in range(SCRAPES):
        began = time.perf_counter()
        response = asyncio.run(Metrics(own, read).answer())
        scrapes.append(time.perf_counter() - began)
    asyncio.run(scrape_beside(own, read, store, beside))
    size = len(bytes(response.body))
    for name, times in (("scrape", scrapes), ("webhook alone", quiet), ("beside one", beside)):
        middle, worst = statistics.median(times) * 1000, max(times) * 1000
        print(f"{name:>14}: {middle:7.1f} ms, at worst {worst:7.1f} ms")
    print(f"{attempts:,} attempts and calls, {tickets:,} tickets, {days:g} days: {size:,} bytes")


async def scrape_beside(
    own: OwnFacts, read: "object", store: TicketStore, times: list[float]
) -> None:
    """A webhook that is stored while the database is read for a scrape."""
    for n in range(SCRAPES):
        scraping = asyncio.create_task(Metrics(own, read).answer())  # type: ignore[arg-type]
        await asyncio.sleep(0.01)
        times.append(await asyncio.to_thread(time_webhook, store, SCRAPES + n))
        await scraping


def time_webhook(store: TicketStore, n: int) -> float:
    began = time.perf_counter()
    store.receive_deliveries([Delivery(f"d{n}", "issues", b"{}" * 2_000, 0.0)])
    return time.perf_counter() - began


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--attempts", type=int, default=100_000)
    options.add_argument("--tickets", type=int, default=10_000)
    options.add_argument("--days", type=float, default=90.0)
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as room:
        measure(Path(room), given.attempts, given.tickets, given.days)


if __name__ == "__main__":
    main()
