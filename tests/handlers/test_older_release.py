"""A job that the release before this one began: what `tests/data/release_0_1` recorded of it."""

import sqlite3
from pathlib import Path

import pytest
from support.project import Project

from runners.build.load_plan import RunRequest, name_job

RELEASE = Path(__file__).parents[1] / "data" / "release_0_1"
JOB, REPO = "d5a4a0d8e202", "/tmp/room/repo/.git"  # as they were when it was recorded  # noqa: S108


def restore(room: Path) -> Project:
    """Lay out its repository, plan and database as if it had been killed here."""
    project = Project(room)
    project.repo.mkdir(parents=True)
    bundle = str(RELEASE / "repository.bundle")
    project.git("init", "-q", "-b", "main")
    project.git("fetch", "-q", "--update-head-ok", bundle, "refs/heads/*:refs/heads/*")
    project.git("reset", "-q", "--hard")
    plan = room / "job.md"
    plan.write_bytes((RELEASE / "job.md").read_bytes())
    # A job's id tells where its repository is, and its commits carry it.
    _, job = name_job(RunRequest(plan=plan.read_text(), repo=project.repo))
    branch = "bricklayer/mend-it"
    message = project.git("log", "-1", "--format=%B", branch).replace(JOB, job)
    commit = project.git("commit-tree", "-p", "main", "-m", message, f"{branch}^{{tree}}")
    project.git("update-ref", f"refs/heads/{branch}", commit)
    state = room / "state" / "bricklayer"
    state.mkdir(parents=True)
    records = (RELEASE / "sqlite.sql").read_text()
    database = sqlite3.connect(state / "bricklayer.sqlite")
    records = records.replace(JOB, job).replace(REPO, str(project.repo / ".git"))
    database.executescript(records)
    database.close()
    return project


@pytest.mark.slow
def test_a_job_killed_under_it_goes_on_from_what_had_landed(tmp_path: Path) -> None:
    """Nothing of its records is read, which name classes that are gone: a new run says so."""
    project = restore(tmp_path)
    assert project.landed() == ["fix"]
    project.models(local="## reply: nothing\nis asked\n")
    code, out = project.bricklayer("run", tmp_path / "job.md")
    assert code == 0, out
    assert "another version of bricklayer began cannot be continued" in out
    assert "the job goes on from there" in out
    assert "Traceback" not in out
    assert project.landed() == ["fix", "note"]


@pytest.mark.slow
def test_run_once_more_it_is_a_job_like_every_other(tmp_path: Path) -> None:
    project = restore(tmp_path)
    project.models(local="## reply: nothing\nis asked\n")
    project.killed_at("the final gate", "before", "run", tmp_path / "job.md")
    code, out = project.bricklayer("run", tmp_path / "job.md")
    assert code == 0, out
    assert "cannot be continued" not in out
    assert project.landed() == ["fix", "note"]
