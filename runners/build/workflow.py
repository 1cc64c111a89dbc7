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
from runners.build.attempt import PLAN_FAULT, Attempt, Counted, attempts
from runners.build.context import JobContext
from runners.build.dbos_steps import Halting, step, story
from runners.build.replan import explain_no_tasks, read_tasks
from runners.build.results import (
    AttemptRecord,
    BaseCheck,
    JobResult,
    TaskBase,
    TaskResult,
    TaskRun,
    last_digest,
    why_blocked,
)
from runners.planning.conversation import Conversation
from runners.progress import ProgressEvent

Notes = tuple[str, ...]
Ends = tuple[TaskResult, ...]


@dataclass(frozen=True, slots=True)
class Further:
    """The tasks that phase `number`, from 0, was given by further epochs. Recorded with each."""

    number: int
    tasks: tuple[Task, ...] = ()


@DBOS.dbos_class()
class Build(Halting, DBOSConfiguredInstance):
    """One job's story on one site."""

    def __init__(self, site: JobContext, run_id: str) -> None:
        self.site = site
        self.run_id = run_id
        self._handles: dict[str, WorkflowHandle[TaskResult]] = {}
        self._started = threading.Condition()
        Halting.__init__(self)
        DBOSConfiguredInstance.__init__(self, config_name=run_id)

    @DBOS.workflow(max_recovery_attempts=None)
    @story
    def build(self) -> JobResult:
        base = self.check_base()
        if base.fault:
            return JobResult(
                passed=False, why=base.fault, head=self.site.base, branch=self.site.branch
            )
        self.site.record_event(JobEvent.BUILD)
        ends: tuple[TaskResult, ...] = ()
        for number in range(len(self.site.job.phases)):
            ends, why = self._phase(number, ends, base.counted)
            if why:
                return JobResult(
                    passed=False, why=why, head=self.head(), branch=self.site.branch, tasks=ends
                )
        self.site.record_event(JobEvent.GATE)
        done = {end.task for end in ends}
        left = tuple(task.id for task in self.site.job.tasks if task.id not in done)
        return replace(self.final_gate(base.counted), tasks=ends, left=left)

    def _done(self, number: int, counted: Counted) -> str:
        """Why the phase is not done. One of which only a part was asked for cannot be judged."""
        only = self.site.only
        tasks = self.site.job.phases[number].tasks
        part = bool(only) and any(task.id not in only for task in tasks)
        return "" if part else self.check_phase(number, counted)

    def _phase(self, number: int, ends: Ends, counted: Counted) -> tuple[Ends, str]:
        """Do the phase's epochs; with their ends, why the job cannot go on, empty where it can."""
        phase = self.site.job.phases[number]
        tasks, more = sort_tasks(phase), Further(number)
        for epoch in range(1, phase.epochs + 1):
            ends += self._epoch(tasks, more, ends)
            if stuck := next((end for end in ends if end.state is not TaskState.PASSED), None):
                return ends, f"{stuck.task}: {stuck.why}"
            why = self._done(number, counted)
            if not why or epoch == phase.epochs:
                return ends, why
            if self.site.only:
                return ends, f"{why}\nthe phase is not done; with --only no epoch is planned"
            if "planner" not in self.site.settings.tiers:
                return ends, f"{why}\n{replan.NO_PLANNER}"
            talk = self._talk(functools.partial(self.plan_epoch, more, epoch + 1, why))
            ends += (replan.epoch_result(number, epoch + 1, talk),)
            if not talk.plan:
                return ends, f"{why}\nno further epoch: {ends[-1].why}"
            tasks = sort_tasks(replace(phase, tasks=read_tasks(talk)))
            more = replace(more, tasks=more.tasks + tasks)
        return ends, ""

    def _epoch(self, tasks: Sequence[Task], more: Further, before: Ends) -> Ends:
        """Start every task; each waits by itself for what it comes after."""
        notes = tuple(f"{end.task}: {end.answer}" for end in before if end.answer)
        only = self.site.with_tasks(more.number, more.tasks).only
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
        talk = Conversation()
        while not talk.over:
            if spent := self.budget():
                return replace(talk, gone=spent)
            talk = ask(talk)
        return talk

    @DBOS.workflow(max_recovery_attempts=None)
    @story
    def build_task(self, name: str, notes: Notes, more: Further | None = None) -> TaskResult:
        site = self.site.with_tasks(more.number, more.tasks) if more else self.site
        task = site.task(name)
        for before in [t for t in task.after if not site.only or t in site.only]:
            end = self._wait(before)
            if end.state is not TaskState.PASSED:
                state = advance_state(TaskState.WAITING, TaskEvent.SKIP)
                return TaskResult(name, state, f"it waits for {before}, which is {end.state}")
            notes += (f"{before}: {end.answer}",) if end.answer else ()
        with site.lanes.take() as lane:
            turn = TaskRun(site, lane, task, TaskBase(""), notes)
            turn = replace(turn, start=self.start(turn))
            end = self._query(turn) if task.kind == "query" else self._code(turn)
        self.site.report(
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

    def _query(self, turn: TaskRun) -> TaskResult:
        rows: tuple[LedgerRow, ...] = ()
        for one in self._attempts(turn.task):
            tried, answer = self.answer(turn, self.ask(turn, one))
            rows += (tried.row,)
            if answer:
                return _passed(turn, answer=answer, rows=rows)
        return _blocked(turn, "no model answered", rows)

    def _code(self, turn: TaskRun) -> TaskResult:
        if turn.start.landed:
            return _passed(turn, commit=turn.start.landed)
        if turn.start.fault:
            return _blocked(turn, turn.start.fault)
        for one in self._attempts(turn.task):
            if spent := self.budget():
                return _blocked(turn, spent, turn.rows)
            tried = self.lay(turn, self.ask(turn, one))
            turn = replace(turn, tries=(*turn.tries, tried))
            if tried.laid.outcome == PLAN_FAULT:
                break
            if tried.laid.outcome == attempt_steps.TOO_LARGE and self._may_split(turn):
                talk = self._talk(functools.partial(self.plan_split, turn))
                turn = replace(turn, planning=talk.rows, whole=explain_no_tasks(talk))
                if parts := replan.read_parts(turn.task, talk):
                    return self._parts(turn, parts)
            if tried.laid.passed and (sha := self.land(turn)):
                return _passed(turn, commit=sha, rows=turn.rows)
            if tried.laid.passed:  # but not together with what landed meanwhile
                turn = replace(turn, start=self.start(turn))
        ended = _blocked(turn, why_blocked(turn.tries, turn.whole), turn.rows)
        return replace(ended, digest=last_digest(turn.tries))

    def _may_split(self, turn: TaskRun) -> bool:
        """Once, and where there is a planner."""
        return not (turn.part or turn.whole) and "planner" in turn.site.settings.tiers

    def _parts(self, turn: TaskRun, parts: Sequence[Task]) -> TaskResult:
        """Do a task's parts one after another in its place; the last has its id."""
        site = turn.site.with_tasks(turn.site.phase_of(turn.task.id), parts[:-1])
        rows, commit = turn.rows, ""
        for part in parts:
            one = TaskRun(site, turn.lane, part, TaskBase(""), turn.notes, part=True)
            end = self._code(replace(one, start=self.start(one)))
            rows, commit = (*rows, *end.rows), end.commit
            if end.state is not TaskState.PASSED:
                return _blocked(turn, f"its part {part.id}: {end.why}", rows)
        return _passed(turn, commit=commit, rows=rows)

    def _attempts(self, task: Task) -> Iterator[Attempt]:
        have = ("manifest", *self.site.settings.tiers)
        return (a for a in attempts(task, self.site.config.limits) if a.tier in have)

    @step
    def check_base(self) -> BaseCheck:
        """Open the branch and run the job's checks on the base."""
        branch.open_branch(self.site)
        with self.site.lanes.take() as lane:
            return preflight.job_base(self.site, lane)

    @step
    def start(self, turn: TaskRun) -> TaskBase:
        return preflight.start(turn)

    @step
    def budget(self) -> str:
        """Why no further attempt may be paid for; empty where one may."""
        return self.site.meter.over()

    @step
    def ask(self, turn: TaskRun, one: Attempt) -> AttemptRecord:
        return attempt_steps.ask(turn, one)

    @step
    def answer(self, turn: TaskRun, tried: AttemptRecord) -> tuple[AttemptRecord, str]:
        return attempt_steps.answer(turn, tried)

    @step
    def lay(self, turn: TaskRun, tried: AttemptRecord) -> AttemptRecord:
        return attempt_steps.apply_and_check(turn, tried)

    @step
    def land(self, turn: TaskRun) -> str:
        return branch.land(turn)

    @step
    def plan_epoch(self, more: Further, epoch: int, why: str, talk: Conversation) -> Conversation:
        site = self.site.with_tasks(more.number, more.tasks)
        with site.lanes.take() as lane:
            return replan.ask_epoch(site, lane, more.number, epoch, why, talk)

    @step
    def plan_split(self, turn: TaskRun, talk: Conversation) -> Conversation:
        return replan.ask_split(turn, turn.tries[-1].laid.why, talk)

    @step
    def head(self) -> str:
        return self.site.repo.head(self.site.branch)

    @step
    def check_phase(self, number: int, counted: Counted) -> str:
        """Why the phase's own `done` checks do not hold on the branch; empty where they do."""
        with self.site.lanes.take() as lane:
            return branch.phase_fault(self.site, lane, self.site.job.phases[number], counted)

    @step
    def final_gate(self, counted: Counted) -> JobResult:
        with self.site.lanes.take() as lane:
            return branch.final_gate(self.site, lane, counted)


def _passed(
    turn: TaskRun, *, commit: str = "", answer: str = "", rows: tuple[LedgerRow, ...] = ()
) -> TaskResult:
    state = advance_state(TaskState.RUNNING, TaskEvent.PASS)
    return TaskResult(turn.task.id, state, commit=commit, answer=answer, rows=rows)


def _blocked(turn: TaskRun, why: str, rows: tuple[LedgerRow, ...] = ()) -> TaskResult:
    return TaskResult(
        turn.task.id, advance_state(TaskState.RUNNING, TaskEvent.BLOCK), why, rows=rows
    )
