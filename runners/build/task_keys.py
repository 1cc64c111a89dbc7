"""What a task's result depends on, as one key: equal keys ask for the same, judged by the same."""

import dataclasses
import hashlib
import json
from collections.abc import Mapping

from bot.commit_trailers import made_by_job, parse_trailers
from bot.config.repository import RepoConfig
from bot.plan import Job, Task
from bot.plan.task_graph import find_ancestors

KEY_TRAILER = "Bricklayer-Key"
_NOT_JUDGING = {
    "approval", "auto", "checks", "ci", "commits", "gate", "github", "label", "limits", "map",
    "protect",
}  # fmt: skip
"""Tables of the configuration that no check's end depends on; the checks are told one by one."""
_DIGITS = 24
"""Of 64: 96 bits, so that no two tasks of any number of plans share a key by chance."""
_PLACES = frozenset({"line", "keys", "source", "waiver"})
"""Where a part stands in its plan, and how it was written: neither changes what is asked for. A
reason why tests need not fail is for people, and given once they did not."""


def compute_keys(job: Job, config: RepoConfig) -> dict[str, str]:
    """Task id -> key.

    Of its text, files, blocks and checks, of what those checks run and in what surroundings, and of
    the keys of every task that is over before it starts.
    """
    over, keys = find_ancestors(job), dict[str, str]()
    tasks = sorted(job.tasks, key=lambda task: len(over[task.id]))
    for task in tasks:
        before = sorted((name, keys.get(name, "")) for name in over[task.id])
        keys[task.id] = _hash(
            [_strip(dataclasses.asdict(task)), _surroundings(task, config), before]
        )
    return keys


def is_ours(message: str, job_id: str, keys: Mapping[str, str]) -> bool:
    """Whether a commit is this job's: it made it, or the commit has the key of the plan's task."""
    if made_by_job(message, job_id):
        return True
    trailers = parse_trailers(message)
    key = trailers.get(KEY_TRAILER, "")
    return bool(key) and keys.get(trailers.get("Bricklayer-Task", "")) == key


def _surroundings(task: Task, config: RepoConfig) -> object:
    """All of the configuration by which its checks may end in another way."""
    names = sorted({check.name for check in task.checks if check.kind == "run"})
    commands = {name: config.checks[name] for name in names if name in config.checks}
    checks = {name: each.model_dump(mode="json") for name, each in commands.items()}
    return [config.model_dump(mode="json", exclude=_NOT_JUDGING), checks]


def _strip(value: object) -> object:
    if isinstance(value, dict):
        return {key: _strip(each) for key, each in value.items() if key not in _PLACES}
    if isinstance(value, list | tuple):
        return [_strip(each) for each in value]
    return value


def _hash(value: object) -> str:
    text = json.dumps(value, sort_keys=True, default=str)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:_DIGITS]
