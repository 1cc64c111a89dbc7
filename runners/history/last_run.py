"""How far a job's newest run is, by the journal in its folder."""

import os
from dataclasses import dataclass
from pathlib import Path

from runners.journal import JOURNAL, Line, parse_line

_TAIL_BYTES = 1 << 20
"""Of a journal's end: more than one run of the largest plan writes."""


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
    lines = read_newest_lines(folder)
    if not lines:
        return NO_RUN
    begin = lines[0] if lines[0].get("type") == "begin" else {}
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
    lines = _read_tail(folder / JOURNAL, end)
    begins = [at for at, line in enumerate(lines) if line.get("type") == "begin"]
    return lines[begins[-1] :] if begins else lines


def _read_tail(path: Path, end: int | None) -> list[Line]:
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END) if end is None else end
            file.seek(max(0, size - _TAIL_BYTES))
            raw = file.read(min(size, _TAIL_BYTES))
    except (FileNotFoundError, NotADirectoryError):
        return []
    whole = raw if size <= _TAIL_BYTES else raw.partition(b"\n")[2]
    parsed = map(parse_line, whole.splitlines(keepends=True))
    return [line for line in parsed if line is not None]


def _when(line: Line) -> float:
    at = line.get("at")
    return float(at) if isinstance(at, int | float) else 0.0
