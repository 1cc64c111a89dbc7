"""A job's story: the file in its folder where DBOS records what the steps of its run returned.

It is private to this machine and may be lost at any time: git is the record of what was built, and
a run whose story is gone or cannot be replayed is followed by the next one.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from bot.git.repo import Repo
from bot.job_states import JobState, is_settled
from runners.build.job_record import JobRecord

# To be raised with every change of the steps' order or names, and where what they return gets a
# field without a default or another meaning: DBOS finds what a step returned by its place in the
# workflow. A run of another version is followed by the next. https://docs.dbos.dev/architecture
WORKFLOW_VERSION = "14"
STORY_FILE = "story.sqlite"
# https://www.sqlite.org/tempfiles.html
_DAMAGED = {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}
"""https://www.sqlite.org/rescode.html; an extended code has the primary one in its last byte."""
_BESIDE = ("", "-wal", "-shm", "-journal")


class StoryLostError(Exception):
    """What was recorded of the run is of no use, for the reason it says; the next run has to do."""


def name_run(job_id: str, run: int, only: str = "") -> str:
    """The workflow's id. `--only` is another path through it, so it gets records of its own."""
    return ".".join(filter(None, (job_id, str(run), f"v{WORKFLOW_VERSION}", only)))


def story_url(folder: Path) -> str:
    return f"sqlite:///{folder / STORY_FILE}"


def open_story(folder: Path) -> None:
    """Make the file, or see that it can be read. Raises sqlite3.DatabaseError where it cannot."""
    with closing(sqlite3.connect(folder / STORY_FILE)) as db:
        # Half of the syncs of a rollback journal, and kept with the file:
        # https://www.sqlite.org/wal.html#persistence_of_wal_mode
        db.execute("PRAGMA journal_mode=WAL")


def has_run(folder: Path, run_id: str) -> bool:
    """Whether the story holds a run. Raises sqlite3.DatabaseError as `open_story`."""
    if not (folder / STORY_FILE).exists():
        return False
    with closing(sqlite3.connect(folder / STORY_FILE)) as db:
        tables = "SELECT 1 FROM sqlite_master WHERE name = 'workflow_status'"
        if not db.execute(tables).fetchone():
            return False
        query = "SELECT 1 FROM workflow_status WHERE workflow_uuid = ?"
        return db.execute(query, (run_id,)).fetchone() is not None


def find_loss(record: JobRecord, folder: Path, only: str, repo: Repo) -> str:
    """Why a run that did not end cannot go on where it was; empty where it can, or lost nothing."""
    if is_settled(JobState(record.row.state)):
        return ""
    why = _explain_loss(record, folder, only, repo)
    if why and not record.has_built:
        drop_story(folder)
        return ""
    return why


def _explain_loss(record: JobRecord, folder: Path, only: str, repo: Repo) -> str:
    row = record.row
    if row.workflow_version != WORKFLOW_VERSION:
        return "the run that another version of bricklayer began cannot be continued"
    run_id = name_run(row.id, row.run, only)
    try:
        if not has_run(folder, run_id):
            return "the records of the run that was interrupted are not on this machine"
        from runners.build.story_check import explain_damage  # noqa: PLC0415  # DBOS: 0.7 s

        why = explain_damage(folder, run_id, repo)
    except sqlite3.DatabaseError as exc:
        why = explain_unreadable(exc, folder)
    return f"the records of the run that was interrupted cannot be replayed ({why})" if why else ""


def explain_unreadable(exc: sqlite3.DatabaseError, folder: Path) -> str:
    """What is wrong with the file. Raises OSError where it is the disk, or somebody who has it."""
    if exc.sqlite_errorcode & 0xFF in _DAMAGED:
        return str(exc)
    raise OSError(f"{folder / STORY_FILE}: {exc}") from exc


def shrink_story(folder: Path) -> None:
    """Put what was recorded into the one file, so that a job that is over keeps no more than that.

    Its log of writes would stay at its largest: https://www.sqlite.org/pragma.html#pragma_wal_checkpoint
    """
    # What the job came to stands elsewhere: a file that is left large is no reason to fail.
    with (
        suppress(sqlite3.Error),
        closing(sqlite3.connect(folder / STORY_FILE)) as db,
    ):
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def drop_story(folder: Path) -> None:
    for end in _BESIDE:
        (folder / f"{STORY_FILE}{end}").unlink(missing_ok=True)
