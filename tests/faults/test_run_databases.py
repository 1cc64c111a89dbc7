"""The database is locked, restarted or out of reach: the run waits or ends in plain words."""

import sqlite3
from contextlib import closing

from faults.progress import PAUSE, wait_until_asked
from faults.right_end import require_right_run
from faults.seeds import ONLY_HERE
from faults.words_project import WordsProject

pytestmark = ONLY_HERE
LOCKED_SECONDS = 60


def test_sqlite_locked_for_a_minute(project: WordsProject) -> None:
    """By a backup, say. The run may end, but in plain words, and the same command goes on."""
    process = project.start_job()
    wait_until_asked(project, 3, process)
    database = next(project.state.rglob("bricklayer.sqlite"))
    with closing(sqlite3.connect(database, timeout=30)) as db:
        db.execute("BEGIN IMMEDIATE")
        PAUSE.wait(LOCKED_SECONDS)
        db.rollback()
    code, out = project.finish(process)
    ended = code != 0
    if ended:
        assert "the database was locked" in out
        assert "Traceback" not in out
        code, out = project.finish(project.start_job())
    require_right_run(project, code, out, kills=int(ended))
