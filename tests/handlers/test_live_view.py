"""What a person sees while a job is built: on a terminal below the events, elsewhere as lines."""

import io
import itertools
import unicodedata

import pytest
from rich.cells import cell_len
from rich.console import Console

from bot.ledger import LedgerRow
from handlers.live_lines import Tally, list_live_lines
from handlers.live_view import LiveView
from handlers.plain_lines import fit_line, format_clock
from runners.progress import Activity, ProgressEvent

HOSTILE = {
    "escapes": "\x1b]0;owned\x07\x1b[2J\x9b31m",
    "long": "a b" * 30_000,
    "wide": "\u5168\u89d2" * 500,
    "accents": "e" + "\u0301" * 20_000,
    "emoji": "\N{FAMILY}\u200d\N{WOMAN}\ufe0f" * 90,
    "right to left": "\u202e\u05e9\u05dc\u05d5\u05dd \u0645\u0631\u062d\u0628\u0627" * 40,
    "lines": "one\r\ntwo\n\n\tthree\x0b\u2028",
    "surrogate": "\ud800half",
}


@pytest.mark.parametrize("width", [0, 1, 2, 7, 20, 60, 80])
@pytest.mark.parametrize("kind", HOSTILE)
def test_a_line_is_never_wider_than_the_terminal(kind: str, width: int) -> None:
    """Whatever is in it, nothing moves the cursor, and no accents stand over other lines."""
    for text in (HOSTILE[kind], f"   {HOSTILE[kind]}", f"fix: {HOSTILE[kind]}"):
        line = fit_line(text, width)
        assert cell_len(line) <= width
        assert not [c for c in line if not c.isprintable()]
        marks = [unicodedata.combining(c) > 0 for c in line]
        assert not any(all(marks[at : at + 3]) for at in range(len(marks) - 2))


def test_what_has_room_is_not_changed() -> None:
    for letters in itertools.product("aé全 ", repeat=4):
        words = f"x{''.join(letters)}y"
        assert fit_line(words, cell_len(words)) == words
        assert fit_line(words, cell_len(words) - 1).endswith("…")


def running(kind: str = "check", **more: object) -> Activity:
    return Activity(kind, "test", 100.0, **more)  # type: ignore[arg-type]  # any field of it


def test_the_clock_and_the_task_come_first_and_each_lane_has_its_line() -> None:
    """With the tier and the model that is asked; a lane between two steps is at work as well."""
    asks = Activity(
        "ask", "127.0.0.1:8080", 60.0, 112.0, 92.0, "gpu-0", "fix", "local", "qwen", 1, tokens=400
    )
    lanes = {"gpu-0": "fix", "gpu-1": "cover", "gpu-2": ""}
    lines = list(list_live_lines("task 3 of 7", 134.0, [asks], lanes, 112.0, 80))
    assert lines == [
        "   2:14  task 3 of 7",
        "   0:52  gpu-0  fix: local qwen answers, 400 tokens so far, 20/s",
        "         gpu-1  cover: working",
    ]


def test_of_hundreds_of_lanes_a_terminal_shows_some_and_says_so() -> None:
    lanes = {f"gpu-{n}": f"task-{n}" for n in range(300)}
    lines = list(list_live_lines("", 0.0, [], lanes, 0.0, 60))
    assert len(lines) == 14
    assert lines[-1].strip() == "and 288 more"
    assert all(cell_len(line) <= 60 for line in lines)


def test_events_add_up_to_task_3_of_7() -> None:
    """Tasks that further epochs add count as well."""
    tally = Tally()
    row = LedgerRow("a", 1, "local", "m", tokens_in=1000, tokens_out=200, cost=0.25)
    tally.add(ProgressEvent("job", "t", facts={"tasks": [f"t{n}" for n in range(6)]}))
    tally.add(ProgressEvent("attempt", "", "t0", good=True, row=row))
    tally.add(ProgressEvent("task", "", "t0", good=True))
    tally.add(ProgressEvent("task", "", "t1", good=False))
    tally.add(ProgressEvent("task", "", "added"))
    assert tally.describe() == "task 3 of 7, 1 passed, 1 not, 1,200 tokens, cost 0.2500"


BEGIN = ProgressEvent("step", "pip", facts={"step": "begin", "kind": "setup"})
END = ProgressEvent("step", "pip: done (9 s)", good=True, facts={"step": "end", "kind": "setup"})
STILL = ProgressEvent("step", "pip, 30 s", facts={"step": "still", "kind": "setup"})
ASKED = ProgressEvent("step", "qwen: answered", "fix", facts={"step": "end", "kind": "ask"})
WARNING = ProgressEvent("job", "the map is stale", good=False)
EVENTS = (BEGIN, STILL, END, ASKED, WARNING, ProgressEvent("task", "done", "fix", good=True))
TOLD = {
    "pip": ".. setup   pip",
    "still": ".. setup   pip, 30 s",
    "end": "ok setup   pip: done (9 s)",
    "asked": ".. model   fix: qwen: answered",
    "warning": "no job     the map is stale",
    "task": "ok task    fix: done",
}


@pytest.mark.parametrize(
    ("how", "is_terminal", "shown"),
    [
        ("", False, list(TOLD)),
        ("quiet", False, ["warning"]),
        ("verbose", True, list(TOLD)),
        ("quiet", True, ["warning"]),
        ("", True, ["end", "warning", "task"]),
    ],
)
def test_how_much_is_told_is_the_persons_to_choose(
    how: str, is_terminal: bool, shown: list[str]
) -> None:
    """Without a terminal each begin and end; on one, the lines below tell what is under way."""
    out = io.StringIO()
    console = Console(file=out, force_terminal=is_terminal, color_system=None, width=80)
    view = LiveView(console, quiet=how == "quiet", verbose=how == "verbose")
    for event in EVENTS:
        view.show_progress(event)
    assert out.getvalue().splitlines() == [TOLD[name] for name in shown]


def test_what_commands_print_is_shown_with_verbose_and_obeyed_by_no_terminal() -> None:
    out = io.StringIO()
    view = LiveView(Console(file=out, width=80), verbose=True)
    with view.activities.begin("setup", "pip") as step:
        step.hear_output(b"10 %\r20 %\r\n\x1b[2Jhi [bold]there\n")
    told = [line.strip() for line in out.getvalue().splitlines()]
    assert told == ["setup   | 20 %", "setup   | \ufffd[2Jhi [bold]there"]


@pytest.mark.parametrize(("seconds", "clock"), [(-1, "0:00"), (62, "1:02"), (3725, "1:02:05")])
def test_a_clock_reads_as_one(seconds: float, clock: str) -> None:
    assert format_clock(seconds) == clock
