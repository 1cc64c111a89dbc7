"""The attempts at one task: what the recorded end of each decides about the next."""

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace

from dbos import SetWorkflowID

from bot.ledger import AttemptOutcome, LedgerRow
from bot.plan import Task
from runners.build import plan_anew, replan
from runners.build.attempt_records import SILENT, Attempt, AttemptRecord
from runners.build.candidates import CandidateRound
from runners.build.context import JobContext
from runners.build.dbos_steps import start_workflow
from runners.build.explain_block import last_digest
from runners.build.job_steps import JobSteps
from runners.build.misfits import list_left_attempts
from runners.build.plan_round import order_round, plan_round
from runners.build.reflections import Reflections
from runners.build.results import TaskResult
from runners.build.second_turn import explain_attempts, find_awaited
from runners.build.task_ends import block_task, end_struck, pass_task
from runners.build.task_run import TaskRun
from runners.planning.conversation import Conversation


class TaskAttempts(JobSteps):
    """The attempts of every task of a job."""

    def __init__(self, context: JobContext, run_id: str) -> None:
        super().__init__(context, run_id)
        self.reflections = Reflections()
        self.started = threading.Condition()
        """Notified when a workflow of a task or of a candidate was started."""
        self._candidates: dict[str, CandidateRound] = {}

    def try_candidate(self, key: str, candidate: int) -> AttemptRecord:
        """A workflow of its own, which is `make_candidate`."""
        raise NotImplementedError

    def answer_query(self, run: TaskRun) -> TaskResult:
        if kept := self.find_kept_answer(run):
            return pass_task(run, answer=kept)
        rows: tuple[LedgerRow, ...] = ()
        silent: set[str] = set()
        for attempt in self._list_attempts(run):
            if attempt.tier in silent:
                continue
            record = self.ask_tier(run, attempt)
            answer = self.accept_answer(run, record)
            record = record.with_answer(answer)
            rows += (record.row,)
            self.reflections.note(replace(run, attempts=(record,)))
            if record.result.outcome in SILENT:
                silent.add(attempt.tier)
            if answer:
                return pass_task(run, answer=answer, rows=rows)
        return block_task(run, AttemptOutcome.NO_MODEL.value, rows)

    def write_code(self, run: TaskRun) -> tuple[TaskRun, TaskResult]:
        """Make its attempts; the run with those it had, and how it ended."""
        run, result = self._make_attempts(run)
        self.reflections.note(run)
        return run, result

    def _make_attempts(self, run: TaskRun) -> tuple[TaskRun, TaskResult]:
        if run.base.landed_commit:
            return run, pass_task(run, commit=run.base.landed_commit, rows=run.rows)
        if run.base.fault:
            result = block_task(run, run.base.fault, run.rows)
            by_plan, cannot_run = run.base.by_plan, run.base.cannot_run
            struck = run.base.struck
            return run, replace(result, plan_fault=by_plan, cannot_run=cannot_run, struck=struck)
        for round_ in self._list_attempts(run):
            if round_.tier in run.silent_tiers:
                continue
            run = replace(run, attempts=(*run.attempts, *self._make_round(run, round_)))
            record = run.attempts[-1]
            if record.result.outcome == AttemptOutcome.PLAN_FAULT or find_awaited(run):
                break
            if record.result.outcome == AttemptOutcome.TOO_LARGE and self._may_split(run):
                run, parts = self._split_task(run)
                if parts:
                    return run, self._build_parts(run, parts)
            if record.result.passed:
                return run, pass_task(run, commit=self.commit_attempt(run), rows=run.rows)
            if record.result.struck:
                break
        result = end_struck(run, block_task(run, explain_attempts(run), run.rows))
        by_plan = plan_anew.is_plan_fault(run.task, run.attempts)
        return run, replace(result, digest=last_digest(run.attempts), plan_fault=by_plan)

    def _make_round(self, run: TaskRun, round_: Attempt) -> tuple[AttemptRecord, ...]:
        """Make the attempts of one round; what it came to stands last."""
        attempts = plan_round(run, round_)
        if len(attempts) > 1:
            return self._try_candidates(run, attempts)
        record = self._work_in_turns(run, self.ask_tier(run, attempts[0]))
        return (record.with_result(self.apply_and_check(run, record)),)

    def _try_candidates(
        self, run: TaskRun, attempts: tuple[Attempt, ...]
    ) -> tuple[AttemptRecord, ...]:
        """Make them side by side, each in a workflow of its own: each reply is recorded at once."""
        # A part of a task may have the task's own id, and counts its attempts from 1 again.
        name = f"{run.task.id}{'.part' if run.is_part and not run.misfit else ''}"
        key = f"{self.run_id}:{name}:{attempts[0].number}"
        candidates = CandidateRound(run, attempts)
        with self.started:
            self._candidates[key] = candidates
            self.started.notify_all()
        handles = []
        for attempt in attempts:
            with SetWorkflowID(f"{key}.{attempt.candidate}"):
                handles.append(start_workflow(self.try_candidate, key, attempt.candidate))
        records: list[AttemptRecord] = []
        for handle in handles:
            records.append(handle.get_result())
            # One that had ended before a kill notes nothing by itself.
            candidates.note_end(records[-1])
        return order_round(records)

    def make_candidate(self, key: str, candidate: int) -> AttemptRecord:
        """One of several attempts that are made at once."""
        with self.started:
            # As a task: a recovery may start it before the one that it belongs to.
            self.started.wait_for(lambda: key in self._candidates)
        candidates = self._candidates[key]
        run = candidates.find_run(candidate)
        record = self._work_in_turns(run, self.ask_candidate(run, candidates, candidate))
        record = record.with_result(self.apply_candidate(run, record))
        answered = bool(record.reply)
        candidates.note_reply(candidate, record.result.tree, answered=answered)
        twin = candidates.wait_for_twin(candidate)
        record = record.with_result(self.check_candidate(run, candidates, record, twin))
        candidates.note_end(record)
        return record

    def _work_in_turns(self, run: TaskRun, record: AttemptRecord) -> AttemptRecord:
        """Of an attempt by tools the turns to its end: what was recorded of each decides."""
        while record.work and not record.work.is_over:
            record = record.with_turn(self.run_tools(run, record))
            if record.work and not record.work.is_over:
                record = record.with_reply(self.ask_turn(run, record))
        return record

    def _may_split(self, run: TaskRun) -> bool:
        """Once, and where there is a planner."""
        return not (run.is_part or run.unsplit_reason) and "planner" in run.context.settings.tiers

    def _split_task(self, run: TaskRun) -> tuple[TaskRun, tuple[Task, ...]]:
        """The run with what asking cost, and the parts, none where the planner wrote none."""
        conversation = self.consult_planner(functools.partial(self.plan_split, run))
        reason = replan.explain_no_tasks(conversation)
        run = replace(run, planning_rows=conversation.rows, unsplit_reason=reason)
        return run, replan.read_parts(run.task, conversation)

    def _build_parts(self, run: TaskRun, parts: Sequence[Task]) -> TaskResult:
        """Do a task's parts one after another in its place; the last has its id."""
        context = run.context.with_tasks(run.context.find_phase(run.task.id), parts[:-1])
        rows, commits, waived = run.rows, tuple[str, ...](), dict[str, str]()
        for part in parts:
            part_run = TaskRun(context, run.lane, part, answers=run.answers, is_part=True)
            part_run = replace(part_run, onto=run.onto, before=(*run.before, *commits))
            part_run = replace(part_run, base=self.check_task_base(part_run))
            _, result = self.write_code(part_run)
            rows, commits = (*rows, *result.rows), (*commits, *result.commits)
            waived |= result.waived
            if not result.passed:
                blocked = block_task(run, f"its part {part.id}: {result.why}", rows)
                return replace(blocked, struck=result.struck)
        passed = pass_task(run, commit=commits[-1], rows=rows)
        return replace(passed, commits=commits, waived=waived)

    def _list_attempts(self, run: TaskRun) -> Iterator[Attempt]:
        tiers = ("manifest", *self.context.settings.tiers)
        left = list_left_attempts(run, self.context.config.limits)
        return (attempt for attempt in left if attempt.tier in tiers)

    def consult_planner(self, ask: Callable[[Conversation], Conversation]) -> Conversation:
        """Ask the planner until there is an end of it, within the job's limits."""
        conversation = Conversation()
        while not conversation.is_over:
            conversation = ask(conversation)
        return conversation
