"""Whether what was recorded of a run can be replayed by this version, before anything is begun."""

import functools
import inspect
import json
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from pydantic import JsonValue

from bot.errors import GitError
from bot.git.repo import Repo
from runners.build.step_records import RecordType, UnreadableRecordError, result_type
from runners.build.story import STORY_FILE
from runners.build.workflow import Build

_OBJECT_KEYS = frozenset(
    {
        "tree",
        "start_tree",
        "draft_tree",
        "made_tree",
        "commit",
        "commits",
        "landed_commit",
        "head",
        "onto",
        "others",
    }
)
"""Fields of records that name commits and trees."""
_OBJECT_STEPS = frozenset({"commit_attempt", "find_head"})
_GET_RESULT = "DBOS.getResult"
# A run that is recovered waits in a queue first: https://docs.dbos.dev/python/tutorials/workflow-tutorial
_WORKFLOWS = (Build.build_job, Build.build_task, Build.try_candidate)
_UNDER_WAY = frozenset({"PENDING", "ENQUEUED", "SUCCESS"})


def explain_damage(folder: Path, run_id: str, repo: Repo) -> str:
    """Why the run cannot be replayed; empty where nothing is in the way.

    A step that is missing, or one too many, is only found by the replay itself. Raises
    sqlite3.DatabaseError.
    """
    with closing(sqlite3.connect(folder / STORY_FILE)) as db:
        return _explain_file(db) or _explain_workflows(db, run_id) or _explain_steps(db, repo)


def _explain_file(db: sqlite3.Connection) -> str:
    # https://www.sqlite.org/pragma.html#pragma_quick_check
    (said,) = db.execute("PRAGMA quick_check(1)").fetchone()
    return "" if said == "ok" else str(said)


def _explain_workflows(db: sqlite3.Connection, run_id: str) -> str:
    query = "SELECT workflow_uuid, status, name, class_name, config_name FROM workflow_status"
    known = {f"{Build.__name__}.{work.__name__}" for work in _WORKFLOWS}
    for workflow, status, name, owner, config in db.execute(query):
        if config != run_id:
            continue
        if name not in known or owner != Build.__name__:
            return f"{workflow} is a `{name}`, which this version does not know"
        if status not in _UNDER_WAY:
            return f"{workflow} has ended as {status}"
    return ""


def _explain_steps(db: sqlite3.Connection, repo: Repo) -> str:
    query = (
        "SELECT done.workflow_uuid, function_id, function_name, done.output, done.error,"
        " child.name FROM operation_outputs AS done"
        " LEFT JOIN workflow_status AS child ON child.workflow_uuid = child_workflow_id"
        " WHERE child_workflow_id IS NULL OR function_name = ?"
    )
    named: set[str] = set()
    for workflow, number, name, output, error, child in db.execute(query, (_GET_RESULT,)):
        where = f"step {number} of {workflow}, `{name}`,"
        if error is not None:
            return f"{where} is recorded as an error"
        awaited = str(child or "").rpartition(".")[2] if name == _GET_RESULT else name
        kind = _list_kinds().get(awaited)
        if kind is None:
            return f"{where} is none that this version knows"
        try:
            plain = json.loads(output)
            kind.read(plain)
        except (ValueError, TypeError, UnreadableRecordError) as exc:
            return f"{where} cannot be read: {exc}"
        named.update(_find_objects(plain, is_object=name in _OBJECT_STEPS))
    return _explain_objects(repo, named)


@functools.cache
def _list_kinds() -> dict[str, RecordType[object]]:
    """What each step, and each workflow that is waited for, returns: by its name in the records."""
    methods = (work for _, work in inspect.getmembers(Build, inspect.isfunction))
    steps = [work for work in methods if hasattr(work, "__wrapped__")]
    kinds = {work.__name__: result_type(work) for work in steps}
    return {**kinds, **{work.__name__: result_type(work) for work in _WORKFLOWS}}


def _find_objects(plain: JsonValue, *, is_object: bool = False) -> Iterator[str]:
    if isinstance(plain, str) and is_object and plain:
        yield plain
    elif isinstance(plain, list):
        for each in plain:
            yield from _find_objects(each, is_object=is_object)
    elif isinstance(plain, dict):
        for key, value in plain.items():
            yield from _find_objects(value, is_object=is_object or key in _OBJECT_KEYS)


def _explain_objects(repo: Repo, names: set[str]) -> str:
    try:
        gone = sorted(names - repo.read_sizes(sorted(names)).keys())
    except GitError as exc:
        return str(exc)
    return f"git no longer has {gone[0]}, which it names" if gone else ""
