"""What the numbers are made of: what this process knows of itself, and what has to be read."""

import shutil
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from bot.config.machine import Settings, SpendingCaps, state_dir
from bot.spending import Callee, Cap, Payer, Spent, list_callees, list_caps, start_of_day
from bot.storage.calls import CallStore
from bot.storage.measures import AttemptSum, CallSum, DeliveryCount, MeasureStore
from bot.storage.queue_tables import QueueCount, count_works
from bot.storage.tickets import TicketStore
from bot.storage.workers import WorkerRow, WorkerStore
from runners.queues.work_item import QUEUES, queue_name


@dataclass(frozen=True, slots=True)
class CapRoom:
    """One cap of a day, and what is left of it."""

    cap: Cap
    callee: Callee
    left: float


@dataclass(frozen=True, slots=True)
class Reading:
    """As it was at `at`, in seconds since 1970. `disk_free` is in bytes."""

    at: float
    is_halted: bool
    disk_free: int
    tickets: dict[tuple[str, str], int]
    attention: dict[str, int]
    outages: dict[str, int]
    builds: dict[str, int]
    attempts: Sequence[AttemptSum]
    calls: Sequence[CallSum]
    rooms: Sequence[CapRoom]
    quotas: dict[str, float]
    queues: Sequence[QueueCount]
    deliveries: DeliveryCount
    workers: Sequence[WorkerRow]


@dataclass(frozen=True, slots=True)
class OwnFacts:
    """How this process tells of itself; asked by its event loop, so nothing may take long."""

    is_leading: Callable[[], bool]
    measure_ages: Callable[[], dict[str, float]]
    find_stuck: Callable[[], Collection[str]]


def read_all(
    tickets: TicketStore,
    settings: Settings,
    is_halted: Callable[[], bool],
    clock: Callable[[], float] = time.time,
) -> Reading:
    """Attempts and calls are those of today (UTC): see `families`."""
    now, store = clock(), MeasureStore(tickets.engine)
    today = start_of_day(now)
    return Reading(
        now,
        is_halted(),
        shutil.disk_usage(state_dir(settings)).free,
        store.count_tickets(),
        store.count_attention(),
        store.count_outages(),
        store.count_builds(),
        store.sum_attempts(today, now),
        store.sum_calls(today, now),
        _list_rooms(CallStore(tickets.engine), settings.spending, now),
        dict(store.list_quotas(now)),
        count_works(tickets.engine, [queue_name(queue) for queue in QUEUES]),
        store.count_deliveries(),
        WorkerStore(tickets.engine).list_workers(),
    )


def _list_rooms(calls: CallStore, caps: SpendingCaps, now: float) -> list[CapRoom]:
    """Of what is capped by the day for all: what one person or repository has left is no label."""
    found = []
    for callee in (Callee(), *list_callees(caps)):
        scope = "model_day" if callee.model else "tier_day" if callee.tier else "day"
        wanted = [cap for cap in list_caps(caps, callee) if cap.scope == scope]
        spent = calls.sum_spent(Payer(), now, callee, {cap.scope for cap in wanted})
        found += [CapRoom(cap, callee, _left(cap, spent[cap.scope])) for cap in wanted]
    return found


def _left(cap: Cap, spent: Spent) -> float:
    return max(cap.most - (spent.tokens if cap.unit == "tokens" else spent.cost), 0.0)
