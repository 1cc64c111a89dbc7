"""`bricklayer logs`: a job's journal as lines for a person, or as the events it holds."""

import sys
import time
from collections.abc import Iterator
from typing import BinaryIO

import typer

from bot.errors import UserError
from bot.locks import find_live_holder
from bot.text.invisible import replace_unprintable
from handlers.plain_lines import read_moment, to_line
from runners.activity_words import KIND_WORDS
from runners.history.attempts import list_builds
from runners.history.find_job import find_job, name_of
from runners.history.job_model import LocalJob
from runners.history.last_run import read_newest_lines
from runners.history.open_history import OpenHistory
from runners.journal import JOURNAL, Line, format_line, parse_line, read_journal

POLL_SECONDS = 0.25
_INDENT = " " * 12
_MARKS = {True: "ok", False: "no", None: ".."}


def print_logs(
    history: OpenHistory, name: str, *, follow: bool, everything: bool, as_json: bool
) -> None:
    job = find_job(history, name)
    builds = list_builds(job)
    if not builds:
        hint = "`bricklayer show` tells where it is."
        raise UserError("nothing was built for it yet", where=name_of(job), hint=hint)
    if not (builds[0].folder / JOURNAL).is_file():
        hint = "An older release kept none; `bricklayer show` tells what is known."
        raise UserError("no events are kept of it", where=name_of(job), hint=hint)
    build = builds[0]
    path = build.folder / JOURNAL
    end = path.stat().st_size
    known = read_journal(path, end) if everything else read_newest_lines(build.folder, end)
    show = format_line if as_json else describe_whole
    for line in known:
        _print(show(line))
    for line in follow_journal(build, end) if follow else ():
        _print(show(line))


def follow_journal(build: LocalJob, at: int, *, idle: bool = False) -> Iterator[Line]:
    """What is written behind `at`, in bytes, for as long as some process builds the job.

    With `idle`, an empty line each time that it was looked.
    """
    with (build.folder / JOURNAL).open("rb") as file:
        file.seek(at)
        while True:
            # Asked first: what it wrote before it ended is read after that.
            alive = find_live_holder(build.folder / "lock")
            yield from _read_whole_lines(file)
            if not alive:
                return
            if idle:
                yield {}
            time.sleep(POLL_SECONDS)


def _read_whole_lines(file: BinaryIO) -> Iterator[Line]:
    """A line that is half written is read again, whole, the next time."""
    start = file.tell()
    for raw in file:
        if not raw.endswith(b"\n"):
            break
        start += len(raw)
        if (line := parse_line(raw)) is not None:
            yield line
    file.seek(start)


def describe_line(line: Line, more: str = " (and {} lines more: bricklayer logs)") -> str:
    """One event on one line, by this machine's clock. `more` is said where it has further lines."""
    moment = read_moment(line.get("at"))
    clock = moment.strftime("%H:%M:%S")
    if line.get("type") == "begin":
        title, run = to_line(str(line.get("title"))), line.get("run")
        began = moment.strftime("%Y-%m-%d")
        return f"{clock} .. begin   run {run} of {line.get('job')} on {began}: {title}"
    if line.get("type") == "result":
        passed = bool(line.get("passed"))
        # A run that could not go on, or was asked to stop, has decided nothing.
        word = "passed" if passed else "stopped" if line.get("error") else "blocked"
        return f"{clock} {_MARKS[passed]} end     {word}  {_first(line, 'why', more)}"
    good, task = line.get("good"), to_line(str(line.get("task", "")))
    mark = _MARKS[good if isinstance(good, bool) else None]
    where = f"{task}: " if task else ""
    detail = f"; {_first(line, 'detail', more)}" if line.get("detail") else ""
    # Of a step, what it is a step of.
    kind = str(line.get("kind", ""))
    what = to_line(KIND_WORDS.get(kind, str(line.get("what", ""))))
    return f"{clock} {mark:>2} {what:<7} {where}{_first(line, 'text', more)}{detail}"


def describe_whole(line: Line) -> str:
    """The same with all further lines of what was told, below it."""
    first = describe_line(line, more="")
    rest = [each for key in ("text", "why", "detail") for each in _lines(line, key)[1:]]
    return "\n".join([first, *(f"{_INDENT}{replace_unprintable(each)}".rstrip() for each in rest)])


def _print(text: str) -> None:
    # At once: whoever follows may be a program at the other end of a pipe.
    typer.echo(text)
    sys.stdout.flush()


def _first(line: Line, key: str, more: str) -> str:
    lines = _lines(line, key)
    left = more.format(len(lines) - 1) if len(lines) > 1 else ""
    return f"{to_line(lines[0])}{left}" if lines else ""


def _lines(line: Line, key: str) -> list[str]:
    return str(line.get(key) or "").rstrip().splitlines()
