"""What `bricklayer watch` shows of a job: lines that fit the screen, whatever anybody wrote."""

import pytest
from rich.cells import cell_len

from bot.storage.jobs import JobRow
from handlers.watch_lines import (
    format_job_row,
    list_head,
    list_lanes,
    list_output,
    list_tasks,
)
from runners.activity_file import SeenActivities
from runners.history.job_model import JobSummary, LocalJob
from runners.history.task_states import TaskStanding
from runners.history.watch_job import CheckOutput, ShownPhase, WatchedJob
from runners.progress import Activity

HOSTILE = (
    "\x1b]0;owned\x07\x1b[2J[bold red]x[/]",
    "全角" * 40_000,
    "e" + "\u0301" * 64_000,
    "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631",
    "one\r\ntwo\u2028three\x0b",
    "\N{FAMILY}\u200d\N{WOMAN}\ufe0f" * 90,
)


def watched(title: str = "Mend it", **more: object) -> WatchedJob:
    summary = JobSummary(
        "0123456789ab", title, "running", "building, task 1 of 2 (fix)", "/r", "b", 100.0,
        done=1, total=2, tokens=12_345, cost=0.5, why=title,
    )  # fmt: skip
    tasks = (
        TaskStanding(title, "passed", attempts=1, tokens=900),
        TaskStanding("cover", "blocked", title, attempts=2, cost=0.25),
        TaskStanding("note", "waiting"),
    )
    lanes = (("gpu-0", title), ("gpu-1", ""))
    asks = Activity(
        "ask", title, 100.0, 130.0, 110.0, "gpu-0", title, "local", title, 1, 240, tail=title
    )
    begin = {"type": "begin", "at": 100.0, "title": title, "run": 1, "job": "0123456789ab"}
    told = {"type": "progress", "at": 101.0, "what": "task", "task": title, "text": title}
    job = LocalJob(JobRow("0123456789ab", "/r", "b", "0" * 40, "", 100.0), None)  # type: ignore[arg-type]  # no folder is read
    fields: dict[str, object] = {
        "phases": (ShownPhase(title, tasks),),
        "seen": SeenActivities((asks,), lanes),
        "events": (begin, told),
        "began": 100.0,
        "at": 120.0,
        "output": CheckOutput(f"{title}: check test", title),
    }
    return WatchedJob(job, summary, **(fields | more))  # type: ignore[arg-type]  # each is one


@pytest.mark.parametrize("width", [1, 60, 80])
@pytest.mark.parametrize("title", HOSTILE, ids=range(len(HOSTILE)))
def test_no_line_is_wider_than_the_screen_or_obeyed_by_it(title: str, width: int) -> None:
    """Titles, ids, reasons, models, replies and outputs are a stranger's."""
    seen = watched(title)
    lines = [
        format_job_row(seen.summary, 130.0, width),
        *list_head(seen, 130.0, width),
        *list_tasks(seen.phases, width),
        *list_lanes(seen, 130.0, width),
    ]
    for line in lines:
        assert cell_len(line.text) <= width
    printed = [row for events in (True, False) for row in list_output(seen, events=events)[1]]
    for text in [line.text for line in lines] + printed:
        assert not [c for c in text if not c.isprintable()]


def test_a_job_tells_its_clock_its_tokens_and_what_each_lane_is_at() -> None:
    """Nothing of it by colour alone."""
    seen = watched()
    head = [line.text for line in list_head(seen, 134.0, 80)]
    state = "building, task 1 of 2 (fix)  0:34  12,345 tokens  10 tokens/s  cost 0.5000"
    assert head == ["Mend it", state]
    assert [line.text for line in list_tasks(seen.phases, 80)] == [
        "Mend it",
        "ok Mend it  passed   1 attempt, 900 tokens",
        "no cover    blocked  2 attempts, 0.2500  Mend it",
        "   note     waiting",
    ]
    (lane,) = [line.text for line in list_lanes(seen, 134.0, 100)]
    assert lane == "   0:34  gpu-0  Mend it: local Mend it answers, 240 tokens so far, 10/s"


def test_what_is_printed_now_comes_before_what_was_printed_last() -> None:
    """A reply as it comes; else the newest check's output; else what happened."""
    assert list_output(watched("a\nb\n"), events=False)[1] == ["a", "b"]
    idle = watched("x", seen=SeenActivities())
    assert list_output(idle, events=False) == ("x: check test", ["x"])
    silent = watched("x", seen=SeenActivities(), output=CheckOutput())
    for events, of in ((False, silent), (True, idle)):
        title, lines = list_output(of, events=events)
        assert (title, len(lines)) == ("what happened", 2)


def test_a_job_that_ended_says_how_long_it_took_and_why_it_did_not_pass() -> None:
    seen = watched(at=160.0)
    ended = WatchedJob(
        seen.job,
        JobSummary("1", "t", "blocked", "blocked", "/r", "b", 100.0, why="fix: red\nmore"),
        began=100.0,
        at=160.0,
    )
    assert [line.text for line in list_head(ended, 9e9, 80)] == ["t", "blocked  1:00", "fix: red"]
