"""What is under way, as the few lines at the bottom of a terminal: clock, count, lanes."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from handlers.plain_lines import fit_line, format_clock, format_cost
from runners.activity_words import describe_row
from runners.progress import Activity, ProgressEvent

MAX_ROWS = 12
"""Of lanes and what runs beside them: a terminal shows 24 lines."""


@dataclass(slots=True)
class Tally:
    """What the events of a run add up to. `planned` are the ids of the plan's tasks."""

    planned: list[str] = field(default_factory=list)
    ended: dict[str, bool] = field(default_factory=dict)
    tokens: int = 0
    cost: float = 0.0

    def add(self, event: ProgressEvent) -> None:
        tasks = event.facts.get("tasks")
        if event.what == "job" and isinstance(tasks, list):
            self.planned = [str(task) for task in tasks]
        if event.what == "task" and event.task:
            if event.task not in self.planned:  # of a further epoch
                self.planned.append(event.task)
            if event.good is not None:
                self.ended[event.task] = event.good
        if event.row:
            self.tokens += event.row.tokens
            self.cost += event.row.cost

    def describe(self) -> str:
        """As in "task 3 of 7, 2 passed, 12,345 tokens"."""
        total, passed = len(self.planned), sum(self.ended.values())
        words = [f"task {min(len(self.ended) + 1, total)} of {total}"] if total else []
        words += [f"{passed} passed"] if passed else []
        words += [f"{len(self.ended) - passed} not"] if len(self.ended) > passed else []
        words += [f"{self.tokens:,} tokens"] if self.tokens else []
        words += [f"cost {format_cost(self.cost)}"] if self.cost else []
        return ", ".join(words)


def list_live_lines(  # noqa: PLR0913, PLR0917  # what is shown, when, and how wide
    tally: str,
    seconds: float,
    running: Sequence[Activity],
    lanes: Mapping[str, str],
    now: float,
    width: int,
) -> Iterator[str]:
    """Each no wider than `width` cells; the time comes first, so that it is never cut."""
    yield fit_line(f"{format_clock(seconds):>7}  {tally}".rstrip(), width)
    rows = list(list_lane_rows(running, lanes, now))
    for row in rows[:MAX_ROWS]:
        yield fit_line(row, width)
    if len(rows) > MAX_ROWS:
        yield fit_line(f"         and {len(rows) - MAX_ROWS} more", width)


def list_lane_rows(
    running: Sequence[Activity], lanes: Mapping[str, str], now: float
) -> Iterator[str]:
    """Each lane that has a task, then what is on none; lanes are named where there are several."""
    several = len(lanes) > 1
    room = max((len(name) for name in lanes), default=0)
    shown: set[int] = set()
    for name, task in lanes.items():
        of_lane = [each for each in running if each.lane == name]
        shown.update(map(id, of_lane))
        # The newest: a model that is loaded is part of what asks it.
        newest = of_lane[-1] if of_lane else None
        if task or newest:
            yield _row(newest, task, now, f"{name:<{room}}  " if several else "")
    for each in running:
        if id(each) not in shown:
            yield _row(each, each.task, now, " " * (room + 2) if several else "")


def _row(state: Activity | None, task: str, now: float, lane: str) -> str:
    clock = format_clock(now - state.began) if state else ""
    words = describe_row(state, now) if state else "working"
    where = f"{task}: " if task else ""
    return f"{clock:>7}  {lane}{where}{words}"
