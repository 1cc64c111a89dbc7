"""What runs where: workers, their lanes, the queue, and what is left of today's caps."""

import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.spending import DAY_SECONDS
from bot.storage.overview import Overview, Visible
from bot.storage.statistics import Statistics
from bot.storage.workers import WorkerRow
from bot.ticket.model import repo_key
from runners.activity_file import SeenActivities, read_activities
from runners.activity_words import describe_rate, describe_row
from runners.dashboard.find_job import may_see
from runners.history.list_jobs import look_at
from runners.history.open_history import OpenHistory
from runners.history.quota_windows import ALL_JOBS, QuotaWindow, list_told, read_windows
from runners.progress import Activity
from runners.queues.activity import parse_activity, parse_servers
from runners.queues.open_schedule import load_schedule
from runners.queues.schedule import QueueRow
from runners.queues.server_watch import ServerState

MAX_CACHE_ATTEMPTS = 200
"""The newest of a day, of which it is told how much their servers already had."""
MAX_CACHE_MODELS = 8
MAX_LOCAL = 20
"""Jobs of the command line that are looked at, the newest first."""


@dataclass(frozen=True, slots=True)
class LaneCard:
    """One lane, or what runs beside them. `job` is its name, empty where it may not be seen.

    `words` say what is done, `rate` in tokens a second, `began` since when.
    """

    lane: str
    job: str
    task: str
    words: str
    rate: str
    model: str
    attempt: int
    began: float


@dataclass(frozen=True, slots=True)
class WorkerCard:
    """`name` is a worker's, or says that it is a job of the command line."""

    name: str
    row: WorkerRow | None
    lanes: tuple[LaneCard, ...]
    servers: tuple[ServerState, ...] = ()


@dataclass(frozen=True, slots=True)
class Waiting:
    row: QueueRow
    job: str


@dataclass(frozen=True, slots=True)
class CacheHits:
    """Of the tokens that a model read lately, the share that its server already had, 0 to 1."""

    model: str
    part: float


@dataclass(frozen=True, slots=True)
class NowPage:
    workers: tuple[WorkerCard, ...]
    waiting: tuple[Waiting, ...]
    hidden: int
    windows: tuple[QuotaWindow, ...]
    leader: str
    cache_hits: tuple[CacheHits, ...] = ()
    more_cache_hits: int = 0


def read_now(history: OpenHistory, overview: Overview, visible: Visible) -> NowPage:
    now = time.time()
    schedule = load_schedule(history.store.engine, history.url, now)
    keys = {each.ticket for row in schedule.workers for each in parse_activity(row.facts.activity)}
    keys |= {row.ticket for row in schedule.queue}
    tickets = history.store.read_tickets(sorted(keys))
    names = {
        key: each.name for key, each in tickets.items() if may_see(visible, repo_key(each.where))
    }
    workers = [_worker_card(row, names, now) for row in schedule.workers]
    if visible.repos is None:
        workers += _local_cards(history, overview, now)
    queued = [row for row in schedule.queue if row.phase == "queued"]
    seen = [Waiting(row, names[row.ticket]) for row in queued if row.ticket in names]
    leaders = [lease.holder for lease in schedule.leases if lease.what == "loop" and lease.left > 0]
    is_owner = visible.repos is None
    cache_hits = tuple(_list_cache_hits(overview, visible, now))
    return NowPage(
        tuple(workers),
        tuple(seen),
        len(queued) - len(seen),
        _read_windows(history, now) if is_owner else (),
        leaders[0] if leaders else "",
        cache_hits[:MAX_CACHE_MODELS],
        max(0, len(cache_hits) - MAX_CACHE_MODELS),
    )


def _list_cache_hits(overview: Overview, visible: Visible, now: float) -> Iterator[CacheHits]:
    statistics = Statistics(overview.engine)
    sums = statistics.sum_cached(visible, now - DAY_SECONDS, MAX_CACHE_ATTEMPTS)
    for model, (read, cached) in sums.items():
        yield CacheHits(model, min(1.0, cached / read))


def _worker_card(row: WorkerRow, names: Mapping[str, str], now: float) -> WorkerCard:
    lanes: list[LaneCard] = []
    if row.is_dead:
        return WorkerCard(row.facts.executor, row, ())
    for build in parse_activity(row.facts.activity):
        lanes += _lane_cards(build.seen, names.get(build.ticket, ""), now)
    servers = parse_servers(row.facts.activity)
    return WorkerCard(row.facts.executor, row, tuple(lanes), servers)


def _local_cards(history: OpenHistory, overview: Overview, now: float) -> list[WorkerCard]:
    """Jobs of the command line that some process builds on this machine."""
    cards = []
    names = [line.key for line in overview.list_running_local(MAX_LOCAL)]
    rows = history.store.read_jobs(names)
    for row in (rows[name] for name in names if name in rows):
        job = look_at(history, row)
        if job.holder:
            seen = read_activities(job.folder)
            cards.append(WorkerCard("command line", None, tuple(_lane_cards(seen, row.id, now))))
    return cards


def _lane_cards(seen: SeenActivities, job: str, now: float) -> list[LaneCard]:
    """A lane's newest activity: a model that is loaded is part of what asks it."""
    cards, shown = [], set[int]()
    for name, task in seen.lanes:
        own = [each for each in seen.running if each.lane == name]
        shown.update(map(id, own))
        if own:
            cards.append(_card(own[-1], name, job, task, now))
        elif task:
            cards.append(LaneCard(name, job, task if job else "", "working", "", "", 0, 0.0))
    rest = (each for each in seen.running if id(each) not in shown)
    return cards + [_card(each, "", job, each.task, now) for each in rest]


def _card(each: Activity, lane: str, job: str, task: str, now: float) -> LaneCard:
    """Of a job that may not be seen: that a lane works, and with which model."""
    words = describe_row(each, now) if job else "busy"
    rate = describe_rate(each, now).lstrip(", ")
    shown = (task or each.task) if job else ""
    return LaneCard(lane, job, shown, words, rate, each.model, each.attempt, each.began)


def _read_windows(history: OpenHistory, now: float) -> tuple[QuotaWindow, ...]:
    """Those of all jobs today, and the others of which anything is used."""
    windows = read_windows(history.store.engine, history.settings, now)
    return tuple(each for each in windows if each.name == ALL_JOBS or each in list_told((each,)))
