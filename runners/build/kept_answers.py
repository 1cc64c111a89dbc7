"""Answers of queries, kept for later runs of the job: what was paid for once is not asked again.

An answer holds as long as its prompt would read the same, for that is all the model was shown: the
question, what it reads of the repository, earlier answers, coaching.
"""

import hashlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from bot.prompts.budget import TaskTooLargeError
from runners.build.attempt import list_attempts
from runners.build.prompt_sources import build_prompt, gather_sources
from runners.build.results import TaskRun

ANSWERS = "answers"
"""The folder, in a job's own, with a file for each query that was answered."""


@dataclass(frozen=True, slots=True)
class KeptAnswer:
    """`prompt_hash` is of what was asked, `run` the number of the run in which it was."""

    prompt_hash: str
    run: int
    answer: str


def find_kept_answer(run: TaskRun) -> KeptAnswer | None:
    """What an earlier run was told, where the same would be asked now; nothing for `--fresh`."""
    kept = None if run.context.request.fresh else _read(_path(run))
    return kept if kept and kept.prompt_hash == _hash_prompt(run) else None


def keep_answer(run: TaskRun, answer: str) -> None:
    if not (prompt_hash := _hash_prompt(run)):
        return
    kept, path = KeptAnswer(prompt_hash, run.context.record.row.run, answer), _path(run)
    path.parent.mkdir(mode=0o700, exist_ok=True)
    half = path.with_suffix(".part")
    half.unlink(missing_ok=True)
    half.touch(0o600)
    half.write_text(json.dumps(asdict(kept)), encoding="utf-8")
    half.replace(path)


def _hash_prompt(run: TaskRun) -> str:
    """Of the first attempt, whichever answers in the end; empty where none can be made."""
    context = run.context
    tried = list_attempts(run.task, context.config.limits)
    first = next((each for each in tried if each.tier in context.settings.tiers), None)
    if first is None:
        return ""
    try:
        prompt = build_prompt(gather_sources(run, first, run.base_tree), first).prompt
    except TaskTooLargeError:
        return ""
    return hashlib.sha256(f"{prompt.system}\0{prompt.user}".encode(errors="replace")).hexdigest()


def _path(run: TaskRun) -> Path:
    return run.context.folder / ANSWERS / f"{run.task.id}.json"


def _read(path: Path) -> KeptAnswer | None:
    """None where there is none, or one of another form."""
    try:
        return KeptAnswer(**json.loads(path.read_text(encoding="utf-8")))
    except (FileNotFoundError, ValueError, TypeError):
        return None
