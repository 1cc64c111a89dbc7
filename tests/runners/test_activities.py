"""What is under way and takes long is told: when it begins, in silence, and when it ends."""

import json
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from runners.activities import Activities
from runners.activity_file import ACTIVITY_FILE, read_activities, write_activities
from runners.activity_words import describe_activity, format_seconds, last_line
from runners.progress import ProgressEvent


@dataclass
class Watched:
    """Activities with a clock of their own, and all that was told of them."""

    seconds: float = 1000.0
    told: list[ProgressEvent] = field(default_factory=list)
    still: list[ProgressEvent] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.all = Activities(now=lambda: self.seconds)
        self.all.report = self.told.append
        self.all.told_at = self.seconds

    def pass_time(self, seconds: float) -> None:
        self.seconds += seconds
        self.all.tell_begun()
        self.all.tell_silence(self.still.append)

    @property
    def texts(self) -> list[str]:
        return [event.text for event in self.told]


@pytest.fixture
def watched() -> Watched:
    return Watched()


def test_what_takes_a_second_is_told_when_it_begins_and_when_it_ends(watched: Watched) -> None:
    with watched.all.begin("setup", "pip install .", lane="gpu-0") as running:
        watched.pass_time(0.9)
        assert watched.told == []
        watched.pass_time(0.1)
        watched.pass_time(40)
        running.end("", good=True)
    assert watched.texts == ["pip install .", "pip install .: done (41 s)"]
    begin, end = watched.told
    assert (begin.what, begin.good, end.good) == ("step", None, True)
    facts = {"step": "end", "kind": "setup", "seconds": 41.0, "lane": "gpu-0"}
    assert dict(end.facts) == facts


def test_what_is_over_within_a_second_is_not_told_at_all(watched: Watched) -> None:
    with watched.all.begin("check", "test"):
        watched.pass_time(0.5)
    watched.pass_time(60)
    assert (watched.told, watched.still) == ([], [])


def test_an_error_is_how_it_ended(watched: Watched) -> None:
    def fill_disk() -> None:
        with watched.all.begin("setup", "make"):
            watched.pass_time(5)
            raise OSError("the disk is full")

    with pytest.raises(OSError, match="full"):
        fill_disk()
    assert watched.texts[-1] == "make: failed (5 s)"
    assert watched.told[-1].good is False
    assert watched.all.list_running() == ()


def test_each_half_minute_of_silence_says_what_is_waited_for(watched: Watched) -> None:
    """And what is told otherwise ends a silence."""
    report = watched.all.watch(lambda _event: None)
    with watched.all.begin("ask", "127.0.0.1:8080", task="fix", tier="local", model="qwen"):
        for _ in range(40):
            watched.pass_time(1)
        assert [event.text for event in watched.still] == ["waiting for 127.0.0.1:8080, 30 s"]
        report(ProgressEvent("job", "another thing"))
        watched.pass_time(29)
        assert len(watched.still) == 1
        watched.pass_time(1)
        assert watched.still[-1].text == "waiting for 127.0.0.1:8080, 1 min 10 s"
        assert (watched.still[-1].task, watched.still[-1].facts["step"]) == ("fix", "still")


def test_a_stream_tells_its_tokens_its_rate_and_since_when_it_is_silent(watched: Watched) -> None:
    with watched.all.begin("ask", "127.0.0.1:8080", tier="local", model="qwen") as running:
        watched.pass_time(7)
        running.hear_reply("", (), "Let me see. " * 10)
        (state,) = watched.all.list_running()
        assert "tokens thought so far" in describe_activity(state, watched.seconds)
        watched.pass_time(2)
        running.hear_reply("x = 1\n" * 40, (), "Let me see. " * 10)
        (state,) = watched.all.list_running()
        rate = state.tokens / 2
        told = describe_activity(state, watched.seconds)
        assert told == f"local qwen answers, {state.tokens} tokens so far, {rate:.0f}/s, 9 s"
        watched.pass_time(12)
        assert "nothing more for 12 s" in describe_activity(state, watched.seconds)
        running.start_again()
        (state,) = watched.all.list_running()
        assert describe_activity(state) == "waiting for 127.0.0.1:8080"


def test_a_command_tells_the_last_line_that_it_printed(watched: Watched) -> None:
    """A bar of progress writes over its line, and half a letter is none."""
    with watched.all.begin("setup", "pip") as running:
        running.hear_output(b"Collecting numpy\n\n")
        running.hear_output("10 %\r20 %\rä".encode()[:-1])
        (state,) = watched.all.list_running()
        assert last_line(state.tail) == "\ufffd"
        running.hear_output(b"\r30 %\r\n")
        (state,) = watched.all.list_running()
        assert describe_activity(state, 1040.0) == "pip, last line: 30 %, 40 s"
        running.hear_output(b"y" * 1_000_000)
        (state,) = watched.all.list_running()
        assert len(describe_activity(state)) < 300


def test_a_lane_and_its_task_are_known_by_each_other(watched: Watched) -> None:
    """A check is run on a lane, and a model is asked for a task."""
    with watched.all.on_lane("gpu-1", "fix"):
        with watched.all.begin("check", "test", lane="gpu-1"):
            (check,) = watched.all.list_running()
        with watched.all.begin("ask", "here", task="fix"):
            (ask,) = watched.all.list_running()
    assert (check.task, ask.lane) == ("fix", "gpu-1")
    watched.all.lanes = ("gpu-0", "gpu-1")
    assert watched.all.list_lanes() == {"gpu-0": "", "gpu-1": ""}


def test_every_line_is_told_where_that_is_asked_for(watched: Watched) -> None:
    lines: list[str] = []
    watched.all.on_line = lambda _state, line: lines.append(line)
    with watched.all.begin("setup", "pip") as running:
        for part in (b"one\ntw", b"o\n", b"half"):
            running.hear_output(part)
    assert lines == ["one", "two"]


def test_another_process_sees_what_is_under_way(watched: Watched, tmp_path: Path) -> None:
    with (
        watched.all.on_lane("gpu-0", "fix"),
        watched.all.begin("ask", "127.0.0.1:8080", task="fix", tier="local") as running,
    ):
        running.hear_reply("def f():\n")
        write_activities(tmp_path, watched.all.list_running(), watched.all.list_lanes())
        seen = read_activities(tmp_path)
        assert seen.running == watched.all.list_running()
    assert seen.lanes == (("gpu-0", "fix"),)
    assert (tmp_path / ACTIVITY_FILE).stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize(
    "text", ["", "{", "[]", "null", '{"v": 1, "running": [{"kind": 1}], "lanes": []}', "[" * 9999]
)
def test_a_file_that_is_none_of_ours_tells_nothing(tmp_path: Path, text: str) -> None:
    (tmp_path / ACTIVITY_FILE).write_text(text)
    assert read_activities(tmp_path).running == ()


def test_a_folder_that_is_gone_ends_no_build(tmp_path: Path) -> None:
    write_activities(tmp_path / "gone", (), {})
    assert read_activities(tmp_path / "gone").running == ()


def test_a_later_release_may_write_more(tmp_path: Path) -> None:
    """What it adds is left out, and what is known is read."""
    one = {"kind": "check", "text": "test", "began": 1.0, "colour": "blue"}
    (tmp_path / ACTIVITY_FILE).write_text(json.dumps({"v": 1, "running": [one]}))
    assert read_activities(tmp_path).running[0].text == "test"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(-5, "0 s"), (59.9, "59 s"), (125, "2 min 05 s"), (3720, "1 h 02 min")],
)
def test_seconds_are_told_as_a_person_would(seconds: float, words: str) -> None:
    assert format_seconds(seconds) == words
