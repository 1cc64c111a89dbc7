"""A folder of exercises: one folder for each, with instructions, a stub and its tests.

As Exercism's tracks have them: https://exercism.org/docs/building/tracks/practice-exercises
"""

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from bot.bounded_read import read_bounded
from bot.config.repository import CheckCommand, RepoConfig
from bot.errors import UserError
from bot.evaluation.task_class import find_task_class
from bot.git.command import BRICKLAYER
from bot.git.commits import commit_parents
from bot.git.repo import Repo
from bot.git.write_tree import write_tree
from bot.plan import Check, Task, path_fault
from bot.text.invisible import make_printable
from runners.evaluation.import_sets import FIXED_DATES, NO_TASK, TEST, leave_out, quote_words
from runners.evaluation.own_place import OwnPlace
from runners.evaluation.replay_task import (
    FoundTasks,
    ReplayTask,
    adapt_config,
    write_plan,
)

MAX_FILES, MAX_BYTES = 100, 2 << 20
"""Of one exercise."""
PYTHON_CHECK = "python3 -m unittest -q"
"""Where no configuration is given; its test files are added."""
_ORDER = ("introduction.md", "instructions.md", "instructions.append.md")


@dataclass(frozen=True, slots=True)
class _Exercise:
    """`files` are all that a learner is given; `solution` is the one to be written."""

    name: str
    files: Mapping[str, bytes]
    solution: str
    tests: tuple[str, ...]
    text: str


def import_exercises(
    place: OwnPlace, folder: Path, config: RepoConfig | None
) -> Iterator[FoundTasks]:
    """Raises UserError where there is none in it."""
    found = sorted(path.parent.parent for path in folder.glob("**/.meta/config.json"))
    if not found:
        hint = "Each exercise is a folder with .meta/config.json, .docs/instructions.md and tests."
        raise UserError("there is no exercise in it", where=str(folder), hint=hint)
    repo = place.open_empty(f"exercises {folder.resolve()}")
    for exercise in found:
        name = make_printable(f"{folder.resolve().name}/{exercise.name}", 200)
        try:
            yield FoundTasks((_make_task(repo, _read_exercise(exercise, name), config),))
        except NO_TASK as exc:
            yield leave_out(name, exc)


def _read_exercise(folder: Path, name: str) -> _Exercise:
    """Without what only its author needs, the solution above all. Raises UserError."""
    named = _read_names(folder / ".meta" / "config.json", name)
    files: dict[str, bytes] = {}
    for path in sorted(folder.rglob("*")):
        inside = path.relative_to(folder)
        if inside.parts[0] in {".meta", ".docs"} or path.is_symlink() or not path.is_file():
            continue
        if len(files) == MAX_FILES or path.stat().st_size > MAX_BYTES:
            raise UserError("it is too large", where=name)
        files[inside.as_posix()] = path.read_bytes()
    solution, tests = named["solution"], named["test"]
    if len(solution) != 1:
        what = f"its solution is {len(solution)} files, and a task writes one"
        raise UserError(what, where=name)
    absent = [path for path in tests if path not in files]
    if not tests or absent:
        raise UserError(f"its tests are not there: {make_printable(', '.join(absent))}", where=name)
    docs = [folder / ".docs" / each for each in _ORDER]
    text = "\n\n".join(_read_text(path) for path in docs if path.is_file())
    if not text.strip():
        raise UserError("it has no .docs/instructions.md", where=name)
    return _Exercise(name, files, solution[0], tuple(tests), text)


def _read_names(path: Path, name: str) -> dict[str, list[str]]:
    """The paths of its solution and of its tests, none of which leads out of its folder."""
    try:
        files = json.loads(_read_text(path)).get("files") or {}
        found = {key: list(map(str, files.get(key) or ())) for key in ("solution", "test")}
    except (ValueError, AttributeError, TypeError, RecursionError) as exc:
        raise UserError("its .meta/config.json cannot be read", where=name) from exc
    if any(path_fault(each) for paths in found.values() for each in paths):
        raise UserError("its .meta/config.json names a path outside of it", where=name)
    return found


def _read_text(path: Path) -> str:
    if path.is_symlink() or path.parent.is_symlink():
        # It may lead to anything that this person may read, and goes to a model.
        raise UserError(f"its {path.name} is a symbolic link")
    if path.exists() and not path.is_file():
        raise UserError(f"its {path.name} is no plain file")  # a pipe would never end
    hints = {"absent_hint": "", "large_hint": "Shorten it."}
    return read_bounded(path, "the exercise", MAX_BYTES, **hints).decode(errors="replace")


def _make_task(repo: Repo, exercise: _Exercise, given: RepoConfig | None) -> ReplayTask:
    path = exercise.solution
    if given is None and PurePosixPath(path).suffix != ".py":
        hint = "--config FILE"
        raise UserError("only Python is tested without --config", where=exercise.name, hint=hint)
    config = given or RepoConfig(checks={TEST: CheckCommand(run=PYTHON_CHECK, timeout=60)})
    empty = repo.read_output("hash-object", "-t", "tree", "-w", "--stdin")
    tree = write_tree(repo, empty, exercise.files)
    base = commit_parents(repo, tree, (), f"{exercise.name}\n", BRICKLAYER, dates=FIXED_DATES)
    stub = exercise.files.get(path)
    task = Task(
        "solve",
        file=path,
        checks=(Check("run", TEST, exercise.tests),),
        text=quote_words(f"Solve this exercise in {path}, so that its tests pass.", exercise.text),
    )
    return ReplayTask(
        name=exercise.name,
        repo=repo.git_dir,
        base=base,
        rules=base,
        plan=write_plan(task, f"Solve {PurePosixPath(exercise.name).name}"),
        task=task.id,
        config=adapt_config(config),
        task_class=find_task_class(task, stub),
        is_foreign=True,
    )
