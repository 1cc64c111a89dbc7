"""One job as `bricklayer watch` shows it: lines no wider than the screen, from what was seen of it.

Every state is told by a word or a mark as well as by its colour.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.text.invisible import replace_unprintable
from handlers.live_lines import list_lane_rows
from handlers.plain_lines import fit_line, format_age, format_clock, format_cost, to_line
from handlers.show_logs import describe_line
from runners.activity_words import describe_rate
from runners.history.job_model import JobSummary
from runners.history.task_states import TaskStanding
from runners.history.watch_job import ShownPhase, WatchedJob

GREEN, RED, YELLOW, CYAN, DIM, BOLD = "green", "red", "yellow", "cyan", "dim", "bold"
_TASK_MARKS = {
    "passed": ("ok", GREEN),
    "blocked": ("no", RED),
    "skipped": ("--", YELLOW),
    "running": ("..", CYAN),
}
_SITUATION_COLOURS = {
    "running": CYAN,
    "passed": GREEN,
    "blocked": RED,
    "failed": RED,
    "waiting": YELLOW,
    "paused": YELLOW,
    "stopped": YELLOW,
}


@dataclass(frozen=True, slots=True)
class Line:
    """One line of text, and the style of all of it, empty for the usual one."""

    text: str
    style: str = ""


def format_job_row(job: JobSummary, now: float, width: int) -> Line:
    """In the list of jobs: where it is first, for the title is as long as it likes."""
    count = f"{job.done}/{job.total}" if job.total else ""
    head = f"{job.situation:<9} {count:>5}  {format_age(job.began, now):>10}  "
    return Line(
        fit_line(f"{head}{to_line(job.title)}", width), _SITUATION_COLOURS.get(job.situation, "")
    )


def list_head(watched: WatchedJob, now: float, width: int) -> Iterator[Line]:
    """Title; then state, clock, tokens, rate and cost."""
    summary = watched.summary
    yield Line(fit_line(to_line(summary.title), width), BOLD)
    until = now if watched.is_running else watched.at
    facts = [to_line(summary.state)]
    facts += [format_clock(until - watched.began)] if watched.began else []
    facts += [f"{summary.tokens:,} tokens"] if summary.tokens else []
    facts += [_total_rate(watched, now)]
    facts += [f"cost {format_cost(summary.cost)}"] if summary.cost else []
    colour = _SITUATION_COLOURS.get(summary.situation, "")
    yield Line(fit_line("  ".join(filter(None, facts)), width), colour)
    if watched.code:
        yield Line(fit_line(f"waits for approval {watched.code}: key a", width), YELLOW)
    elif summary.why and not watched.is_running:
        yield Line(fit_line(to_line(summary.why.split("\n", 1)[0]), width), colour)


def list_tasks(phases: Sequence[ShownPhase], width: int) -> Iterator[Line]:
    """Phase by phase; each task with its state, attempts and what it cost."""
    room = max((len(task.id) for phase in phases for task in phase.tasks), default=0)
    room = min(room, max(8, width // 3))
    for phase in phases:
        title = to_line(phase.title) or "also asked"
        yield Line(fit_line(title, width), BOLD)
        for task in phase.tasks:
            yield _task_line(task, room, width)


def _task_line(task: TaskStanding, room: int, width: int) -> Line:
    mark, colour = _TASK_MARKS.get(task.state, ("  ", ""))
    name = fit_line(task.id, room)
    attempts = f"{task.attempts} attempt{'' if task.attempts == 1 else 's'}"
    facts = [attempts] if task.attempts else []
    facts += [f"{task.tokens:,} tokens"] if task.tokens else []
    facts += [format_cost(task.cost)] if task.cost else []
    why = to_line(task.why.split("\n", 1)[0]) if task.state != "passed" else ""
    text = f"{mark} {name:<{room}}  {task.state:<8} {', '.join(facts)}"
    return Line(fit_line(f"{text}  {why}".rstrip(), width), colour)


def list_lanes(watched: WatchedJob, now: float, width: int) -> Iterator[Line]:
    rows = list_lane_rows(watched.seen.running, dict(watched.seen.lanes), now)
    for row in rows:
        yield Line(fit_line(row, width), CYAN)


def list_output(watched: WatchedJob, *, events: bool) -> tuple[str, list[str]]:
    """A title and lines: a reply or a check as it comes, else what a check printed last.

    With `events`, what has happened instead.
    """
    if events:
        return "what happened", [describe_line(line) for line in watched.events]
    for state in reversed(watched.seen.running):
        if state.tail:
            what = "reply" if state.kind == "ask" else "output"
            thought = ", thought" if state.thinking else ""
            place = to_line(state.task or state.text)
            return f"{place}: {what}{thought}, as it comes", _to_lines(state.tail)
    if watched.output.title:
        return to_line(watched.output.title), _to_lines(watched.output.text)
    return "what happened", [describe_line(line) for line in watched.events]


def _to_lines(text: str) -> list[str]:
    """As a terminal would show them; of a bar of progress, what it ended with."""
    rows = text.rstrip("\n").split("\n")
    return [replace_unprintable(row.rstrip("\r").rpartition("\r")[2]).expandtabs(4) for row in rows]


def _total_rate(watched: WatchedJob, now: float) -> str:
    """Of all lanes together."""
    asks = [each for each in watched.seen.running if each.tokens]
    if len(asks) == 1:
        return describe_rate(asks[0], now).replace("/s", " tokens/s").lstrip(", ")
    rates = [each.tokens / (now - each.first) for each in asks if now - each.first > 1]
    return f"{sum(rates):.0f} tokens/s" if rates else ""


def plain_lines(watched: WatchedJob, width: int = 200) -> Iterator[str]:
    """All of it at once, for who has no terminal."""
    now = time.time()
    for line in list_head(watched, now, width):
        yield line.text
    for line in list_tasks(watched.phases, width):
        yield f"  {line.text}"
    for line in list_lanes(watched, now, width):
        yield line.text
