"""The records of attempts, tasks and jobs: what each works with, and how it ended.

What steps return is recorded as JSON (`runners.build.step_records`): a new field needs a default,
so that what an older version recorded can be read.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Literal

from bot.config.tiers import DoingTier, Size, StrategyName
from bot.failures import Failure
from bot.job_states import TaskState
from bot.ledger import AttemptOutcome, LedgerRow
from bot.plan import Check, Task
from bot.prompts.inputs import Answer
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.turn_work import AskedTurn, TurnWork
from runners.checks.passed_tests import PassedTests
from runners.stalls import name_outcome
from runners.tool_use.turns import TurnEnd

TierName = Literal["manifest", "local", "senior"]
Spans = tuple[tuple[int, int], ...]
"""Sections of a file, as its first and last lines from 1."""
TestCounts = Mapping[str, int]
"""How many tests a check ran, by the check as `format_check` names it."""
NO_TEST_COUNTS: TestCounts = MappingProxyType({})
SILENT = frozenset({AttemptOutcome.NO_ANSWER, AttemptOutcome.SERVER_DOWN})
"""A tier that ended so would say no more to another attempt."""
_UNANSWERED = SILENT | {AttemptOutcome.NO_MODEL}


@dataclass(frozen=True, slots=True)
class Attempt:
    """`number` counts all of a task's attempts from 1; `nth` counts those of its tier from 0.

    `round`, `candidate` and `candidates` are those of its row (`bot.ledger.LedgerRow`). `strategy`
    is the name of the one that was chosen for it; empty where `nth` decides.
    """

    number: int
    tier: TierName
    nth: int
    round: int = 0
    candidate: int = 0
    candidates: int = 0
    strategy: str = ""

    @property
    def counted_round(self) -> int:
        """Its round by which limits count."""
        return self.round or self.number


@dataclass(frozen=True, slots=True)
class AttemptResult:
    """What became of an attempt. `tree` is empty where nothing could be applied.

    `outcome` is an AttemptOutcome or the name of a stall. `digest` is how the check failed, empty
    where none ran, `failures` are the same by test; `reply_fault` says why nothing could be made of
    the reply. The next attempt is told all three. `failure_key` is equal for equal failures,
    `failing` how many tests failed. `struck`: why no further attempt is made at the task, as too
    many have failed at its file or check.
    """

    outcome: str
    why: str = ""
    digest: str = ""
    failures: tuple[Failure, ...] = ()
    reply_fault: str = ""
    failure_key: str = ""
    failing: int | None = None
    tree: str = ""
    files: tuple[str, ...] = ()
    stalls: tuple[str, ...] = ()
    struck: str = ""

    @property
    def passed(self) -> bool:
        return self.outcome == AttemptOutcome.PASSED


@dataclass(frozen=True, slots=True)
class AttemptRecord:
    """An attempt and what came of it. `prompt` and `reply` are empty for the manifest.

    `start_tree` is the tree the reply was applied to, `draft_tree` that of an earlier attempt whose
    file the prompt showed in its place; `cut_reason` is the stall the reply was cut off for, and
    `cut_at` how many tokens it had when it reached its limit. `thoughts` are (title, text).
    `end_unknown`: the server did not say how the reply ended. `learnt_reply`: it answered only when
    asked not to think, within so many tokens; 0 where it answered at once.
    `spans` are the sections of the file in `start_tree` that were shown; none where it was shown
    whole. `prompt_parts` are the prompt's parts in order: name, why it is there, characters.
    `executor` names who did the task itself, in the place of a reply that holds edits: `made_tree`
    is what it left of `start_tree`, `made_files` are its paths, `notes` what else is to be told.
    `work`: of an attempt in turns, what it did so far; `reply` is empty then.
    """

    attempt: Attempt
    result: AttemptResult
    row: LedgerRow
    start_tree: str
    prompt: str = ""
    reply: str = ""
    cut_reason: str = ""
    draft_tree: str = ""
    spans: Spans = ()
    cut_at: int = 0
    thoughts: tuple[tuple[str, str], ...] = ()
    end_unknown: bool = False
    learnt_reply: int = 0
    prompt_parts: tuple[tuple[str, str, int], ...] = ()
    executor: str = ""
    made_tree: str = ""
    made_files: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    work: TurnWork | None = None

    def with_result(self, result: AttemptResult) -> "AttemptRecord":
        """The same once it was judged; the ledger's row tells of it too."""
        return replace(self, result=result, row=replace(self.row, outcome=result.outcome))

    def with_turn(self, done: TurnEnd) -> "AttemptRecord":
        """The same once what the last reply asked for is done.

        Where the model gave no reply and nothing was made before, that is how the attempt ended.
        """
        if self.work is None:
            return self
        work = self.work.with_turn(done)
        silent = work.reply and work.reply.fault and done.tree == self.start_tree
        record = replace(self, work=work)
        if not silent or work.reply is None:
            return record
        return record.with_result(AttemptResult(work.reply.outcome, work.reply.fault))

    def with_reply(self, asked: AskedTurn) -> "AttemptRecord":
        """The same with the next reply, of which nothing is done yet."""
        work = replace(self.work, reply=asked.reply) if self.work else None
        return replace(self, work=work, row=asked.row)

    def with_answer(self, text: str) -> "AttemptRecord":
        """A query's, which passed where it was told something."""
        outcome = AttemptOutcome.PASSED if text else self.result.outcome
        return self.with_result(replace(self.result, outcome=outcome))


@dataclass(frozen=True, slots=True)
class BaseCheck:
    """The job's checks on its base: a fault of the plan, or which tests they ran and passed."""

    fault: str = ""
    test_counts: TestCounts = field(default_factory=dict)
    passed_tests: Mapping[str, PassedTests | None] = field(default_factory=dict)


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


def explain_block(records: Sequence[AttemptRecord], unsplit_reason: str = "") -> str:
    """One sentence for a person: how often, by whom, and what went wrong last."""
    unsplit = f"; it was not split: {unsplit_reason}" if unsplit_reason else ""
    return f"{_explain_attempts(records)}{unsplit}"


def _explain_attempts(records: Sequence[AttemptRecord]) -> str:
    if not records:
        return "no tier is configured that could attempt it"
    tiers = ", ".join(dict.fromkeys(record.attempt.tier for record in records))
    result, end = _most_informative(records), records[-1].result
    count = f"{len(records)} attempt{'s' if len(records) > 1 else ''}"
    if beside := sum(record.attempt.candidate > 0 for record in records):
        count = f"{count} ({beside} of them as candidates side by side)"
    summary = f"{count} by {tiers}; the last that came to anything: {name_outcome(result.outcome)}"
    why = end.why if end.outcome in _UNANSWERED else name_outcome(end.outcome)
    at_end = "" if end is result else f"; at the end {why}"
    return f"{summary}: {result.why}{at_end}"


def _most_informative(records: Sequence[AttemptRecord]) -> AttemptResult:
    """The last that the checks judged, else the last that a model answered, else the last."""
    results = [record.result for record in records]
    answered = [result for result in results if result.outcome not in _UNANSWERED]
    return _last_judged(records) or (answered or results)[-1]


def last_digest(records: Sequence[AttemptRecord]) -> str:
    """The digest of the last attempt that the checks judged; empty where they judged none."""
    last = _last_judged(records)
    return last.digest if last else ""


def _last_judged(records: Sequence[AttemptRecord]) -> AttemptResult | None:
    judged = (
        r.result for r in reversed(records) if r.result.outcome == AttemptOutcome.CHECK_FAILED
    )
    return next(judged, None)
