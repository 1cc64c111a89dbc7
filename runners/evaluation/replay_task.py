"""One task that can be done again: where it starts, what it is told, and what judges it."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bot.config.repository import CheckCommand, Gate, RepoConfig
from bot.evaluation.task_class import TaskClass
from bot.plan import Block, Check, Job, Phase, Task, render_job

GATE = "replayed"
"""The name of a check that is always green: the task's own check says whether it passed."""
BEFORE = "what-came-before"
"""The id of the task that lays what earlier tasks had done, by exact blocks."""


@dataclass(frozen=True, slots=True)
class ReplayTask:
    """`name` is its own among all: the job's or the set's, and the task's id, which is `task`.

    `repo` is a bare repository of the evaluation's own that has the commit `base`, and `rules`, on
    which `[setup]` runs: a person has merged it, which what a model wrote is not. `is_foreign`:
    its words are not a planner's, and may be longer. `has_hidden`: the plan holds tests back.
    """

    name: str
    repo: Path
    base: str
    rules: str
    plan: str
    task: str
    config: RepoConfig
    task_class: TaskClass
    is_foreign: bool = False
    has_hidden: bool = False

    @property
    def digest(self) -> str:
        """Of all that is asked and how it is judged, but for where it lies on this machine."""
        config = self.config.model_dump(mode="json")
        said = [self.name, self.base, self.rules, self.plan, self.is_foreign, config]
        return hashlib.sha256(json.dumps(said, sort_keys=True).encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class LeftOut:
    """A task that is not done again, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class FoundTasks:
    tasks: tuple[ReplayTask, ...] = ()
    left_out: tuple[LeftOut, ...] = ()


def join_found(parts: Iterable[FoundTasks]) -> FoundTasks:
    """The same task found twice, in a job that was built again say, is replayed once."""
    tasks: dict[tuple[Path, str, str], ReplayTask] = {}
    left_out: list[LeftOut] = []
    for part in parts:
        left_out += part.left_out
        for each in part.tasks:
            tasks.setdefault((each.repo, each.base, each.plan), each)
    return FoundTasks(tuple(tasks.values()), tuple(left_out))


def write_plan(
    task: Task,
    title: str,
    *,
    intro: str = "",
    before: Sequence[Block] = (),
    hidden: Sequence[Task] = (),
) -> str:
    """A plan of this task alone. Raises ValueError where no plan can say it.

    `before` is exact content that is laid first: a test has to fail without the work of earlier
    tasks, which therefore must not be there as the job begins.
    """
    tasks: tuple[Task, ...] = ()
    if before:
        path = next((each.path for each in before if each.kind != "delete"), "")
        kept = Check("exists", "", (path,)) if path else Check("absent", "", (before[0].path,))
        tasks = (Task(BEFORE, checks=(kept,), guard=True, blocks=tuple(before)),)
    after = (BEFORE,) if before else ()
    bites = task.bites and bool(before)
    alone = replace(task, after=after, bites=bites, carry=False, hidden=False, source="")
    phase = Phase("Replay", (*tasks, alone))
    return render_job(Job(title, (phase,), (GATE,), intro=intro, hidden=tuple(hidden)))


def adapt_config(config: RepoConfig) -> RepoConfig:
    """The repository's, with nothing at the end but what is held back."""
    checks = {**config.checks, GATE: CheckCommand(run="true", services=())}
    return config.model_copy(update={"checks": checks, "gate": Gate()})
