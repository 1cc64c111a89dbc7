"""How tries, tasks and jobs end: what the durable story writes down."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from bot.job_states import TaskState
from bot.ledger import LedgerRow
from bot.plan import Task
from runners.build.attempt import RED, Attempt, AttemptResult, TestCounts
from runners.build.context import JobContext
from runners.build.lanes import OpenLane

NO_MODEL = "no model answered"


@dataclass(frozen=True, slots=True)
class BaseCheck:
    """What the job's checks said of the base: a fault of the plan, or how many tests they ran."""

    fault: str = ""
    test_counts: TestCounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """An attempt and what came of it. `prompt` and `reply` are empty for the manifest.

    `start` is the tree the reply was applied to, `draft` that of an earlier try whose file the
    prompt showed in its place; `cut` is the stall the reply was cut off for. `spans` are the
    sections of the file that were shown, as lines of `start`; none where it was shown whole.
    """

    attempt: Attempt
    result: AttemptResult
    row: LedgerRow
    start_tree: str
    prompt: str = ""
    reply: str = ""
    cut_reason: str = ""
    draft_tree: str = ""
    spans: tuple[tuple[int, int], ...] = ()


@dataclass(frozen=True, slots=True)
class TaskBase:
    """Where a task starts: the commit it builds on, or why it needs no start at all.

    `counted` is how many tests its checks ran there.
    """

    commit: str
    landed_commit: str = ""
    fault: str = ""
    digest: str = ""
    test_counts: TestCounts = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class TaskRun:
    """All that one attempt at a task works with: where, on what, and what was tried before it.

    `whole`: why it is in one piece though the planner was asked to split it; `planning` is what
    asking cost. A `part` of a split task is not split again.
    """

    context: JobContext
    lane: OpenLane
    task: Task
    base: TaskBase
    notes: tuple[str, ...] = ()
    attempts: tuple[AttemptRecord, ...] = ()
    is_part: bool = False
    unsplit_reason: str = ""
    planning_rows: tuple[LedgerRow, ...] = ()

    @property
    def base_tree(self) -> str:
        """The tree the task starts from."""
        return self.context.repo.resolve(self.base.commit, "tree")

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        return (*self.planning_rows, *attempt_rows(self.attempts))


@dataclass(frozen=True, slots=True)
class TaskResult:
    """`state`: passed, blocked or skipped. `answer` is what a query task found out.

    `digest` is what the checks said of the last try they could judge.
    """

    task: str
    state: TaskState
    why: str = ""
    commit: str = ""
    answer: str = ""
    rows: tuple[LedgerRow, ...] = ()
    digest: str = ""


@dataclass(frozen=True, slots=True)
class JobResult:
    """How a job ended. `passed` only where every check passed on a clean checkout of `head`.

    `left` are the tasks that nobody asked for this time, `evidence` the folder where a person
    reads what each attempt saw and said.
    """

    passed: bool
    why: str
    head: str
    branch: str = ""
    tasks: tuple[TaskResult, ...] = ()
    left: tuple[str, ...] = ()
    evidence: str = ""

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        return tuple(row for task in self.tasks for row in task.rows)


def attempt_rows(tries: Sequence[AttemptRecord]) -> tuple[LedgerRow, ...]:
    return tuple(one.row for one in tries)


def explain_block(tries: Sequence[AttemptRecord], whole: str = "") -> str:
    """One sentence for a person: how often, by whom, and what went wrong last."""
    unsplit = f"; it was not split: {whole}" if whole else ""
    return f"{_explain_attempts(tries)}{unsplit}"


def _explain_attempts(tries: Sequence[AttemptRecord]) -> str:
    if not tries:
        return "no tier is configured that could attempt it"
    tiers = list(dict.fromkeys(one.attempt.tier for one in tries))
    last, end = _last_judged(tries), tries[-1].result
    if last is None:
        heard = [one.result for one in tries if one.result.outcome != NO_MODEL]
        last = heard[-1] if heard else end
    count = f"{len(tries)} attempt{'s' if len(tries) > 1 else ''}"
    said = f"{count} by {', '.join(tiers)}; the last that came to anything: {last.outcome}"
    why = end.why if end.outcome == NO_MODEL else end.outcome
    unheard = "" if end is last else f"; at the end {why}"
    return f"{said}: {last.why}{unheard}"


def last_digest(tries: Sequence[AttemptRecord]) -> str:
    """What the checks said of the last try they could judge; empty where they judged none."""
    last = _last_judged(tries)
    return last.digest if last else ""


def _last_judged(tries: Sequence[AttemptRecord]) -> AttemptResult | None:
    return next((one.result for one in reversed(tries) if one.result.outcome == RED), None)
