"""The durable story of a job. Each step is written down; a killed run goes on at the next one.

A workflow replays: what decides its path are the recorded results of its steps and nothing else.
"""

import functools
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Concatenate, NoReturn, ParamSpec, TypeVar

from dbos import DBOS, DBOSConfiguredInstance, SetWorkflowID, WorkflowHandle

from bot.job import Phase, Task, in_order
from bot.ledger import Row
from bot.states import JobEvent, TaskEvent, TaskState, advance
from runners import asking, landing, preflight
from runners.attempt import PLAN_FAULT, Attempt, Counted, attempts
from runners.ends import Base, JobEnd, Start, TaskEnd, Try, Turn, rows_of, why_blocked
from runners.site import Site, Told

P = ParamSpec("P")
R = TypeVar("R")
Notes = tuple[str, ...]


def step(work: Callable[Concatenate["Build", P], R]) -> Callable[Concatenate["Build", P], R]:
    """Make a method a durable step whose surprises stop the run instead of being written down.

    A recorded exception would come back at every replay. A full disk or a bug must not: the step
    stays undone, its thread waits for the end of the process, and the next run does it again.
    """

    @functools.wraps(work)
    def guarded(self: "Build", /, *args: P.args, **kwargs: P.kwargs) -> R:
        if self.halted.is_set():
            self.park()
        try:
            return work(self, *args, **kwargs)
        except BaseException as surprise:  # noqa: BLE001  # handed to the main thread, which raises it
            self.stop(surprise)

    return DBOS.step(name=work.__name__)(guarded)


def story(tell: Callable[Concatenate["Build", P], R]) -> Callable[Concatenate["Build", P], R]:
    """Hold the same for what a workflow does between its steps: telling people, keeping a state."""

    @functools.wraps(tell)
    def guarded(self: "Build", /, *args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return tell(self, *args, **kwargs)
        except BaseException as surprise:  # noqa: BLE001  # as in a step
            self.stop(surprise)

    return guarded


@DBOS.dbos_class()
class Build(DBOSConfiguredInstance):
    """One job's story on one site."""

    def __init__(self, site: Site, run_id: str) -> None:
        self.site = site
        self.run_id = run_id
        self.halted = threading.Event()
        self.surprise: BaseException | None = None
        self.woken = threading.Event()
        self._handles: dict[str, WorkflowHandle[TaskEnd]] = {}
        self._started = threading.Condition()
        super().__init__(config_name=run_id)

    @DBOS.workflow(max_recovery_attempts=None)
    @story
    def build(self) -> JobEnd:
        base = self.check_base()
        if base.fault:
            return JobEnd(
                passed=False, why=base.fault, head=self.site.base, branch=self.site.branch
            )
        self.site.move(JobEvent.BUILD)
        ends: tuple[TaskEnd, ...] = ()
        for number, phase in enumerate(self.site.job.phases):
            ends += self._phase(phase, ends)
            stuck = next((end for end in ends if end.state is not TaskState.PASSED), None)
            why = f"{stuck.task}: {stuck.why}" if stuck else self._done(number, base.counted)
            if why:
                return JobEnd(
                    passed=False, why=why, head=self.head(), branch=self.site.branch, tasks=ends
                )
        self.site.move(JobEvent.GATE)
        done = {end.task for end in ends}
        left = tuple(task.id for task in self.site.job.tasks if task.id not in done)
        return replace(self.final_gate(base.counted), tasks=ends, left=left)

    def _done(self, number: int, counted: Counted) -> str:
        """Why the phase is not done. One of which only a part was asked for cannot be judged."""
        only = self.site.only
        tasks = self.site.job.phases[number].tasks
        part = bool(only) and any(task.id not in only for task in tasks)
        return "" if part else self.check_phase(number, counted)

    def _phase(self, phase: Phase, before: tuple[TaskEnd, ...]) -> tuple[TaskEnd, ...]:
        """Start every task of the phase; each waits by itself for what it comes after."""
        notes = tuple(f"{end.task}: {end.answer}" for end in before if end.answer)
        only = self.site.only
        tasks = [task for task in in_order(phase) if not only or task.id in only]
        for task in tasks:
            with SetWorkflowID(f"{self.run_id}:{task.id}"):
                handle = DBOS.start_workflow(self.build_task, task.id, notes)
            with self._started:
                self._handles[task.id] = handle
                self._started.notify_all()
        return tuple(self._handles[task.id].get_result() for task in tasks)

    @DBOS.workflow(max_recovery_attempts=None)
    @story
    def build_task(self, name: str, notes: Notes) -> TaskEnd:
        task = self.site.task(name)
        for before in [t for t in task.after if not self.site.only or t in self.site.only]:
            end = self._wait(before)
            if end.state is not TaskState.PASSED:
                state = advance(TaskState.WAITING, TaskEvent.SKIP)
                return TaskEnd(name, state, f"it waits for {before}, which is {end.state}")
            notes += (f"{before}: {end.answer}",) if end.answer else ()
        with self.site.lanes.take() as lane:
            turn = Turn(self.site, lane, task, Start(""), notes)
            turn = replace(turn, start=self.start(turn))
            end = self._query(turn) if task.kind == "query" else self._code(turn)
        self.site.tell(
            Told(
                "task",
                end.why or end.answer or end.commit[:12],
                name,
                good=end.state is TaskState.PASSED,
            )
        )
        return end

    def _wait(self, name: str) -> TaskEnd:
        with self._started:
            self._started.wait_for(lambda: name in self._handles)
        return self._handles[name].get_result()

    def _query(self, turn: Turn) -> TaskEnd:
        rows: tuple[Row, ...] = ()
        for one in self._attempts(turn.task):
            tried, answer = self.answer(turn, self.ask(turn, one))
            rows += (tried.row,)
            if answer:
                return _passed(turn, answer=answer, rows=rows)
        return _blocked(turn, "no model answered", rows)

    def _code(self, turn: Turn) -> TaskEnd:
        if turn.start.landed:
            return _passed(turn, commit=turn.start.landed)
        if turn.start.fault:
            return _blocked(turn, turn.start.fault)
        for one in self._attempts(turn.task):
            if spent := self.budget():
                return _blocked(turn, spent, rows_of(turn.tries))
            tried = self.lay(turn, self.ask(turn, one))
            turn = replace(turn, tries=(*turn.tries, tried))
            if tried.laid.outcome == PLAN_FAULT:
                break
            if tried.laid.passed and (sha := self.land(turn)):
                return _passed(turn, commit=sha, rows=rows_of(turn.tries))
            if tried.laid.passed:  # but not together with what landed meanwhile
                turn = replace(turn, start=self.start(turn))
        return _blocked(turn, why_blocked(turn.tries), rows_of(turn.tries))

    def _attempts(self, task: Task) -> Iterator[Attempt]:
        have = ("manifest", *self.site.settings.tiers)
        return (a for a in attempts(task, self.site.config.limits) if a.tier in have)

    @step
    def check_base(self) -> Base:
        """Open the branch and run the job's checks on the base."""
        landing.open_branch(self.site)
        with self.site.lanes.take() as lane:
            return preflight.job_base(self.site, lane)

    @step
    def start(self, turn: Turn) -> Start:
        return preflight.start(turn)

    @step
    def budget(self) -> str:
        """Why no further attempt may be paid for; empty where one may."""
        return self.site.meter.over()

    @step
    def ask(self, turn: Turn, one: Attempt) -> Try:
        return asking.ask(turn, one)

    @step
    def answer(self, turn: Turn, tried: Try) -> tuple[Try, str]:
        return asking.answer(turn, tried)

    @step
    def lay(self, turn: Turn, tried: Try) -> Try:
        return asking.lay(turn, tried)

    @step
    def land(self, turn: Turn) -> str:
        return landing.land(turn)

    @step
    def head(self) -> str:
        return self.site.repo.head(self.site.branch)

    @step
    def check_phase(self, number: int, counted: Counted) -> str:
        """Why the phase's own `done` checks do not hold on the branch; empty where they do."""
        with self.site.lanes.take() as lane:
            return landing.phase_fault(self.site, lane, self.site.job.phases[number], counted)

    @step
    def final_gate(self, counted: Counted) -> JobEnd:
        with self.site.lanes.take() as lane:
            return landing.final_gate(self.site, lane, counted)

    def stop(self, surprise: BaseException) -> NoReturn:
        """Wake the main thread with what went wrong; nothing more is started."""
        if self.surprise is None:
            self.surprise = surprise
        self.halted.set()
        self.woken.set()
        self.park()

    def park(self) -> NoReturn:
        while True:
            threading.Event().wait()


def _passed(
    turn: Turn, *, commit: str = "", answer: str = "", rows: tuple[Row, ...] = ()
) -> TaskEnd:
    state = advance(TaskState.RUNNING, TaskEvent.PASS)
    return TaskEnd(turn.task.id, state, commit=commit, answer=answer, rows=rows)


def _blocked(turn: Turn, why: str, rows: tuple[Row, ...] = ()) -> TaskEnd:
    return TaskEnd(turn.task.id, advance(TaskState.RUNNING, TaskEvent.BLOCK), why, rows=rows)
