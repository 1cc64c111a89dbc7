"""How far a job's newest run is, by the journal in its folder."""

import os
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from runners.journal import JOURNAL, Line, parse_line

_TAIL_BYTES = 1 << 18
"""Of a journal's end, that are read first: most runs write less."""


@dataclass(frozen=True, slots=True)
class LastRun:
    """`begin` is the event with the job's facts, `result` the last, both empty where there is none.

    `passed` are the tasks that passed, `current` those under way, in the order they were begun.
    `at` is when anything happened last, in seconds since 1970.
    """

    begin: Line
    result: Line
    passed: tuple[str, ...] = ()
    current: tuple[str, ...] = ()
    at: float = 0.0

    @property
    def total(self) -> int:
        """The plan's tasks, and those that further epochs added."""
        planned = self.begin.get("tasks")
        known = [str(task) for task in planned] if isinstance(planned, list) else []
        return len(dict.fromkeys((*known, *self.passed, *self.current)))

    @property
    def why(self) -> str:
        return str(self.result.get("why", ""))


NO_RUN = LastRun({}, {})


def read_last_run(folder: Path) -> LastRun:
    lines = _read_newest(folder, None, whole_run=True)
    if not lines:
        return NO_RUN
    begin = next((line for line in reversed(lines) if line.get("type") == "begin"), {})
    result = lines[-1] if lines[-1].get("type") == "result" else {}
    passed: dict[str, None] = {}
    current: dict[str, None] = {}
    for line in lines:
        task = str(line.get("task", ""))
        if line.get("what") != "task" or not task:
            continue
        if line.get("good") is None:
            current[task] = None
            continue
        current.pop(task, None)
        passed.update({task: None} if line["good"] else {})
    return LastRun(begin, result, tuple(passed), tuple(current), _when(lines[-1]))


def read_newest_lines(folder: Path, end: int | None = None) -> list[Line]:
    """The journal's lines from where the newest run, or its taking up again, begins.

    Only the first `end` bytes are read, where that is given.
    """
    return _read_newest(folder, end, whole_run=False)


def _read_newest(folder: Path, end: int | None, *, whole_run: bool) -> list[Line]:
    """`whole_run`: also what it did before it was taken up again: that is not told twice."""
    try:
        with (folder / JOURNAL).open("rb") as file:
            size = file.seek(0, os.SEEK_END) if end is None else end
            return _read_last_run(file, size, whole_run=whole_run)
    except (FileNotFoundError, NotADirectoryError):
        return []


def _read_last_run(file: BinaryIO, size: int, *, whole_run: bool) -> list[Line]:
    """Of the first `size` bytes: from their end backwards, as far as a run begins."""
    tail = min(size, _TAIL_BYTES)
    while True:
        file.seek(size - tail)
        raw = file.read(tail)
        whole = raw if tail == size else raw.partition(b"\n")[2]
        parsed = map(parse_line, whole.splitlines(keepends=True))
        lines = [line for line in parsed if line is not None]
        begins = [at for at, line in enumerate(lines) if line.get("type") == "begin"]
        newest = begins[-1:]
        if whole_run and newest:
            run = lines[newest[0]].get("run")
            newest = [at for at in begins if lines[at].get("run") == run]
        # Before the first that is read there may be another of the same run.
        if tail == size or (newest and (not whole_run or newest[0] != begins[0])):
            return lines[newest[0] :] if newest else lines
        tail = min(size, tail * 4)


def _when(line: Line) -> float:
    at = line.get("at")
    return float(at) if isinstance(at, int | float) else 0.0
