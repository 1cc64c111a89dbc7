"""`run --json`: what happens, a line of JSON each, and nothing else on standard output."""

import sys
import threading

from runners.build.result_data import result_data
from runners.build.results import JobResult
from runners.journal import Line, error_line, event_line, format_line, result_line
from runners.progress import ProgressEvent

_PRINTING = threading.Lock()


def print_event(event: ProgressEvent) -> None:
    """From any thread."""
    _print(event_line(event))


def print_result(result: JobResult) -> None:
    _print(result_line(result_data(result)))


def print_error(error: Exception) -> None:
    """The result of a run that could not go on; what it says to a person is not this one's."""
    _print(error_line(error))


def _print(line: Line) -> None:
    # One write a line, at once: a program waits for it at the other end of a pipe.
    with _PRINTING:
        sys.stdout.write(f"{format_line(line)}\n")
        sys.stdout.flush()
