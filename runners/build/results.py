"""How the base, each task and the job ended.

What steps return is recorded as JSON (`runners.build.step_records`): a new field needs a default,
so that what an older version recorded can be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from bot.job_states import TaskState
from bot.ledger import LedgerRow
from runners.build.task_run import TestCounts
from runners.checks.passed_tests import PassedTests


@dataclass(frozen=True, slots=True)
class BaseCheck:
    """The job's checks on its base: a fault of the plan, or which tests they ran and passed."""

    fault: str = ""
    test_counts: TestCounts = field(default_factory=dict)
    passed_tests: Mapping[str, PassedTests | None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskResult:
    """`state`: passed, blocked or skipped. `answer` is what a query task found out.

    `digest` is the checks' output for the last attempt that they judged. `commits` are its work,
    oldest first, several where it was split; `commit` is the last. `test_counts` are its base's.
    `turn` counts the tasks of its epoch that did not fit up to it, where it was one; else it is 0.
    `behind` are those on whose work it was judged beyond its `after`; of its attempts those up to
    round `free` were judged without that, and do not count. `waived` are its files of tests that
    need not fail without a fix, each with the plan's reason.

    `plan_fault`: another plan might do what this one could not; `cannot_run`: as a check of it says
    nothing; `struck`: as too many attempts have failed at its file or check, whatever their tasks
    were called. `replaced`: tasks that the planner wrote meanwhile do its work.
    """

    task: str
    state: TaskState
    why: str = ""
    commit: str = ""
    answer: str = ""
    rows: tuple[LedgerRow, ...] = ()
    digest: str = ""
    commits: tuple[str, ...] = ()
    test_counts: dict[str, int] = field(default_factory=dict)
    turn: int = 0
    behind: tuple[str, ...] = ()
    free: int = 0
    waived: dict[str, str] = field(default_factory=dict)
    plan_fault: bool = False
    cannot_run: bool = False
    replaced: bool = False
    struck: bool = False

    @property
    def passed(self) -> bool:
        return self.state is TaskState.PASSED


@dataclass(frozen=True, slots=True)
class JobResult:
    """How a job ended. `passed` only where every check passed on a clean checkout of `head`.

    `left` are the tasks that nobody asked for this time, `evidence` the folder where a person
    reads what each attempt saw and said. `lost_tests`: why fewer tests are proven to pass than on
    the base, a sentence for each check, and which of its own a job that was planned anew has lost.
    `risks`: what else of the diff a person should look at, told only where no ticket asks for it.
    `earlier_rows` are what earlier runs on its branch cost;
    `dropped_rows` are those of them that ended without a result, their story lost;
    `reflection_rows` what asking the models afterwards cost.
    `waived` are tests that need not fail without a fix, each with the plan's reason. `notes` are
    what else the gate tells, though it stops nothing; `gate_seconds` is what the
    job's checks took at its end.
    `held_back`: the tests held back that are red, where nothing else is.
    `must_fix`: nothing was begun, as a check says nothing about the code; a person has to mend the
    plan or the set-up.
    """

    passed: bool
    why: str
    head: str
    branch: str = ""
    tasks: tuple[TaskResult, ...] = ()
    left: tuple[str, ...] = ()
    evidence: str = ""
    lost_tests: tuple[str, ...] = ()
    waived: tuple[str, ...] = ()
    held_back: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    gate_seconds: float = 0.0
    risks: tuple[str, ...] = ()
    must_fix: bool = False
    earlier_rows: tuple[LedgerRow, ...] = ()
    dropped_rows: tuple[LedgerRow, ...] = ()
    reflection_rows: tuple[LedgerRow, ...] = ()

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        return (*(row for task in self.tasks for row in task.rows), *self.reflection_rows)
