"""The tasks of an epoch, each in a workflow of its own; what they made lands in their order."""

from collections.abc import Sequence
from dataclasses import replace

from dbos import SetWorkflowID

from bot.plan import Task
from bot.plan.task_graph import find_ancestors
from bot.prompts.inputs import Answer
from runners.build.context import JobContext
from runners.build.dbos_steps import StartedWorkflow, start_workflow
from runners.build.job_steps import EpochTasks, Results
from runners.build.landing import may_land_at_once
from runners.build.results import TaskResult
from runners.build.second_turn import begin_second_turn, find_awaited, list_judged, take_over
from runners.build.task_attempts import TaskAttempts
from runners.build.task_ends import (
    list_awaited,
    list_commits,
    name_later,
    pass_task,
    skip_task,
    skip_without,
    with_attempts,
    with_commits,
)
from runners.build.task_run import EpochStart, Misfit, TaskRun
from runners.progress import ProgressEvent


class EpochBuild(TaskAttempts):
    """The epochs of a job."""

    def __init__(self, context: JobContext, run_id: str) -> None:
        super().__init__(context, run_id)
        self._handles: dict[str, StartedWorkflow[TaskResult]] = {}

    def build_task(
        self, task_id: str, answers: tuple[Answer, ...], added: EpochTasks, start: EpochStart
    ) -> TaskResult:
        """A workflow of its own, which is `do_task`."""
        raise NotImplementedError

    def build_epoch(self, tasks: Sequence[Task], added: EpochTasks, before: Results) -> Results:
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
            with self.started:
                self._handles[task.id] = handle
                self.started.notify_all()
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
            _, result = self.write_code(run)
        self.report_end(context, result)
        return result

    def do_task(
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
                result = self.answer_query(run)
            else:
                run, result = self.write_code(run)
        if not result.passed and task.kind == "code":
            result = self._take_second_turn(run, result, start, done)
        result = name_later(result, start)
        self.report_end(context, result)
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
        return self.write_code(run)[1] if differs else None

    def report_end(self, context: JobContext, result: TaskResult) -> None:
        on = f", on what {', '.join(result.behind)} made" if result.behind else ""
        text = result.why or result.answer or f"{result.commit[:12]}{on}"
        context.report(ProgressEvent("task", text, result.task, good=result.passed))

    def _wait_for(self, task_id: str) -> TaskResult:
        with self.started:
            # A recovery starts tasks in an order of its own: the awaited one may have no handle.
            self.started.wait_for(lambda: task_id in self._handles)
        return self._handles[task_id].get_result()
