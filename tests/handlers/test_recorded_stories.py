"""Jobs that an older version was killed in: today's goes on with each, or begins its next run."""

import json
from pathlib import Path

import pytest
from support.recorded_story import EPOCH, FOLDER, LOCAL, restore

from runners.build.story import WORKFLOW_VERSION

FILES = sorted(FOLDER.glob("*/*.json"))
QUICK = {f"workflow-{WORKFLOW_VERSION}/landed.json"}
LANDED = {
    "asked": {"fix"},
    "landed": {"fix", "note"},
    "answered": {"fix"},
    "epoch": {"hint", "fix-2"},
    "gate": {"fix"},
}


def name(file: Path) -> str:
    return f"{file.parent.name}/{file.name}"


@pytest.mark.parametrize(
    "file",
    [pytest.param(f, marks=() if name(f) in QUICK else pytest.mark.slow) for f in FILES],
    ids=name,
)
@pytest.mark.slow
def test_a_recorded_story_is_replayed_or_dropped(file: Path, tmp_path: Path) -> None:
    """The same version replays it and asks no model again; another one says so in one line.

    Git has pruned meanwhile whatever nothing refers to.
    """
    recorded = json.loads(file.read_text())
    project = restore(recorded, tmp_path)
    same = file.parent.name == f"workflow-{WORKFLOW_VERSION}"
    silent = "## reply: nothing\nis asked\n"
    project.models(local=silent if same else LOCAL, planner=silent if same else EPOCH)
    project.git("gc", "-q", "--prune=now")
    process = project.start("run", tmp_path / "job.md")
    try:
        out, _ = process.communicate(timeout=90)
    finally:
        process.kill()
    assert process.returncode == 0, out
    assert "Traceback" not in out
    assert out.count("the job goes on from there") == (0 if same else 1), out
    assert {*project.landed()} == LANDED[file.stem]


def test_there_are_stories_of_this_version() -> None:
    """After a change of the version: `python -m support.recorded_story` in tests/ writes them."""
    assert len([f for f in FILES if f.parent.name == f"workflow-{WORKFLOW_VERSION}"]) == len(LANDED)
