"""`bricklayer watch` without a terminal: how the job stands, then a line for what happens."""

import sys
import time
from collections.abc import Iterator

import typer

from handlers.plain_lines import to_line
from handlers.show_logs import describe_line, follow_journal
from handlers.watch_lines import plain_lines
from runners.activities import SILENCE_SECONDS
from runners.activity_file import read_activities
from runners.activity_words import describe_row, format_seconds
from runners.history.attempts import list_builds
from runners.history.job_model import LocalJob
from runners.history.open_history import OpenHistory
from runners.history.watch_job import JobWatch
from runners.journal import JOURNAL


def watch_in_lines(history: OpenHistory, name: str) -> None:
    """Until no process builds it any more; one that nobody builds is told, and that is all."""
    watched = JobWatch(history).look(name)
    build = next(iter(list_builds(watched.job)), None)
    size = _journal_size(build)
    for line in plain_lines(watched):
        _print(line)
    if build and watched.is_running and size:
        for line in _follow(build, size):
            _print(line)


def _follow(build: LocalJob, size: int) -> Iterator[str]:
    told = time.monotonic()
    for line in follow_journal(build, size, idle=True):
        if line:
            told = time.monotonic()
            yield describe_line(line)
        elif time.monotonic() - told >= SILENCE_SECONDS:
            told = time.monotonic()
            yield from list_still(build)


def list_still(build: LocalJob) -> Iterator[str]:
    """What is under way, a line each."""
    now = time.time()
    for state in read_activities(build.folder).running:
        task = f"{to_line(state.task)}: " if state.task else ""
        row = f"{to_line(describe_row(state, now))}, {format_seconds(now - state.began)}"
        yield f"{time.strftime('%H:%M:%S')} .. still   {task}{row}"


def _journal_size(build: LocalJob | None) -> int:
    try:
        return (build.folder / JOURNAL).stat().st_size if build else 0
    except OSError:
        return 0


def _print(line: str) -> None:
    typer.echo(line)
    sys.stdout.flush()
