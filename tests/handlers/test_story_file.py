"""What DBOS records of a job is the job's own, and may be lost."""

import json
import shutil
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from support.project import Project

pytestmark = pytest.mark.slow
GOOD = "def withdraw(balance, amount):\n    return balance - amount\n"
FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n"
REPLY = f"## reply: fix\n```python\n{GOOD}```\n"
SECONDS = 60


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    """With a limit: what hangs fails the test soon."""
    try:
        out, _ = process.communicate(timeout=SECONDS)
    finally:
        process.kill()
    return process.returncode, out


def test_a_killed_job_goes_on_while_another_one_is_built(project: Project) -> None:
    """Two jobs of one state folder: neither takes up, or waits for, what the other had begun."""
    project.models(local=REPLY)
    plan = project.plan(FIX)
    project.killed_at("apply a reply", "after", "run", plan)
    other = project.room / "other.md"
    other.write_text(plan.read_text().replace("Mend it", "Another"))
    project.models(local=REPLY.replace("reply: fix", "reply: fix, slow 30"))
    beside = project.start("run", other)
    assert beside.stdout
    while "fix: bank.py" not in (line := beside.stdout.readline()):
        assert line, "it ended too soon"
    project.models(local="## reply: nothing\nis asked\n")
    code, out = finish(project.start("run", plan))
    assert code == 0, out
    assert beside.poll() is None, "the other job was to be under way all the time"
    beside.kill()
    beside.wait()
    assert project.landed() == ["fix"]


def edit(story: Path, statement: str, *values: str) -> None:
    with closing(sqlite3.connect(story)) as db, db:
        db.execute(statement, values)


def edit_replies(story: Path, change: Callable[[dict[str, object]], object]) -> None:
    """Change what the asking of a model was recorded as."""
    with closing(sqlite3.connect(story)) as db, db:
        query = "SELECT output FROM operation_outputs WHERE function_name = 'ask_tier'"
        record = json.loads(db.execute(query).fetchone()[0])
        change(record)
        update = "UPDATE operation_outputs SET output = ? WHERE function_name = 'ask_tier'"
        db.execute(update, (json.dumps(record),))


def rename_step(old: str, new: str) -> Callable[[Path], None]:
    return lambda story: edit(
        story, "UPDATE operation_outputs SET function_name = ? WHERE function_name = ?", new, old
    )


def begin_with_another_version(story: Path) -> None:
    edit(
        story.parents[2] / "bricklayer.sqlite", "UPDATE bricklayer_jobs SET workflow_version = '7'"
    )


QUICK = ("another version began it", "the file is no database", "a step is another one")
LOSSES: dict[str, Callable[[Path], object]] = {
    "another version began it": begin_with_another_version,
    "the file is gone": Path.unlink,
    "the file is no database": lambda story: story.write_bytes(b"no database" * 1000),
    "the file is cut off": lambda story: story.write_bytes(story.read_bytes()[:20_000]),
    "a page of it is overwritten": lambda story: story.write_bytes(
        story.read_bytes()[:8192] + b"\xff" * 60_000
    ),
    "its tables are others": lambda story: edit(story, "DROP TABLE operation_outputs"),
    "a step is not known": rename_step("ask_tier", "ask_somebody"),
    "a step is another one": rename_step("begin_epoch", "check_task_base"),
    "a record lacks a field": lambda story: edit_replies(story, lambda r: r.pop("row")),
    "a record is no JSON": lambda story: edit(
        story, "UPDATE operation_outputs SET output = 'gASV'"
    ),
    "a workflow is not known": lambda story: edit(
        story, "UPDATE workflow_status SET name = 'Build.build_all'"
    ),
    "a class is not known": lambda story: edit(
        story, "UPDATE workflow_status SET class_name = 'Story'"
    ),
    "a workflow has failed": lambda story: edit(
        story, "UPDATE workflow_status SET status = 'ERROR'"
    ),
    "an object is gone": lambda story: edit_replies(story, lambda r: r.update(start_tree="1" * 40)),
}


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> Project:
    """A job that was killed with a reply paid for and nothing landed, laid out anew by `again`."""
    return Project(tmp_path_factory.mktemp("killed"))


@pytest.fixture
def again(killed: Project, project: Project) -> Project:
    """Where it was, since a job's id tells where its repository is."""
    kept = killed.room / "kept"
    if not kept.exists():
        shutil.copytree(project.repo, killed.repo)
        killed.models(local=REPLY)
        killed.killed_at("apply a reply", "before", "run", killed.plan(FIX))
        shutil.copytree(killed.room, kept)
    for each in ("repo", "state"):
        shutil.rmtree(killed.room / each)
        shutil.copytree(kept / each, killed.room / each)
    killed.models(local=REPLY)
    return killed


@pytest.mark.parametrize(
    "loss", [pytest.param(n, marks=() if n in QUICK else pytest.mark.slow) for n in LOSSES]
)
def test_a_story_that_cannot_be_replayed_is_dropped(again: Project, loss: str) -> None:
    """One line says why, and the job ends as if nothing had been recorded, by the same command."""
    (story,) = again.room.glob("state/bricklayer/jobs/*/story.sqlite")
    with closing(sqlite3.connect(story)) as db:
        db.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    LOSSES[loss](story)
    code, out = finish(again.start("run", again.room / "job.md"))
    assert code == 0, out
    lines = [line for line in out.splitlines() if "the job goes on from there" in line]
    assert len(lines) == 1, out
    assert "Traceback" not in out
    assert again.landed() == ["fix"]
    code, out = finish(again.start("show", "fix"))
    assert "run-2" in out, out


def test_what_is_recorded_is_not_asked_again(again: Project) -> None:
    """The other way round: with its story whole, the reply that was paid for is what is built."""
    again.models(local="## reply: nothing\nis asked\n")
    code, out = finish(again.start("run", again.room / "job.md"))
    assert code == 0, out
    assert "goes on from there" not in out
    assert again.landed() == ["fix"]
