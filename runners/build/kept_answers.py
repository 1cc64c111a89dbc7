"""Answers of queries, kept for later runs on the branch: what was paid for once is not asked again.

An answer holds as long as its prompt would read the same, for that is all the model was shown: the
question, what it reads of the repository, earlier answers, coaching. So it outlives a plan that was
mended elsewhere, which is another job on the same branch.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.config.machine import state_dir
from bot.prompts.budget import TaskTooLargeError
from runners.build.attempt import list_attempts
from runners.build.attempt_prompt import build_prompt
from runners.build.prompt_sources import gather_sources
from runners.build.task_run import TaskRun

ANSWERS = "answers"
"""The folder, in the state folder, with one for each branch; in it each query has a file."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """`prompt_hash` is of what was asked, `job` and `run` are those in which it was."""

    prompt_hash: str
    job: str
    run: int
    answer: str


def find_kept_answer(run: TaskRun) -> KeptAnswer | None:
    """What an earlier run was told, where the same would be asked now; nothing for `--fresh`."""
    kept = None if run.context.request.fresh else _read(_path(run))
    return kept if kept and kept.prompt_hash == _hash_prompt(run) else None


def keep_answer(run: TaskRun, answer: str) -> None:
    if not (prompt_hash := _hash_prompt(run)):
        return
    row, path = run.context.record.row, _path(run)
    kept = KeptAnswer(prompt_hash, row.id, row.run, answer)
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    half = path.with_suffix(".part")
    half.unlink(missing_ok=True)
    half.touch(0o600)
    half.write_text(json.dumps(asdict(kept)), encoding="utf-8")
    half.replace(path)


def _hash_prompt(run: TaskRun) -> str:
    """Of the first attempt, whichever answers in the end; empty where none can be made."""
    context = run.context
    tried = list_attempts(run.task, context.config.limits, run.base.first_tier)
    first = next((each for each in tried if each.tier in context.settings.tiers), None)
    if first is None:
        return ""
    try:
        prompt = build_prompt(gather_sources(run, first, run.base_tree), first).prompt
    except TaskTooLargeError:
        return ""
    return hashlib.sha256(f"{prompt.system}\0{prompt.user}".encode(errors="replace")).hexdigest()


def _path(run: TaskRun) -> Path:
    context = run.context
    place = f"{context.repo.git_dir.resolve()}\0{context.branch}"
    name = hashlib.sha256(place.encode("utf-8", "surrogateescape")).hexdigest()[:12]
    return state_dir(context.settings) / ANSWERS / name / f"{run.task.id}.json"


def _read(path: Path) -> KeptAnswer | None:
    """None where there is none, or one of another form."""
    try:
        return KeptAnswer(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
