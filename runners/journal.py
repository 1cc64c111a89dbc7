"""What happened in a job's runs, a line of JSON each: `run --json` prints it, `logs` reads it back.

docs/json.md says what each line holds. A line is written whole, so a reader never sees a half.
"""

import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

from pydantic import JsonValue

from bot.errors import UserError
from runners.progress import ProgressEvent, Report

VERSION = 1
"""Of the lines' form. Programs may rely on it: keys are only ever added to a version."""
JOURNAL = "events.jsonl"
"""The file in a job's folder that has the events of all its runs, oldest first."""
Line = dict[str, JsonValue]


class Journal:
    """Appends to one job's file; the caller holds the job's lock. Safe from any thread."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor

    def write(self, line: Line) -> None:
        # One write of a file opened to append: threads' lines do not mix.
        # https://man7.org/linux/man-pages/man2/open.2.html, O_APPEND
        os.write(self._descriptor, f"{format_line(line)}\n".encode())

    def watch(self, report: Report) -> Report:
        """The same report, with each event written down first."""

        def write_and_report(event: ProgressEvent) -> None:
            self.write(event_line(event))
            report(event)

        return write_and_report


@contextmanager
def open_journal(folder: Path) -> Iterator[Journal]:
    """What ends the block by an error is written down as the run's result, and raised on."""
    how = os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
    descriptor = os.open(folder / JOURNAL, how, 0o600)
    journal = Journal(descriptor)
    try:
        yield journal
    except Exception as exc:
        journal.write(error_line(exc))
        raise
    finally:
        os.close(descriptor)


def event_line(event: ProgressEvent) -> Line:
    """The event with the facts of a job begins a run; every other is progress."""
    if event.facts and event.what == "job":
        return {**_stamp("begin"), **event.facts}
    row: Line = {"spent": asdict(event.row)} if event.row else {}
    told: Line = {"what": event.what, "task": event.task, "good": event.good, "text": event.text}
    detail: Line = {"detail": event.detail} if event.detail else {}
    return {**_stamp("progress"), **told, **detail, **event.facts, **row}


def error_line(error: Exception) -> Line:
    """The result of a run that could not go on: a person's to mend, or ours."""
    told: Line = {"what": str(error), "where": "", "hint": "", "kind": type(error).__name__}
    if isinstance(error, UserError):
        told |= {"what": error.what, "where": error.where, "hint": error.hint}
    return {**_stamp("result"), "passed": False, "why": str(error), "error": told}


def result_line(facts: Mapping[str, JsonValue]) -> Line:
    return {**_stamp("result"), **facts}


def format_line(line: Line) -> str:
    """In ASCII: nothing in it acts on a terminal."""
    return json.dumps(line)


def read_journal(path: Path, end: int) -> Iterator[Line]:
    """The whole lines of the first `end` bytes; what is none of ours is left out."""
    with path.open("rb") as file:
        for raw in file:
            if (line := parse_line(raw)) is not None:
                yield line
            end -= len(raw)
            if end <= 0:
                return


def parse_line(raw: bytes) -> Line | None:
    try:
        found = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    return found if isinstance(found, dict) and raw.endswith(b"\n") else None


def _stamp(kind: str) -> Line:
    return {"v": VERSION, "type": kind, "at": round(time.time(), 3)}
