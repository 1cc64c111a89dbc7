"""The durable steps of a job: each is recorded with its result, and is not done again."""

from dataclasses import dataclass

from bot.code.mutants import Mutant
from bot.plan import Task
from runners.build import (
    ask_attempt,
    branch,
    candidate_steps,
    final_gate,
    judge_attempt,
    kept_answers,
    landing,
    mutation,
    plan_anew,
    preflight,
    record_attempt,
    replan,
    second_turn,
    turn_steps,
)
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult
from runners.build.candidates import CandidateRound
from runners.build.choose_start import decide_start
from runners.build.context import JobContext
from runners.build.dbos_steps import AbortingSteps, durable_step
from runners.build.misfits import recall_attempt
from runners.build.mutation import MutantEnd
from runners.build.plan_faults import note_faults
from runners.build.results import BaseCheck, JobResult, TaskResult
from runners.build.strikes import note_pass
from runners.build.task_run import EpochStart, Landing, TaskBase, TaskRun, TestCounts
from runners.build.turn_work import AskedTurn
from runners.planning.conversation import Conversation
from runners.progress import ProgressEvent
from runners.tool_use.turns import TurnEnd

Results = tuple[TaskResult, ...]


@dataclass(frozen=True, slots=True)
class EpochTasks:
    """The tasks that phase `number`, from 0, was given by further epochs. Recorded with each."""

    number: int
    tasks: tuple[Task, ...] = ()


class JobSteps(AbortingSteps):
    """What the workflows of one job are made of, and what they share."""

    def __init__(self, context: JobContext, run_id: str) -> None:
        super().__init__()
        self.context = context
        self.run_id = run_id

    @durable_step
    def check_job_base(self) -> BaseCheck:
        """Open the branch and run the job's checks on the base."""
        branch.open_branch(self.context)
        with self.context.lanes.take_lane() as lane:
            return preflight.check_job_base(self.context, lane)

    @durable_step
    def check_task_base(self, run: TaskRun) -> TaskBase:
        return decide_start(run, preflight.check_task_base(run))

    # Reads of the clock, of git and of the ledger are steps, or within one: on a replay they must
    # give what the first run saw.
    # https://docs.dbos.dev/python/tutorials/workflow-tutorial#determinism
    @durable_step
    def ask_tier(self, run: TaskRun, attempt: Attempt) -> AttemptRecord:
        return ask_attempt.ask_tier(run, attempt)

    @durable_step
    def run_tools(self, run: TaskRun, record: AttemptRecord) -> TurnEnd:
        return turn_steps.run_tools(run, record)

    @durable_step
    def ask_turn(self, run: TaskRun, record: AttemptRecord) -> AskedTurn:
        return turn_steps.ask_turn(run, record)

    @durable_step
    def ask_candidate(
        self, run: TaskRun, candidates: CandidateRound, candidate: int
    ) -> AttemptRecord:
        return candidate_steps.ask_candidate(run, candidates, candidate)

    @durable_step
    def apply_candidate(self, run: TaskRun, record: AttemptRecord) -> AttemptResult:
        return judge_attempt.apply_candidate(run, record)

    @durable_step
    def check_candidate(
        self, run: TaskRun, candidates: CandidateRound, record: AttemptRecord, twin: int
    ) -> AttemptResult:
        return candidate_steps.check_candidate(run, candidates, record, twin)

    @durable_step
    def find_kept_answer(self, run: TaskRun) -> str:
        """What the query was told in an earlier run, where it would be asked just the same."""
        kept = kept_answers.find_kept_answer(run)
        if kept is None:
            return ""
        asked = f"run {kept.run} of {kept.job}"
        text = f"not asked again: what it reads is as in {asked}, and so is its answer"
        run.context.report(ProgressEvent("task", text, run.task.id))
        return kept.answer

    @durable_step
    def accept_answer(self, run: TaskRun, record: AttemptRecord) -> str:
        return record_attempt.accept_answer(run, record)

    @durable_step
    def apply_and_check(self, run: TaskRun, record: AttemptRecord) -> AttemptResult:
        return judge_attempt.apply_and_check(run, record)

    @durable_step
    def commit_attempt(self, run: TaskRun) -> str:
        note_pass(run)
        return branch.commit_attempt(run, self.context.record.list_before(run.task.id))

    @durable_step
    def judge_again(self, run: TaskRun, record: AttemptRecord) -> AttemptResult:
        return second_turn.judge_again(run, record)

    @durable_step
    def begin_epoch(self, added: EpochTasks, tasks: tuple[str, ...]) -> EpochStart:
        context = self.context.with_tasks(added.number, added.tasks)
        return landing.begin_epoch(context, tasks)

    @durable_step
    def land_together(self, added: EpochTasks, results: Results) -> Landing:
        context = self.context.with_tasks(added.number, added.tasks)
        return landing.land_together(context, results)

    @durable_step
    def recall_attempt(self, run: TaskRun, before: TaskResult) -> tuple[AttemptRecord, ...]:
        return recall_attempt(run, before)

    @durable_step
    def plan_epoch(
        self, added: EpochTasks, epoch: int, why: str, conversation: Conversation
    ) -> Conversation:
        context = self.context.with_tasks(added.number, added.tasks)
        with context.lanes.take_lane() as lane:
            return replan.ask_epoch(context, lane, added.number, epoch, why, conversation)

    @durable_step
    def plan_anew(
        self, added: EpochTasks, results: Results, conversation: Conversation
    ) -> Conversation:
        context = self.context.with_tasks(added.number, added.tasks)
        note_faults(context, results)
        with context.lanes.take_lane() as lane:
            return plan_anew.ask_anew(context, lane, added.number, results, conversation)

    @durable_step
    def plan_held_back(
        self, red: tuple[str, ...], results: Results, conversation: Conversation
    ) -> Conversation:
        with self.context.lanes.take_lane() as lane:
            return plan_anew.ask_about_held_back(self.context, lane, red, results, conversation)

    @durable_step
    def plan_split(self, run: TaskRun, conversation: Conversation) -> Conversation:
        return replan.ask_split(run, run.attempts[-1].result.why, conversation)

    @durable_step
    def find_head(self) -> str:
        return self.context.repo.branch_head(self.context.branch)

    @durable_step
    def check_phase(self, number: int, test_counts: TestCounts) -> str:
        """Why the phase's own `done` checks do not hold on the branch; empty where they do."""
        phase = self.context.job.phases[number]
        with self.context.lanes.take_lane() as lane:
            return final_gate.check_phase(self.context, lane, phase, test_counts)

    @durable_step
    def run_final_gate(self, base: BaseCheck, results: Results) -> JobResult:
        with self.context.lanes.take_lane() as lane:
            return final_gate.run_final_gate(self.context, lane, base, results)

    @durable_step
    def choose_mutants(self, head: str) -> tuple[Mutant, ...]:
        return mutation.choose_mutants(self.context, head)

    @durable_step
    def try_mutant(self, head: str, mutant: Mutant, green_seconds: float) -> MutantEnd:
        with self.context.lanes.take_lane() as lane:
            return mutation.try_mutant(self.context, lane, head, mutant, green_seconds)
