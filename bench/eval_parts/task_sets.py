"""The small tasks as two task sets: issues in one repository, and exercises in a folder each."""

import json
import os
import subprocess
from pathlib import Path

from small_suite import Small, load

CHECK = '[checks.test]\nrun = "python3 -B"\ntimeout = 30\n'


def write_sets(room: Path, count: int, split: str = "") -> dict[str, tuple[str, str]]:
    """Half of the tasks are issues, half exercises; what is right and wrong for each file."""
    (room / "set.toml").write_text(CHECK)
    tasks = load(split)
    issues = tasks[: count // 2]
    exercises = tasks[: count - len(issues)]
    _write_issues(room, issues)
    for task in exercises:
        _write_exercise(room / "exercises" / task.name.replace("_", "-"), task)
    return {task.file: (task.solution, task.base) for task in tasks}


def _write_issues(room: Path, tasks: list[Small]) -> None:
    repo = room / "small"
    repo.mkdir()
    for task in tasks:
        (repo / task.file).write_text(task.base)
        (repo / task.test).write_text(task.check)
        (repo / f"hidden_{task.file}").write_text(task.hidden)
    _git(repo, "init", "-q", "-b", "main", "--template=")
    _git(repo, "add", "-A")
    _git(repo, "commit", "-qm", "Base")
    base = _git(repo, "rev-parse", "HEAD").strip()
    rows = [
        {
            "instance_id": task.name,
            "repo": "small",
            "base_commit": base,
            "problem_statement": f"This is wrong: {task.text}",
            "file": task.file,
            "FAIL_TO_PASS": [task.test],
            "PASS_TO_PASS": json.dumps([f"hidden_{task.file}"]),
        }
        for task in tasks
    ]
    (room / "issues.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))


def _write_exercise(folder: Path, task: Small) -> None:
    for name in (".meta", ".docs"):
        (folder / name).mkdir(parents=True)
    files = {"solution": [task.file], "test": [task.test], "example": [".meta/example.py"]}
    (folder / ".meta" / "config.json").write_text(json.dumps({"files": files}))
    (folder / ".meta" / "example.py").write_text(task.solution)
    (folder / ".docs" / "instructions.md").write_text(f"# Instructions\n\n{task.text}\n")
    (folder / task.test).write_text(task.check)


def _git(repo: Path, *args: str) -> str:
    dates = {f"GIT_{who}_DATE": "@0 +0000" for who in ("AUTHOR", "COMMITTER")}
    who = ("-c", "user.name=Bench", "-c", "user.email=bench@example.com")
    done = subprocess.run(
        ["git", *who, *args],
        cwd=repo,
        env={**os.environ, **dates},
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout
