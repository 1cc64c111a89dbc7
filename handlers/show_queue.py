"""The scheduler's view as lines of a terminal: who works, what runs, what waits."""

from collections.abc import Iterator, Sequence

from handlers.plain_lines import format_columns
from runners.activity_words import format_seconds
from runners.history.quota_windows import QuotaWindow, describe_window
from runners.queues.schedule import QueueRow, Schedule

GIB = 1 << 30


def list_queue_lines(schedule: Schedule, windows: Sequence[QuotaWindow] = ()) -> Iterator[str]:
    yield from _list_workers(schedule)
    yield ""
    yield from _list_work(schedule)
    if windows:
        yield ""
        yield "Caps and quotas:"
        yield from (f"  {describe_window(window)}" for window in windows)


def _list_work(schedule: Schedule) -> Iterator[str]:
    if not schedule.queue:
        yield "Nothing waits and nothing runs."
        return
    head = ("WORK", "TICKET", "STATE", "FOR", "WHERE")
    rows = [
        (row.kind, row.ticket, row.phase, format_seconds(row.age), _describe_place(row))
        for row in schedule.queue
    ]
    yield from format_columns([head, *rows], right=(3,))


def _list_workers(schedule: Schedule) -> Iterator[str]:
    if not schedule.workers:
        yield "No worker: `bricklayer serve` is one, `bricklayer worker` is a further one."
        return
    head = ("WORKER", "STATE", "LANES", "RUNS", "FREE", "VERSION")
    rows = [
        (
            row.facts.executor,
            "dead" if row.is_dead else "no room" if row.facts.refuses else "alive",
            str(row.facts.lanes),
            str(len(row.facts.running)),
            f"{row.facts.disk_free / GIB:.0f} GiB",
            row.facts.version,
        )
        for row in schedule.workers
    ]
    yield from format_columns([head, *rows], right=(2, 3, 4))
    for row in schedule.workers:
        if row.facts.refuses and not row.is_dead:
            yield f"{row.facts.executor} takes no work: {row.facts.refuses}."
    yield from (
        f"The loop is led by {lease.holder}."
        for lease in schedule.leases
        if lease.what == "loop" and lease.left > 0
    )


def _describe_place(row: QueueRow) -> str:
    if row.executor:
        return row.executor
    return f"{row.ahead} before it" if row.ahead else "next"
