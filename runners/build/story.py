"""A job's story: the file in its folder where DBOS records what the steps of its run returned.

It is private to this machine and may be lost at any time: git is the record of what was built, and
a run whose story is gone or cannot be replayed is followed by the next one.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from bot.job_states import JobState, is_settled
from runners.build.job_record import JobRecord

# To be raised with every change of the steps' order or names, and where what they return gets a
# field without a default or another meaning: DBOS finds what a step returned by its place in the
# workflow. A run of another version is followed by the next. https://docs.dbos.dev/architecture
WORKFLOW_VERSION = "11"
STORY_FILE = "story.sqlite"
# https://www.sqlite.org/tempfiles.html
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


def explain_loss(record: JobRecord, folder: Path, only: str) -> str:
    """Why a run that did not end cannot go on where it was; empty where it can, or lost nothing."""
    row = record.row
    if is_settled(JobState(row.state)) or not record.has_attempts:
        return ""
    try:
        found = has_run(folder, name_run(row.id, row.run, only))
    except sqlite3.DatabaseError as exc:
        return f"the records of the run that was interrupted cannot be read ({exc})"
    if found:
        return ""
    if row.workflow_version != WORKFLOW_VERSION:
        return "the run that another version of bricklayer began cannot be continued"
    return "the records of the run that was interrupted are not on this machine"


def drop_story(folder: Path) -> None:
    for end in _BESIDE:
        (folder / f"{STORY_FILE}{end}").unlink(missing_ok=True)
