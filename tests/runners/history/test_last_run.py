"""The newest run is read from a journal's end, however long the journal, or that run, is."""

import json
from pathlib import Path

import pytest

from runners.history.last_run import read_last_run, read_newest_lines
from runners.journal import JOURNAL

KIB = 1 << 10


def journal(folder: Path, *runs: int) -> None:
    """Each run with so many events of a KiB, the last half of them about a task that passes."""
    with (folder / JOURNAL).open("w") as file:
        for run, events in enumerate(runs, 1):
            file.write(
                json.dumps({"type": "begin", "run": run, "tasks": ["a", "b"], "at": run}) + "\n"
            )
            for number in range(events):
                told = {"type": "progress", "what": "check", "text": "x" * KIB, "at": number}
                file.write(json.dumps(told) + "\n")
            ended = {"type": "progress", "what": "task", "task": "a", "good": True, "at": 7}
            file.write(json.dumps(ended) + "\n")


@pytest.mark.parametrize("runs", [(1,), (2000, 1), (1, 2000), (600, 600), (0,)])
def test_all_of_the_newest_run_is_read_and_nothing_of_the_one_before(
    tmp_path: Path, runs: tuple[int, ...]
) -> None:
    journal(tmp_path, *runs)
    lines = read_newest_lines(tmp_path)
    assert (lines[0]["run"], len(lines)) == (len(runs), runs[-1] + 2)
    last = read_last_run(tmp_path)
    assert (last.passed, last.total, last.at) == (("a",), 2, 7)


def test_a_half_written_last_line_is_left_out(tmp_path: Path) -> None:
    """Who writes it is not done yet, or was killed; a journal that is not there has no lines."""
    assert read_newest_lines(tmp_path) == []
    journal(tmp_path, 1)
    with (tmp_path / JOURNAL).open("a") as file:
        file.write('{"type": "result", "passed": tr')
    assert read_last_run(tmp_path).result == {}
    for junk in ("[1]\n", "null\n", "not json\n", "[" * 100_000 + "\n"):
        (tmp_path / JOURNAL).write_text(junk)
        assert read_newest_lines(tmp_path) == []


@pytest.mark.parametrize("between", [0, 600])
def test_a_run_that_was_taken_up_again_has_passed_what_it_passed_before(
    tmp_path: Path, between: int
) -> None:
    """It tells that no second time, however much it wrote; an earlier run's counts for nothing."""
    task = {"type": "progress", "what": "task"}
    filler = {"type": "progress", "what": "check", "text": "x" * KIB}
    begin = {"type": "begin", "tasks": ["a", "b", "c"]}
    lines = [
        {**begin, "run": 1, "pid": 1},
        {**task, "task": "c", "good": True},
        {**begin, "run": 2, "pid": 2},
        {**task, "task": "a", "good": True},
        {**task, "task": "b"},
        *[filler] * between,
        {**begin, "run": 2, "pid": 3},
        *[filler] * between,
    ]
    (tmp_path / JOURNAL).write_text("".join(f"{json.dumps(line)}\n" for line in lines))
    last = read_last_run(tmp_path)
    assert (last.passed, last.current, last.begin["pid"]) == (("a",), ("b",), 3)
    assert len(read_newest_lines(tmp_path)) == 1 + between
