"""What a task is built with: where it starts, on what, and what was tried before.

What steps return is recorded as JSON (`runners.build.step_records`): a new field needs a default,
so that what an older version recorded can be read.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

from bot.config.tiers import DoingTier, Size, StrategyName
from bot.failures import Failure
from bot.ledger import LedgerRow
from bot.plan import Check, Task
from bot.prompts.inputs import Answer
from runners.build.attempt_records import SILENT, AttemptRecord
from runners.build.context import JobContext
from runners.build.lanes import OpenLane

TestCounts = Mapping[str, int]
"""How many tests a check ran, by the check as `format_check` names it."""
NO_TEST_COUNTS: TestCounts = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class TaskBase:
    """Where a task starts: the commit it builds on, or why it needs no start at all.

    `digest` is how its checks fail there, `failures` the same by test, `failing` how many tests do
    so, None where the output does not tell; `test_counts` is how many they ran. `by_plan`: another
    plan would not have that fault; `struck`: too many attempts have failed at its file or check;
    `cannot_run`: a check of it says nothing about the code.
    `size` is that of the local tier's model, asked for so many `candidates` side by side, and in
    the ways of `strategies` where there are any. `first_tier` is asked first,
    by `start_why` where that was measured.
    """

    commit: str
    landed_commit: str = ""
    fault: str = ""
    digest: str = ""
    failures: tuple[Failure, ...] = ()
    failing: int | None = None
    test_counts: TestCounts = field(default_factory=dict)
    by_plan: bool = False
    cannot_run: bool = False
    size: Size = "small"
    candidates: int = 1
    strategies: tuple[StrategyName, ...] = ()
    first_tier: DoingTier = "local"
    start_why: str = ""
    struck: bool = False


@dataclass(frozen=True, slots=True)
class EpochStart:
    """Where the tasks of an epoch start: a commit, whatever has landed of them since.

    `tasks` are their ids in the order in which they land: the plan's, each behind what it waits
    for. So nothing that a model is asked, and no commit, depends on what was finished first.
    `behind`: a task and those that it is built after since a red check judges them all, beyond its
    `after`. `new_paths`: a task and the files that it writes and that are not there yet.
    """

    commit: str = ""
    tasks: tuple[str, ...] = ()
    behind: dict[str, tuple[str, ...]] = field(default_factory=dict)
    new_paths: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def list_earlier(self, task_id: str) -> tuple[str, ...]:
        """Those that land before it."""
        return self.tasks[: self.tasks.index(task_id)]


@dataclass(frozen=True, slots=True)
class Misfit:
    """A task whose work does not go together with that of the others, and how that shows.

    It goes on after `digest` on `others`, their commits laid on `onto`, and has to pass `check` as
    well, which is another task's; None where its files were changed by what it comes after.
    """

    task: str
    why: str
    onto: str
    others: tuple[str, ...] = ()
    check: Check | None = None
    digest: str = ""
    failures: tuple[Failure, ...] = ()
    failing: int | None = None
    failure_key: str = ""


@dataclass(frozen=True, slots=True)
class Landing:
    """The branch's head with what has passed, and each task's commits there, oldest first.

    With a `misfit` nothing has landed.
    """

    head: str
    commits: dict[str, tuple[str, ...]] = field(default_factory=dict)
    misfit: Misfit | None = None


@dataclass(frozen=True, slots=True)
class TaskRun:
    """All that one attempt at a task works with: where, on what, and what was tried before it.

    `onto` and `before`: it starts from these commits, laid on that one in this order. `behind` are
    the tasks among whose work that is, though its `after` does not name them. With a `misfit` it
    passed before and did not go together with the others: it goes on after the attempts that it
    had, the last of them round `used`; those up to round `free` do not count.

    `awaited`: files that earlier tasks are to make and that it does not start from. Where a failure
    names one of them, it goes on once those are done.

    `unsplit_reason`: why it is in one piece though the planner was asked to split it;
    `planning_rows` is what asking cost. A part of a split task is not split again.
    """

    context: JobContext
    lane: OpenLane
    task: Task
    base: TaskBase = TaskBase("")
    answers: tuple[Answer, ...] = ()
    attempts: tuple[AttemptRecord, ...] = ()
    is_part: bool = False
    unsplit_reason: str = ""
    planning_rows: tuple[LedgerRow, ...] = ()
    onto: str = ""
    before: tuple[str, ...] = ()
    misfit: Misfit | None = None
    used: int = 0
    free: int = 0
    behind: tuple[str, ...] = ()
    awaited: tuple[str, ...] = ()

    @property
    def checks(self) -> tuple[Check, ...]:
        """By which its attempts are judged."""
        more = self.misfit.check if self.misfit else None
        return (*self.task.checks, *([more] if more and more not in self.task.checks else []))

    @property
    def base_tree(self) -> str:
        return self.context.repo.resolve_rev(self.base.commit, "tree")

    @property
    def silent_tiers(self) -> frozenset[str]:
        """Tiers that only thought, or are down: another attempt would say no more.

        Of candidates that were asked side by side, all of them.
        """
        said = {
            (r.attempt.tier, r.attempt.counted_round)
            for r in self.attempts
            if r.result.outcome not in SILENT
        }
        asked = {(r.attempt.tier, r.attempt.counted_round) for r in self.attempts}
        return frozenset(tier for tier, _ in asked - said)

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        return (*self.planning_rows, *(record.row for record in self.attempts))

    @property
    def rows_of_task(self) -> tuple[LedgerRow, ...]:
        """Those of its own attempts: what asking for its parts cost is in no commit."""
        return tuple(row for row in self.rows if row.task == self.task.id)
