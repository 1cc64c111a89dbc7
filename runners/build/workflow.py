"""The durable workflow of a job: each step is recorded, and a killed run continues at the next.

A workflow replays: what decides its path are the recorded results of its steps and nothing else.
https://docs.dbos.dev/architecture
"""

import functools
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

from dbos import DBOS, DBOSConfiguredInstance, SetWorkflowID

from bot.code.mutants import Mutant
from bot.job_states import JobEvent
from bot.ledger import AttemptOutcome, LedgerRow
from bot.plan import Phase, Task, sort_tasks
from bot.plan.task_graph import find_ancestors
from bot.prompts.inputs import Answer
from runners.build import (
    attempt_steps,
    branch,
    candidate_steps,
    final_gate,
    kept_answers,
    landing,
    mutation,
    plan_anew,
    preflight,
    replan,
    second_turn,
    turn_steps,
)
from runners.build.candidates import CandidateRound
from runners.build.choose_start import decide_start
from runners.build.context import JobContext
from runners.build.dbos_steps import (
    AbortingSteps,
    StartedWorkflow,
    durable_step,
    durable_workflow,
    start_workflow,
)
from runners.build.landing import may_land_at_once
from runners.build.misfits import list_left_attempts, recall_attempt
from runners.build.mutation import MutantEnd
from runners.build.plan_faults import note_faults
from runners.build.plan_round import order_round, plan_round
from runners.build.reflections import Reflections
from runners.build.results import (
    SILENT,
    Attempt,
    AttemptRecord,
    AttemptResult,
    BaseCheck,
    EpochStart,
    JobResult,
    Landing,
    Misfit,
    TaskBase,
    TaskResult,
    TaskRun,
    TestCounts,
    last_digest,
)
from runners.build.second_turn import (
    begin_second_turn,
    explain_attempts,
    find_awaited,
    list_judged,
    take_over,
)
from runners.build.strikes import note_pass
from runners.build.task_ends import (
    block_task,
    end_struck,
    list_awaited,
    list_commits,
    name_later,
    pass_task,
    skip_task,
    skip_without,
    with_attempts,
    with_commits,
)
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


@DBOS.dbos_class()
class Build(AbortingSteps, DBOSConfiguredInstance):
    """The building of one job."""

    def __init__(self, context: JobContext, run_id: str) -> None:
        self.context = context
        self.run_id = run_id
        self._handles: dict[str, StartedWorkflow[TaskResult]] = {}
        self._candidates: dict[str, CandidateRound] = {}
        self._started = threading.Condition()
        self.reflections = Reflections()
        AbortingSteps.__init__(self)
        # By this name DBOS finds the instance again whose workflow it recovers.
        # https://docs.dbos.dev/python/tutorials/classes
        DBOSConfiguredInstance.__init__(self, config_name=run_id)

    @durable_workflow
    def build_job(self) -> JobResult:
        context = self.context
        base = self.check_job_base()
        if base.fault:
            return replace(self._blocked_job(base.fault, context.base), must_fix=True)
        context.record.apply_event(JobEvent.BUILD)
        results: Results = ()
        for number in range(len(context.job.phases)):
            results, why = self._build_phase(number, results, base.test_counts)
            if why:
                with self.reflections.asked_beside(wanted=context.settings.reflection):
                    return self._blocked_job(why, self.find_head(), results)
        with self.reflections.asked_beside(wanted=context.settings.reflection):
            return self._end_job(base, results)

    def _end_job(self, base: BaseCheck, results: Results) -> JobResult:
        context = self.context
        context.record.apply_event(JobEvent.GATE)
        done = {result.task for result in results}
        left = tuple(task.id for task in context.job.tasks if task.id not in done)
        result = self.run_final_gate(base, results)
        while result.held_back and self._may_ask_planner(results):
            results, why = self._mend_held_back(result.held_back, results)
            if why:
                blocked = self._blocked_job(f"{result.why}\n{why}", self.find_head(), results)
                return replace(blocked, left=left)
            result = self.run_final_gate(base, results)
        return replace(self._try_mutants(result), tasks=results, left=left)

    def _mend_held_back(self, red: tuple[str, ...], results: Results) -> tuple[Results, str]:
        """Build what the planner writes for it; with the results, why there is no more to do."""
        ask = functools.partial(self.plan_held_back, red, results)
        conversation = self._consult_planner(ask)
        asked = plan_anew.replan_result(plan_anew.count_replans(results) + 1, conversation)
        self._report_end(self.context, asked)
        results += (asked,)
        if not conversation.plan:
            return results, f"not planned anew: {asked.why}"
        new = sort_tasks(Phase("", replan.read_tasks(conversation)))
        added = EpochTasks(len(self.context.job.phases) - 1, new)
        results += self._build_epoch(new, added, results)
        stuck = next((r for r in results if not (r.passed or r.replaced)), None)
        return results, f"{stuck.task}: {stuck.why}" if stuck else ""

    def _try_mutants(self, result: JobResult) -> JobResult:
        """Where the repository asks for it; each is a step of its own, so a kill loses one."""
        gate = self.context.config.gate
        is_round = bool(self.context.request.aim)
        if not (result.passed and gate.mutation) or self.context.only or is_round:
            return result
        mutants = self.choose_mutants(result.head)
        ends: tuple[MutantEnd, ...] = ()
        for mutant in mutants:
            if sum(end.seconds for end in ends) >= gate.mutation_time:
                break
            ends += (self.try_mutant(result.head, mutant, result.gate_seconds),)
        return mutation.tell_mutants(result, mutants, ends, gate)

    def _blocked_job(self, why: str, head: str, results: Results = ()) -> JobResult:
        branch = self.context.branch
        return JobResult(passed=False, why=why, head=head, branch=branch, tasks=results)

    def _build_phase(
        self, number: int, results: Results, test_counts: TestCounts
    ) -> tuple[Results, str]:
        """Do the phase's epochs; with the results, why the job cannot go on, empty where it can."""
        phase = self.context.job.phases[number]
        tasks, added = sort_tasks(phase), EpochTasks(number)
        for epoch in range(1, phase.epochs + 1):
            results, added, why = self._build_tasks(tasks, added, results)
            if why:
                return results, why
            why = self._why_not_done(number, test_counts)
            if not why or epoch == phase.epochs:
                return results, why
            if self.context.only:
                return (
                    results,
                    f"{why}\nthe phase is not done; for single tasks no epoch is planned",
                )
            if "planner" not in self.context.settings.tiers:
                return results, f"{why}\n{replan.NO_PLANNER}"
            ask = functools.partial(self.plan_epoch, added, epoch + 1, why)
            conversation = self._consult_planner(ask)
            results += (replan.epoch_result(number, epoch + 1, conversation),)
            if not conversation.plan:
                return results, f"{why}\nno further epoch: {results[-1].why}"
            tasks = sort_tasks(replace(phase, tasks=replan.read_tasks(conversation)))
            added = replace(added, tasks=added.tasks + tasks)
        return results, ""

    def _build_tasks(
        self, tasks: Sequence[Task], added: EpochTasks, before: Results
    ) -> tuple[Results, EpochTasks, str]:
        """Build them; where their plan is at fault, what the planner writes in their place, too.

        With the results and all tasks that were added, why the phase cannot go on; empty where it
        can.
        """
        results = before + self._build_epoch(tasks, added, before)
        while stuck := next((r for r in results if not (r.passed or r.replaced)), None):
            why = f"{stuck.task}: {stuck.why}"
            if not self._may_plan_anew(results):
                return results, added, why
            conversation = self._consult_planner(functools.partial(self.plan_anew, added, results))
            asked = plan_anew.replan_result(plan_anew.count_replans(results) + 1, conversation)
            self._report_end(self.context, asked)
            if not conversation.plan:
                return (*results, asked), added, f"{why}\nnot planned anew: {asked.why}"
            new = replan.read_tasks(conversation)
            results = (*plan_anew.mark_replaced(results, new), asked)
            added = replace(added, tasks=added.tasks + new)
            results += self._build_epoch(sort_tasks(Phase("", new)), added, results)
        return results, added, ""

    def _may_plan_anew(self, results: Results) -> bool:
        """Where the plan was at fault or attempts fail again and again, and a planner may be asked.

        What a round of CI or a review asks for is its people's, task by task, and no planner's.
        """
        at_fault = any((r.plan_fault or r.struck) and not r.replaced for r in results)
        return at_fault and self._may_ask_planner(results)

    def _may_ask_planner(self, results: Results) -> bool:
        """Whether there is one that was not asked too often, and it is the whole job's plan."""
        settings, request = self.context.settings, self.context.request
        asked = plan_anew.count_asked(results) >= settings.planner.replans
        whole = not (self.context.only or request.aim)
        return whole and not asked and "planner" in settings.tiers

    def _why_not_done(self, number: int, test_counts: TestCounts) -> str:
        """Empty where the phase is done. One of which only a part was asked for is not judged."""
        only = self.context.only
        tasks = self.context.job.phases[number].tasks
        partial = bool(only) and any(task.id not in only for task in tasks)
        return "" if partial else self.check_phase(number, test_counts)

    def _build_epoch(self, tasks: Sequence[Task], added: EpochTasks, before: Results) -> Results:
        """Start every task; each waits by itself for what it comes after. Then land them."""
        answers = tuple(Answer(result.task, result.answer) for result in before if result.answer)
        only = self.context.with_tasks(added.number, added.tasks).only
        tasks = [task for task in tasks if not only or task.id in only]
        start = self.begin_epoch(added, tuple(task.id for task in tasks))
        tasks = sorted(tasks, key=lambda task: start.tasks.index(task.id))
        for task in tasks:
            # A workflow whose id is known is not started again, on a replay neither:
            # https://docs.dbos.dev/python/tutorials/idempotency-tutorial
            with SetWorkflowID(f"{self.run_id}:{task.id}"):
                handle = start_workflow(self.build_task, task.id, answers, added, start)
            with self._started:
                self._handles[task.id] = handle
                self._started.notify_all()
        return self._land_epoch(tasks, added, answers)

    def _land_epoch(
        self, tasks: Sequence[Task], added: EpochTasks, answers: tuple[Answer, ...]
    ) -> Results:
        """The results with their commits on the branch; who does not fit goes on, and then again.

        A task that was judged on top of all before it lands as soon as they have.
        """
        context = self.context.with_tasks(added.number, added.tasks)
        results: Results = ()
        for task in tasks:
            results += (self._handles[task.id].get_result(),)
            if len(results) < len(tasks) and may_land_at_once(context, results):
                results = with_commits(results, self.land_together(added, results))
        while any(result.commits for result in results):
            landed = self.land_together(added, results)
            if landed.misfit is None:
                return with_commits(results, landed)
            turn = 1 + max(result.turn for result in results)
            again = self._build_again(context, landed.misfit, results, answers)
            again = replace(again, turn=turn)
            results = tuple(again if r.task == again.task else r for r in results)
            results = skip_without(context, again, results)
        return results

    def _build_again(
        self,
        context: JobContext,
        misfit: Misfit,
        results: Results,
        answers: tuple[Answer, ...],
    ) -> TaskResult:
        """Have the one that does not go together with the others go on after its attempts."""
        task = context.find_task(misfit.task)
        before = next(result for result in results if result.task == misfit.task)
        known = {result.task: result.answer for result in results if result.answer}
        answers += tuple(Answer(name, known[name]) for name in task.after if name in known)
        context.report(ProgressEvent("task", misfit.why, task.id))
        with (
            context.lanes.take_lane() as lane,
            context.activities.on_lane(lane.lane.name, task.id),
        ):
            # It is not split again: what it was too large for had its turn.
            run = TaskRun(context, lane, task, answers=answers, misfit=misfit, is_part=True)
            run = replace(run, onto=misfit.onto, before=misfit.others, behind=before.behind)
            run = replace(run, base=self.check_task_base(run))
            run = with_attempts(run, before, self.recall_attempt(run, before))
            _, result = self._write_code(run)
        self._report_end(context, result)
        return result

    def _consult_planner(self, ask: Callable[[Conversation], Conversation]) -> Conversation:
        """Ask the planner until there is an end of it, within the job's limits."""
        conversation = Conversation()
        while not conversation.is_over:
            conversation = ask(conversation)
        return conversation

    @durable_workflow
    def build_task(
        self, task_id: str, answers: tuple[Answer, ...], added: EpochTasks, start: EpochStart
    ) -> TaskResult:
        context = self.context.with_tasks(added.number, added.tasks)
        task = context.find_task(task_id)
        over, behind = find_ancestors(context.job, start.behind)[task_id], start.behind.get(task_id)
        # In the order in which they will land. What an earlier phase or epoch did has landed.
        done = {name: self._wait_for(name) for name in start.tasks if name in over}
        for before in (*task.after, *(behind or ())):
            if before in done and not done[before].passed:
                return skip_task(task_id, before, done[before])
        found = {name: done[name].answer for name in task.after if name in done}
        answers += tuple(Answer(name, answer) for name, answer in found.items() if answer)
        # Taken only now: a task that waits and holds a lane could block the one it waits for.
        with (
            context.lanes.take_lane() as lane,
            context.activities.on_lane(lane.lane.name, task_id),
        ):
            run = TaskRun(context, lane, task, answers=answers, onto=start.commit)
            run = replace(run, before=list_commits(done.values()), behind=behind or ())
            run = replace(run, awaited=list_awaited(start, task_id, done))
            run = replace(run, base=self.check_task_base(run))
            if task.kind == "query":
                result = self._answer_query(run)
            else:
                run, result = self._write_code(run)
        if not result.passed and task.kind == "code":
            result = self._take_second_turn(run, result, start, done)
        result = name_later(result, start)
        self._report_end(context, result)
        return result

    def _take_second_turn(
        self, first: TaskRun, failed: TaskResult, start: EpochStart, done: dict[str, TaskResult]
    ) -> TaskResult:
        """On what the tasks before it made, where it failed without that; else as it failed."""
        context, task_id = first.context, first.task.id
        earlier = start.list_earlier(task_id)
        code = [name for name in earlier if context.find_task(name).kind == "code"]
        if not (others := [name for name in code if name not in done]):
            return failed
        text = f"not done from where it began; next on what {', '.join(others)} make"
        context.report(ProgressEvent("task", text, task_id))
        # No lane is held meanwhile, and nobody waits for who comes after it in the plan.
        done = {name: done[name] if name in done else self._wait_for(name) for name in earlier}
        others = [name for name in others if done[name].commits]
        if not others:
            return failed
        commits = list_commits(done.values())
        with (
            context.lanes.take_lane() as lane,
            context.activities.on_lane(lane.lane.name, task_id),
        ):
            run = begin_second_turn(replace(first, lane=lane), failed, commits, tuple(others))
            run = replace(run, base=self.check_task_base(run))
            return self._judge_first_turn(run, first) or failed

    def _judge_first_turn(self, run: TaskRun, first: TaskRun) -> TaskResult | None:
        """Take the first of its attempts that passes now; else go on, where anything is otherwise.

        None where the others' work makes no difference to it.
        """
        differs = bool(first.base.fault or find_awaited(first))
        if not (run.base.fault or run.base.landed_commit):
            for record in list_judged(first):
                result = self.judge_again(run, record)
                if result.passed:
                    run = take_over(run, record, result)
                    return pass_task(run, commit=self.commit_attempt(run), rows=run.rows)
                differs = differs or result.failure_key != record.result.failure_key
        differs = differs or bool(run.base.fault or run.base.landed_commit)
        return self._write_code(run)[1] if differs else None

    def _report_end(self, context: JobContext, result: TaskResult) -> None:
        on = f", on what {', '.join(result.behind)} made" if result.behind else ""
        text = result.why or result.answer or f"{result.commit[:12]}{on}"
        context.report(ProgressEvent("task", text, result.task, good=result.passed))

    def _wait_for(self, task_id: str) -> TaskResult:
        with self._started:
            # A recovery starts tasks in an order of its own: the awaited one may have no handle.
            self._started.wait_for(lambda: task_id in self._handles)
        return self._handles[task_id].get_result()

    def _answer_query(self, run: TaskRun) -> TaskResult:
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

    def _write_code(self, run: TaskRun) -> tuple[TaskRun, TaskResult]:
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
        with self._started:
            self._candidates[key] = candidates
            self._started.notify_all()
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

    @durable_workflow
    def try_candidate(self, key: str, candidate: int) -> AttemptRecord:
        """One of several attempts that are made at once."""
        with self._started:
            # As a task: a recovery may start it before the one that it belongs to.
            self._started.wait_for(lambda: key in self._candidates)
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
        conversation = self._consult_planner(functools.partial(self.plan_split, run))
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
            _, result = self._write_code(part_run)
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
        return attempt_steps.ask_tier(run, attempt)

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
        return attempt_steps.apply_candidate(run, record)

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
        return attempt_steps.accept_answer(run, record)

    @durable_step
    def apply_and_check(self, run: TaskRun, record: AttemptRecord) -> AttemptResult:
        return attempt_steps.apply_and_check(run, record)

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
