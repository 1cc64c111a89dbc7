"""The durable workflow of a job: each step is recorded, and a killed run continues at the next.

A workflow replays: what decides its path are the recorded results of its steps and nothing else.
https://docs.dbos.dev/architecture
"""

import functools
from collections.abc import Sequence
from dataclasses import replace

from dbos import DBOS, DBOSConfiguredInstance

from bot.job_states import JobEvent
from bot.plan import Phase, Task, sort_tasks
from bot.prompts.inputs import Answer
from runners.build import mutation, plan_anew, replan
from runners.build.attempt_records import AttemptRecord
from runners.build.context import JobContext
from runners.build.dbos_steps import durable_workflow
from runners.build.epoch_build import EpochBuild
from runners.build.job_steps import EpochTasks, Results
from runners.build.mutation import MutantEnd
from runners.build.results import BaseCheck, JobResult, TaskResult
from runners.build.task_run import EpochStart, TestCounts


@DBOS.dbos_class()
class Build(EpochBuild, DBOSConfiguredInstance):
    """The building of one job: its three workflows, and its phases."""

    def __init__(self, context: JobContext, run_id: str) -> None:
        EpochBuild.__init__(self, context, run_id)
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

    # DBOS looks for workflows in the class that it was given, and in none of those above it.
    @durable_workflow
    def build_task(
        self, task_id: str, answers: tuple[Answer, ...], added: EpochTasks, start: EpochStart
    ) -> TaskResult:
        return self.do_task(task_id, answers, added, start)

    @durable_workflow
    def try_candidate(self, key: str, candidate: int) -> AttemptRecord:
        return self.make_candidate(key, candidate)

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
        conversation = self.consult_planner(ask)
        asked = plan_anew.replan_result(plan_anew.count_replans(results) + 1, conversation)
        self.report_end(self.context, asked)
        results += (asked,)
        if not conversation.plan:
            return results, f"not planned anew: {asked.why}"
        new = sort_tasks(Phase("", replan.read_tasks(conversation)))
        added = EpochTasks(len(self.context.job.phases) - 1, new)
        results += self.build_epoch(new, added, results)
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
            conversation = self.consult_planner(ask)
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
        results = before + self.build_epoch(tasks, added, before)
        while stuck := next((r for r in results if not (r.passed or r.replaced)), None):
            why = f"{stuck.task}: {stuck.why}"
            if not self._may_plan_anew(results):
                return results, added, why
            conversation = self.consult_planner(functools.partial(self.plan_anew, added, results))
            asked = plan_anew.replan_result(plan_anew.count_replans(results) + 1, conversation)
            self.report_end(self.context, asked)
            if not conversation.plan:
                return (*results, asked), added, f"{why}\nnot planned anew: {asked.why}"
            new = replan.read_tasks(conversation)
            results = (*plan_anew.mark_replaced(results, new), asked)
            added = replace(added, tasks=added.tasks + new)
            results += self.build_epoch(sort_tasks(Phase("", new)), added, results)
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
