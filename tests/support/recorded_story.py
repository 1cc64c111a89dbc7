"""A job that was killed, as data: its repository, its plan and what was recorded of its run.

`python -m support.recorded_story` in tests/ writes those of tests/data/stories anew; it does so at
each release, and what the release before recorded stays beside it.
"""

import base64
import json
import re
import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import asdict
from pathlib import Path
from typing import Any

from bot.ledger import LedgerRow
from bot.storage.jobs import JobRow, open_store
from runners.build.load_plan import RunRequest, name_job
from runners.build.story import STORY_FILE, WORKFLOW_VERSION
from support.project import Project

FOLDER = Path(__file__).parents[1] / "data" / "stories"
_SHA = re.compile(r"\b[0-9a-f]{40}\b")

FIX = "### Task: fix\n- file: bank.py\n- check: test\n\nSubtract.\n\n"
NOTE = "### Task: note\n- file: note.py\n- after: fix\n- check: true\n- guard: yes\n\nWrite it.\n\n"
ASK = "### Task: ask\n- kind: query\n- reads: bank.py\n\nWhat does `withdraw` do?\n\n"
HINT = "### Task: hint\n- file: HINT\n- exists: HINT\n\n```file=HINT\nhi\n```\n\n"
GOOD = "```python\ndef withdraw(balance, amount):\n    return balance - amount\n```\n"

LOCAL = (
    f"## reply: fix\n{GOOD}## reply: note\n```python file=note.py\nx = 1\n```\n"
    "## reply: ask\nIt adds.\n"
)
EPOCH = (
    "## reply: epoch 1.2\n### Task: fix-2\n- file: bank.py\n- check: test\n\nSubtract.\n\n"
    "```python edit=bank.py\n<<<<<<< SEARCH\n    return balance + amount\n=======\n"
    "    return balance - amount\n>>>>>>> REPLACE\n```\n"
)
EPOCHS = "- epochs: 2\n- done: test\n\nWithdrawals must be right.\n\n"
STORIES: dict[str, tuple[str, str, int]] = {
    "asked": (FIX, "apply a reply", 1),
    "landed": (FIX + NOTE, "apply a reply", 2),
    "answered": (ASK + FIX.replace("- check", "- after: ask\n- check"), "apply a reply", 1),
    "epoch": (EPOCHS + HINT, "end an epoch", 1),
    "gate": (FIX, "the final gate", 1),
}
"""Name -> the phase, and the call before which the job was killed."""


def record(name: str, room: Path) -> dict[str, Any]:
    """Build it and kill it; all that is needed to go on elsewhere."""
    phase, point, call = STORIES[name]
    project = Project(room)
    project.begin()
    project.models(local=LOCAL, planner=EPOCH)
    plan = project.plan(phase)
    project.killed_at(point, "before", "run", plan, call=call)
    return {"name": name, "plan": plan.read_text(), "git": dump_git(project), **dump_state(project)}


def dump_git(project: Project) -> dict[str, Any]:
    """Every object by its kind and text, and every reference."""
    listing = project.git("cat-file", "--batch-all-objects", "--batch-check")
    objects = [line.split()[:2] for line in listing.splitlines()]
    argv = ("for-each-ref", "--format=%(objectname) %(refname)")
    return {
        "objects": {sha: [kind, read_object(project, kind, sha)] for sha, kind in objects},
        "refs": {ref: sha for sha, ref in (r.split() for r in project.git(*argv).splitlines())},
    }


def read_object(project: Project, kind: str, sha: str) -> str:
    import subprocess  # noqa: PLC0415  # bytes, which `Project.git` does not give

    argv = ("git", "cat-file", kind, sha)
    raw = subprocess.run(argv, cwd=project.repo, capture_output=True, check=True).stdout
    return raw.decode() if kind == "commit" else base64.b64encode(raw).decode()


def dump_state(project: Project) -> dict[str, Any]:
    state = project.room / "state" / "bricklayer"
    (story,) = state.glob(f"jobs/*/{STORY_FILE}")
    store = open_store(f"sqlite:///{state / 'bricklayer.sqlite'}")
    row = store.find_job(story.parent.name)
    assert row
    with closing(sqlite3.connect(story)) as db:
        # Of the schema too: a later DBOS brings it up to its own.
        told = "\n".join(db.iterdump())
    rows = [asdict(row) for row in store.list_attempts(row.id, row.run)]
    return {"job": {**asdict(row), "repo": ""}, "attempts": rows, "story": told}


def restore(recorded: dict[str, Any], room: Path) -> Project:
    """Lay it out in `room`, where its job has another id, and so its commits, too."""
    project = Project(room)
    project.repo.mkdir(parents=True)
    project.git("init", "-q", "-b", "main")
    (room / "job.md").write_text(recorded["plan"])
    branch, job = name_job(RunRequest(recorded["plan"], project.repo))
    text = json.dumps({key: recorded[key] for key in ("job", "attempts", "story")})
    text = text.replace(recorded["job"]["id"], job)
    for old, new in restore_git(project, recorded["git"], recorded["job"]["id"], job).items():
        text = text.replace(old, new)
    told = json.loads(text)
    state = room / "state" / "bricklayer"
    folder = state / "jobs" / job
    folder.mkdir(parents=True)
    with closing(sqlite3.connect(folder / STORY_FILE)) as db:
        db.executescript(told["story"])
    store = open_store(f"sqlite:///{state / 'bricklayer.sqlite'}")
    row = JobRow(**{**told["job"], "repo": str(project.repo / ".git"), "branch": branch})
    store.save_job(row)
    for each in told["attempts"]:
        store.save_attempt(job, row.run, LedgerRow(**each))
    project.git("reset", "-q", "--hard")
    return project


def restore_git(project: Project, git: dict[str, Any], old: str, new: str) -> dict[str, str]:
    """Write the objects, and say which commits have another name by now."""
    renamed: dict[str, str] = {}
    left = dict(git["objects"])
    while left:
        for sha, (kind, body) in list(left.items()):
            if kind == "commit" and any(each in left for each in _SHA.findall(body)):
                continue
            raw = base64.b64decode(body) if kind != "commit" else rename(body, renamed, old, new)
            renamed[sha] = write_object(project, kind, raw)
            del left[sha]
    for ref, sha in git["refs"].items():
        project.git("update-ref", ref.replace(old, new), renamed[sha])
    return {sha: now for sha, now in renamed.items() if sha != now}


def rename(body: str, renamed: dict[str, str], old: str, new: str) -> bytes:
    text = _SHA.sub(lambda found: renamed.get(found[0], found[0]), body)
    return text.replace(old, new).encode()


def write_object(project: Project, kind: str, raw: bytes) -> str:
    import subprocess  # noqa: PLC0415  # as above

    argv = ("git", "hash-object", "-w", "-t", kind, "--stdin")
    done = subprocess.run(argv, cwd=project.repo, input=raw, capture_output=True, check=True)
    return done.stdout.decode().strip()


def main() -> None:
    folder = FOLDER / f"workflow-{WORKFLOW_VERSION}"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for name in STORIES:
        with tempfile.TemporaryDirectory() as room:
            text = json.dumps(record(name, Path(room)), indent=1, sort_keys=True)
        (folder / f"{name}.json").write_text(f"{text}\n")
        sys.stdout.write(f"{folder / name}.json\n")


if __name__ == "__main__":
    main()
