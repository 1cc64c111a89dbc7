"""The attempts at a job's tasks, and what each of them saw and said."""

import functools
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.errors import UserError
from bot.ledger import LedgerRow
from bot.storage.history import RunAttempt
from bot.text.invisible import make_printable
from runners.evidence import (
    list_evidence_folders,
    list_written,
    read_evidence,
    read_file,
    run_evidence_folder,
)
from runners.history.job_model import AnyJob, LocalJob
from runners.history.open_history import OpenHistory

_NAME = re.compile(r"(?P<task>.+)-(?P<number>\d{1,6})")

Rows = Mapping[tuple[str, int, str, int], LedgerRow]
"""By job, run, task and number."""


@dataclass(frozen=True, slots=True)
class KeptAttempt:
    """One file of evidence. `run` is 0 where an older release kept those of all runs as one.

    `at` is when it was written, in seconds since 1970. `row` is what the ledger says of it, None
    where it says nothing. `read_stored` reads what another machine wrote; there is no file then.
    """

    job: str
    run: int
    task: str
    number: int
    path: Path
    at: float = 0.0
    row: LedgerRow | None = None
    read_stored: Callable[[], str] | None = None

    @property
    def name(self) -> str:
        """As `show` takes it."""
        return self.task.removeprefix("job.")

    def read_parts(self) -> list[tuple[str, str]]:
        """Title and text of each part. Raises UserError where the file is gone."""
        if self.read_stored:
            return read_evidence(self.read_stored())
        try:
            text = read_file(self.path)
        except OSError as exc:
            what = f"what the attempt saw and said cannot be read: {exc.strerror}"
            hint = "The database still knows what it cost: bricklayer show."
            raise UserError(what, where=str(self.path), hint=hint) from exc
        return read_evidence(text)


def list_builds(job: AnyJob) -> Sequence[LocalJob]:
    """The job itself, or all that was built for an issue, the newest first."""
    return [job] if isinstance(job, LocalJob) else job.builds


def list_kept(
    history: OpenHistory,
    job: AnyJob,
    attempts: Sequence[RunAttempt] | None = None,
    *,
    with_files: bool = True,
) -> list[KeptAttempt]:
    """All that is kept of a job's attempts and calls, the oldest first.

    `attempts` are the job's, where they were read already.

    Without files only what the database has, from which this machine's credentials were struck:
    that may be shown to others than its owner.
    """
    builds = list_builds(job)
    attempts = list_rows(history, job) if attempts is None else attempts
    rows = {(each.job, each.run, each.row.task, each.row.number): each.row for each in attempts}
    seen = builds if with_files else ()
    here = [kept for build in reversed(seen) for kept in _list_files(build, rows)]
    elsewhere = _list_stored(history, builds, here, rows)
    if not elsewhere:
        return here
    return sorted([*here, *elsewhere], key=lambda kept: kept.at)


def _list_stored(
    history: OpenHistory, builds: Sequence[LocalJob], here: Sequence[KeptAttempt], rows: Rows
) -> list[KeptAttempt]:
    """What other machines built, or this one before its folder went."""
    known = {(each.job, each.run, each.task, each.number) for each in here}
    folders = {build.row.id: build.folder for build in builds}
    found = []
    for text in history.store.list_texts(list(folders)):
        match = _NAME.fullmatch(text.name)
        if not match:
            continue
        key = (text.job, text.run, match["task"], int(match["number"]))
        if key not in known:
            path = run_evidence_folder(folders[text.job], text.run) / f"{text.name}.txt"
            read = functools.partial(history.store.read_text, text)
            found.append(KeptAttempt(*key, path, text.at, rows.get(key), read))
    return found


def list_rows(history: OpenHistory, job: AnyJob) -> list[RunAttempt]:
    return history.store.list_attempts([build.row.id for build in list_builds(job)])


def _list_files(build: LocalJob, rows: Rows) -> list[KeptAttempt]:
    found = []
    for run, folder in list_evidence_folders(build.folder):
        for file in list_written(folder):
            if match := _NAME.fullmatch(file.name):
                key = (build.row.id, run, match["task"], int(match["number"]))
                found.append(KeptAttempt(*key, file.path, file.at, rows.get(key)))
    # In the order in which they were made: planner's calls have other names than tasks.
    return sorted(found, key=lambda each: (each.run, each.at, each.number))


def choose_attempt(
    kept: Sequence[KeptAttempt], task: str, number: int | None, run: int | None
) -> KeptAttempt:
    """The newest that fits. Raises UserError, and names what there is, where none does."""
    # The checks on the job's base, and of its final gate: no task has a name with a dot.
    of_task = [each for each in kept if each.task == task] or [
        each for each in kept if each.task == f"job.{task}"
    ]
    if not of_task:
        found = dict.fromkeys(make_printable(each.name) for each in kept)
        names = ", ".join(found) or "nothing"
        what = "nothing is kept of a task of that name"
        raise UserError(what, where=make_printable(task), hint=f"Kept is: {names}.")
    fitting = [e for e in of_task if number in {None, e.number} and run in {None, e.run}]
    if not fitting:
        what = f"there is no such attempt at {make_printable(task)}"
        hint = f"There are: {describe_attempts(of_task)}."
        raise UserError(what, where=_name_wanted(number, run), hint=hint)
    return max(fitting, key=kept.index)


def describe_attempts(kept: Sequence[KeptAttempt]) -> str:
    """As in "run 1: 1 2 3 4; run 2: 1"."""
    runs: dict[int, list[str]] = {}
    for each in kept:
        runs.setdefault(each.run, []).append(str(each.number))
    return "; ".join(f"run {run}: {' '.join(numbers)}" for run, numbers in runs.items())


def _name_wanted(number: int | None, run: int | None) -> str:
    attempt = "" if number is None else f"--attempt {number}"
    return " ".join(filter(None, (attempt, "" if run is None else f"--run {run}")))
