"""What a plan is made of: a job has phases, a phase has tasks, a task has checks and blocks.

Two fields keep a plan lossless and its faults precise, and take no part in comparing:
`source` is the text the part was read from, `line` where that text starts, counted from 1.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

CheckKind = Literal["run", "exists", "absent"]
BlockKind = Literal["file", "edit", "patch", "delete"]
TaskKind = Literal["code", "query"]


@dataclass(frozen=True, slots=True)
class Check:
    """`run`: the command `name` of the repository's config, with `paths` appended.

    `exists` and `absent` have an empty name and exactly one path.
    """

    kind: CheckKind
    name: str
    paths: tuple[str, ...] = ()
    # Not compared, so that a plan that is only laid out differently is equal:
    # https://docs.python.org/3.11/library/dataclasses.html#dataclasses.field
    line: int = field(default=0, compare=False, repr=False)

    @property
    def label(self) -> str:
        """As trailers and progress lines name it: `test tests/test_bank.py`, `exists README.md`."""
        return " ".join((self.name or self.kind, *self.paths))


@dataclass(frozen=True, slots=True)
class Block:
    """Exact content given by the plan, byte for byte as it stands between its fences.

    `path` is empty for a `patch`, which names its files itself.
    """

    kind: BlockKind
    path: str
    text: str
    language: str = ""
    line: int = field(default=0, compare=False)


@dataclass(frozen=True, slots=True)
class Task:
    """`keys` are the lines of the task's `- key: value` list.

    `waiver` is why its tests need not fail without a fix; empty where they have to.
    """

    id: str
    kind: TaskKind = "code"
    file: str = ""
    reads: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    bites: bool = False
    waiver: str = ""
    guard: bool = False
    carry: bool = False
    hidden: bool = False
    text: str = ""
    blocks: tuple[Block, ...] = ()
    line: int = field(default=0, compare=False)
    keys: tuple[tuple[str, int], ...] = field(default=(), compare=False, repr=False)
    source: str = field(default="", compare=False, repr=False)

    def line_of(self, key: str) -> int:
        """Where the task says `key`; its heading where it does not."""
        return dict(self.keys).get(key, self.line)


@dataclass(frozen=True, slots=True)
class Phase:
    """`text` says what the phase is for; the planner sees it again before a further epoch."""

    title: str
    tasks: tuple[Task, ...]
    epochs: int = 1
    done: tuple[Check, ...] = ()
    line: int = field(default=0, compare=False)
    text: str = ""
    source: str = field(default="", compare=False, repr=False)


@dataclass(frozen=True, slots=True)
class Job:
    """`intro` opens the pull request. `checks` name the final gate's commands.

    `hidden` are tests held back for the final gate. They are no tasks of any phase, so that nothing
    which is made of the tasks (prompts, commits, keys) can hold any of their text.
    """

    title: str
    phases: tuple[Phase, ...]
    checks: tuple[str, ...] = ()
    issue: str = ""
    base: str = ""
    intro: str = ""
    hidden: tuple[Task, ...] = ()
    header_source: str = field(default="", compare=False, repr=False)
    intro_source: str = field(default="", compare=False, repr=False)
    keys: tuple[tuple[str, int], ...] = field(default=(), compare=False, repr=False)

    def line_of(self, key: str) -> int:
        """Where the front matter says `key`; the first line where it does not."""
        return dict(self.keys).get(key, 1)

    @property
    def tasks(self) -> tuple[Task, ...]:
        """Every task of every phase, as written."""
        return tuple(task for phase in self.phases for task in phase.tasks)


def add_tasks(job: Job, number: int, tasks: Sequence[Task]) -> Job:
    """The job with `tasks` behind those of its phase `number`, counted from 0."""
    phase = job.phases[number]
    longer = replace(phase, tasks=(*phase.tasks, *tasks))
    return replace(job, phases=(*job.phases[:number], longer, *job.phases[number + 1 :]))
