"""The durable story of a job. Each step is written down; a killed run goes on at the next one.

A workflow replays: what decides its path are the recorded results of its steps and nothing else.
"""

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dbos import DBOS, DBOSConfiguredInstance, SetWorkflowID, WorkflowHandle

from bot.job_states import JobEvent, TaskEvent, TaskState, advance_state
from bot.ledger import LedgerRow
from bot.plan import Task, sort_tasks
from runners.build import attempt_steps, branch, preflight, replan
from runners.build.attempt import PLAN_FAULT, Attempt, TestCounts, list_attempts
from runners.build.context import JobContext
from runners.build.dbos_steps import AbortingSteps, abort_on_error, durable_step
from runners.build.replan import explain_no_tasks, read_tasks
from runners.build.results import (
    AttemptRecord,
    BaseCheck,
    JobResult,
    TaskBase,
    TaskResult,
    TaskRun,
    explain_block,
    last_digest,
)
from runners.planning.conversation import Conversation
from runners.progress import ProgressEvent

Notes = tuple[str, ...]
Ends = tuple[TaskResult, ...]


@dataclass(frozen=True, slots=True)
class EpochTasks:
    """The tasks that phase `number`, from 0, was given by further epochs. Recorded with each."""

    number: int
    tasks: tuple[Task, ...] = ()


@DBOS.dbos_class()
class Build(AbortingSteps, DBOSConfiguredInstance):
    """One job's story on one site."""

    def __init__(self, context: JobContext, run_id: str) -> None:
        self.context = context
        self.run_id = run_id
        self._handles: dict[str, WorkflowHandle[TaskResult]] = {}
        self._started = threading.Condition()
        AbortingSteps.__init__(self)
        DBOSConfiguredInstance.__init__(self, config_name=run_id)

    @DBOS.workflow(max_recovery_attempts=None)
    @abort_on_error
    def build(self) -> JobResult:
        base = self.check_base()
        if base.fault:
            return JobResult(
                passed=False, why=base.fault, head=self.context.base, branch=self.context.branch
            )
        self.context.record_event(JobEvent.BUILD)
        ends: tuple[TaskResult, ...] = ()
        for number in range(len(self.context.job.phases)):
            ends, why = self._phase(number, ends, base.test_counts)
            if why:
                return JobResult(
                    passed=False, why=why, head=self.head(), branch=self.context.branch, tasks=ends
                )
        self.context.record_event(JobEvent.GATE)
        done = {end.task for end in ends}
        left = tuple(task.id for task in self.context.job.tasks if task.id not in done)
        return replace(self.final_gate(base.test_counts), tasks=ends, left=left)

    def _done(self, number: int, test_counts: TestCounts) -> str:
        """Why the phase is not done. One of which only a part was asked for cannot be judged."""
        only = self.context.only
        tasks = self.context.job.phases[number].tasks
        part = bool(only) and any(task.id not in only for task in tasks)
        return "" if part else self.check_phase(number, test_counts)

    def _phase(self, number: int, ends: Ends, test_counts: TestCounts) -> tuple[Ends, str]:
        """Do the phase's epochs; with their ends, why the job cannot go on, empty where it can."""
        phase = self.context.job.phases[number]
        tasks, more = sort_tasks(phase), EpochTasks(number)
        for epoch in range(1, phase.epochs + 1):
            ends += self._epoch(tasks, more, ends)
            if stuck := next((end for end in ends if end.state is not TaskState.PASSED), None):
                return ends, f"{stuck.task}: {stuck.why}"
            why = self._done(number, test_counts)
            if not why or epoch == phase.epochs:
                return ends, why
            if self.context.only:
                return ends, f"{why}\nthe phase is not done; with --only no epoch is planned"
            if "planner" not in self.context.settings.tiers:
                return ends, f"{why}\n{replan.NO_PLANNER}"
            conversation = self._talk(functools.partial(self.plan_epoch, more, epoch + 1, why))
            ends += (replan.epoch_result(number, epoch + 1, conversation),)
            if not conversation.plan:
                return ends, f"{why}\nno further epoch: {ends[-1].why}"
            tasks = sort_tasks(replace(phase, tasks=read_tasks(conversation)))
            more = replace(more, tasks=more.tasks + tasks)
        return ends, ""

    def _epoch(self, tasks: Sequence[Task], more: EpochTasks, before: Ends) -> Ends:
        """Start every task; each waits by itself for what it comes after."""
        notes = tuple(f"{end.task}: {end.answer}" for end in before if end.answer)
        only = self.context.with_tasks(more.number, more.tasks).only
        tasks = [task for task in tasks if not only or task.id in only]
        for task in tasks:
            with SetWorkflowID(f"{self.run_id}:{task.id}"):
                handle = DBOS.start_workflow(self.build_task, task.id, notes, more)
            with self._started:
                self._handles[task.id] = handle
                self._started.notify_all()
        return tuple(self._handles[task.id].get_result() for task in tasks)

    def _talk(self, ask: Callable[[Conversation], Conversation]) -> Conversation:
        """Ask the planner until there is an end of it, within the job's limits."""
        conversation = Conversation()
        while not conversation.over:
            if spent := self.budget():
                return replace(conversation, gone=spent)
            conversation = ask(conversation)
        return conversation

    @DBOS.workflow(max_recovery_attempts=None)
    @abort_on_error
    def build_task(self, name: str, notes: Notes, more: EpochTasks | None = None) -> TaskResult:
        context = self.context.with_tasks(more.number, more.tasks) if more else self.context
        task = context.find_task(name)
        for before in [t for t in task.after if not context.only or t in context.only]:
            end = self._wait(before)
            if end.state is not TaskState.PASSED:
                state = advance_state(TaskState.WAITING, TaskEvent.SKIP)
                return TaskResult(name, state, f"it waits for {before}, which is {end.state}")
            notes += (f"{before}: {end.answer}",) if end.answer else ()
        with context.lanes.take_lane() as lane:
            run = TaskRun(context, lane, task, TaskBase(""), notes)
            run = replace(run, base=self.start(run))
            end = self._query(run) if task.kind == "query" else self._code(run)
        self.context.report(
            ProgressEvent(
                "task",
                end.why or end.answer or end.commit[:12],
                name,
                good=end.state is TaskState.PASSED,
            )
        )
        return end

    def _wait(self, name: str) -> TaskResult:
        with self._started:
            self._started.wait_for(lambda: name in self._handles)
        return self._handles[name].get_result()

    def _query(self, run: TaskRun) -> TaskResult:
        rows: tuple[LedgerRow, ...] = ()
        for one in self._attempts(run.task):
            record, answer = self.answer(run, self.ask(run, one))
            rows += (record.row,)
            if answer:
                return _passed(run, answer=answer, rows=rows)
        return _blocked(run, "no model answered", rows)

    def _code(self, run: TaskRun) -> TaskResult:
        if run.base.landed_commit:
            return _passed(run, commit=run.base.landed_commit)
        if run.base.fault:
            return _blocked(run, run.base.fault)
        for one in self._attempts(run.task):
            if spent := self.budget():
                return _blocked(run, spent, run.rows)
            record = self.lay(run, self.ask(run, one))
            run = replace(run, attempts=(*run.attempts, record))
            if record.result.outcome == PLAN_FAULT:
                break
            if record.result.outcome == attempt_steps.TOO_LARGE and self._may_split(run):
                conversation = self._talk(functools.partial(self.plan_split, run))
                run = replace(
                    run,
                    planning_rows=conversation.rows,
                    unsplit_reason=explain_no_tasks(conversation),
                )
                if parts := replan.read_parts(run.task, conversation):
                    return self._parts(run, parts)
            if record.result.passed and (sha := self.land(run)):
                return _passed(run, commit=sha, rows=run.rows)
            if record.result.passed:  # but not together with what landed meanwhile
                run = replace(run, base=self.start(run))
        ended = _blocked(run, explain_block(run.attempts, run.unsplit_reason), run.rows)
        return replace(ended, digest=last_digest(run.attempts))

    def _may_split(self, run: TaskRun) -> bool:
        """Once, and where there is a planner."""
        return not (run.is_part or run.unsplit_reason) and "planner" in run.context.settings.tiers

    def _parts(self, run: TaskRun, parts: Sequence[Task]) -> TaskResult:
        """Do a task's parts one after another in its place; the last has its id."""
        context = run.context.with_tasks(run.context.find_phase(run.task.id), parts[:-1])
        rows, commit = run.rows, ""
        for part in parts:
            one = TaskRun(context, run.lane, part, TaskBase(""), run.notes, is_part=True)
            end = self._code(replace(one, base=self.start(one)))
            rows, commit = (*rows, *end.rows), end.commit
            if end.state is not TaskState.PASSED:
                return _blocked(run, f"its part {part.id}: {end.why}", rows)
        return _passed(run, commit=commit, rows=rows)

    def _attempts(self, task: Task) -> Iterator[Attempt]:
        have = ("manifest", *self.context.settings.tiers)
        return (a for a in list_attempts(task, self.context.config.limits) if a.tier in have)

    @durable_step
    def check_base(self) -> BaseCheck:
        """Open the branch and run the job's checks on the base."""
        branch.open_branch(self.context)
        with self.context.lanes.take_lane() as lane:
            return preflight.check_job_base(self.context, lane)

    @durable_step
    def start(self, run: TaskRun) -> TaskBase:
        return preflight.check_task_base(run)

    @durable_step
    def budget(self) -> str:
        """Why no further attempt may be paid for; empty where one may."""
        return self.context.meter.over()

    @durable_step
    def ask(self, run: TaskRun, one: Attempt) -> AttemptRecord:
        return attempt_steps.ask_tier(run, one)

    @durable_step
    def answer(self, run: TaskRun, record: AttemptRecord) -> tuple[AttemptRecord, str]:
        return attempt_steps.accept_answer(run, record)

    @durable_step
    def lay(self, run: TaskRun, record: AttemptRecord) -> AttemptRecord:
        return attempt_steps.apply_and_check(run, record)

    @durable_step
    def land(self, run: TaskRun) -> str:
        return branch.land_attempt(run)

    @durable_step
    def plan_epoch(
        self, more: EpochTasks, epoch: int, why: str, conversation: Conversation
    ) -> Conversation:
        context = self.context.with_tasks(more.number, more.tasks)
        with context.lanes.take_lane() as lane:
            return replan.ask_epoch(context, lane, more.number, epoch, why, conversation)

    @durable_step
    def plan_split(self, run: TaskRun, conversation: Conversation) -> Conversation:
        return replan.ask_split(run, run.attempts[-1].result.why, conversation)

    @durable_step
    def head(self) -> str:
        return self.context.repo.head(self.context.branch)

    @durable_step
    def check_phase(self, number: int, test_counts: TestCounts) -> str:
        """Why the phase's own `done` checks do not hold on the branch; empty where they do."""
        with self.context.lanes.take_lane() as lane:
            return branch.check_phase(
                self.context, lane, self.context.job.phases[number], test_counts
            )

    @durable_step
    def final_gate(self, test_counts: TestCounts) -> JobResult:
        with self.context.lanes.take_lane() as lane:
            return branch.run_final_gate(self.context, lane, test_counts)


def _passed(
    run: TaskRun, *, commit: str = "", answer: str = "", rows: tuple[LedgerRow, ...] = ()
) -> TaskResult:
    state = advance_state(TaskState.RUNNING, TaskEvent.PASS)
    return TaskResult(run.task.id, state, commit=commit, answer=answer, rows=rows)


def _blocked(run: TaskRun, why: str, rows: tuple[LedgerRow, ...] = ()) -> TaskResult:
    return TaskResult(
        run.task.id, advance_state(TaskState.RUNNING, TaskEvent.BLOCK), why, rows=rows
    )
