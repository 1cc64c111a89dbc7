"""Asking the planner anew for what is left of a phase, where a fault of its plan blocked a task.

What has landed stays. The tasks that are not done are replaced by new ones, which have to keep the
checks that proved them: who approved the plan approved what it proves.
"""

import functools
from collections.abc import Sequence
from dataclasses import replace

from bot.errors import Fault
from bot.git.diff import read_diffstat
from bot.job_states import TaskEvent, TaskState, advance_state
from bot.ledger import AttemptOutcome, LedgerRow
from bot.plan import Job, Phase, Task, format_check
from bot.plan.planner_calls import REPLACED, is_replan, name_replan
from bot.prompts.planner_prompt import PlanRequest
from bot.text.escape import fence_section, list_section
from runners.build.attempt_records import AttemptRecord
from runners.build.context import JobContext
from runners.build.held_back import list_reasons
from runners.build.kept_replans import find_kept_replan, keep_replan
from runners.build.lanes import OpenLane
from runners.build.proof_kept import find_lost_checks, find_new_waivers, find_removed_tests
from runners.build.replan import (
    ask_round,
    explain_no_tasks,
    find_reused_ids,
    find_taken_ids,
    list_later_faults,
    phase_goal,
    read_tasks,
)
from runners.build.results import TaskResult
from runners.planning.conversation import Conversation

INSTRUCTIONS = (
    "Write the tasks for what is left of this phase, 1 to 8, in place of those that are not done:"
    " `### Task: ID` sections and nothing else, no front matter and no phase. Each id is new;"
    " `after` names only tasks you write now. What has landed stays, and you start from it. Each"
    " check of a task that you replace has to be a check of one of yours, with `bites: yes` where"
    " it had that, unless it could not run. No test that is there may go."
)
_ABSENT = ("not found: ", "file or directory not found: ", "no match in any of ")
"""What pytest says of an argument that names nothing:
https://docs.pytest.org/en/stable/how-to/usage.html#selecting-tests"""


def count_replans(results: Sequence[TaskResult]) -> int:
    return sum(is_replan(result.task) for result in results)


def count_asked(results: Sequence[TaskResult]) -> int:
    """Without those of an earlier run, which were taken again."""
    return sum(bool(r.rows) for r in results if is_replan(r.task))


def is_plan_fault(task: Task, records: Sequence[AttemptRecord]) -> bool:
    """Whether a task is blocked by what it asks for, and not by who did it.

    Its blocks do not apply, prove nothing or fail its check, with no model to mend that; it fits no
    model's window; or its check names a test that is nowhere.
    """
    exact = [r.result.outcome for r in records if r.attempt.tier == "manifest"]
    others = [r.result.outcome for r in records if r.attempt.tier != "manifest"]
    if AttemptOutcome.PLAN_FAULT in exact or AttemptOutcome.EDIT_REFUSED in exact:
        return True
    if exact and not others:
        return True
    too_large = bool(others) and all(each == AttemptOutcome.TOO_LARGE for each in others)
    return too_large or _names_absent(task, records)


def _names_absent(task: Task, records: Sequence[AttemptRecord]) -> bool:
    last = records[-1].result if records else None
    if last is None or last.outcome != AttemptOutcome.CHECK_FAILED:
        return False
    words = [word for check in task.checks if check.kind == "run" for word in check.paths]
    lines = [line for line in last.digest.splitlines() if any(mark in line for mark in _ABSENT)]
    return any(word in line for line in lines for word in words)


def ask_anew(
    context: JobContext,
    lane: OpenLane,
    number: int,
    results: Sequence[TaskResult],
    conversation: Conversation,
) -> Conversation:
    """Make one call. `results` are those of the job so far; `number` is the phase's, from 0."""
    ids, repo = find_taken_ids(context), context.repo
    head = repo.branch_head(context.branch)
    left = list_left(context.job.phases[number], results)
    names = [task.id for task, _ in left]
    if not conversation.rows and (kept := find_kept_replan(context, number, names)):
        return kept

    def extra_faults(job: Job) -> list[Fault]:
        later = list_later_faults(context, number, job)
        lost = (*find_lost_checks(job, left), *find_new_waivers(job, left))
        gone = find_removed_tests(job, context.job, functools.partial(repo.read_file, head))
        return [*find_reused_ids(job, ids), *lost, *gone, *later]

    request = PlanRequest(
        name_replan(count_replans(results) + 1), _describe(context, number, results), INSTRUCTIONS
    )
    words = "\n".join(task.text for task, _ in left)
    query = f"{phase_goal(context, number)}\n{words}"
    after = ask_round(context, lane, request, conversation, extra_faults, query)
    if after.plan:
        keep_replan(context, number, names, after.plan)
    return after


HELD_BACK_INSTRUCTIONS = (
    "Write tasks, 1 to 8, that make the finished work do what the job asks for and what is still"
    " missing: `### Task: ID` sections and nothing else, no front matter and no phase. Each id is"
    " new; `after` names only tasks you write now. Write no test that is meant to be one of those"
    " held back: nobody who writes code may know them. A task whose check is green before it says"
    " `guard: yes`."
)


def ask_about_held_back(
    context: JobContext,
    lane: OpenLane,
    red: Sequence[str],
    results: Sequence[TaskResult],
    conversation: Conversation,
) -> Conversation:
    """Make one call about tests held back that are red at the end: of them it hears one line each.

    What it writes is read by who writes code, so it is told nothing of what they hold or print.
    """
    number, repo = len(context.job.phases) - 1, context.repo
    head = repo.branch_head(context.branch)
    ids = find_taken_ids(context) | {result.task for result in results}

    def extra_faults(job: Job) -> list[Fault]:
        gone = find_removed_tests(job, context.job, functools.partial(repo.read_file, head))
        return [*find_reused_ids(job, ids), *gone]

    stat = read_diffstat(repo, context.base, head)
    failed = "All is done and its checks pass, but tests that are held back fail on it:"
    material = "\n\n".join(
        (
            phase_goal(context, number),
            list_section("Its tasks, all done:", [*map(_name_task, context.job.tasks)]),
            fence_section("What the job changed so far:", stat)
            or "The job changed nothing so far.",
            list_section(failed, list_reasons(context.job, red)),
        )
    )
    name = name_replan(count_replans(results) + 1)
    request = PlanRequest(name, material, HELD_BACK_INSTRUCTIONS)
    query = phase_goal(context, number)
    return ask_round(context, lane, request, conversation, extra_faults, query)


def list_left(phase: Phase, results: Sequence[TaskResult]) -> list[tuple[Task, TaskResult]]:
    """The phase's tasks that are not done, with how they ended."""
    ended = {result.task: result for result in results}
    found = [(task, ended.get(task.id)) for task in phase.tasks]
    return [(t, r) for t, r in found if r and not r.passed and not r.replaced]


def mark_replaced(results: Sequence[TaskResult], by: Sequence[Task]) -> tuple[TaskResult, ...]:
    """Those that are not done, as skipped: others do their work."""
    names = ", ".join(task.id for task in by)
    return tuple(r if r.passed or r.replaced else _replaced(r, names) for r in results)


def _replaced(result: TaskResult, names: str) -> TaskResult:
    waiting = advance_state(result.state, TaskEvent.RETRY)
    state = advance_state(waiting, TaskEvent.SKIP)
    return replace(result, state=state, why=f"{REPLACED}{names}: {result.why}", replaced=True)


def replan_result(count: int, conversation: Conversation) -> TaskResult:
    """What became of asking, for the ledger and the report."""
    why = explain_no_tasks(conversation)
    state = advance_state(TaskState.RUNNING, TaskEvent.BLOCK if why else TaskEvent.PASS)
    written = ", ".join(task.id for task in read_tasks(conversation))
    again = "" if conversation.rows or why else " (as in an earlier run)"
    text = why or f"planned anew: {written}{again}"
    return TaskResult(name_replan(count), state, text, rows=conversation.rows)


def _describe(context: JobContext, number: int, results: Sequence[TaskResult]) -> str:
    """Goal, what landed, what is left and why, the attempts; nothing from any model's reply."""
    phase, repo = context.job.phases[number], context.repo
    ended = {result.task: result for result in results}
    done = [t for t in phase.tasks if (r := ended.get(t.id)) and r.passed]
    stat = read_diffstat(repo, context.base, repo.branch_head(context.branch))
    rows = [row for result in results for row in result.rows]
    later = [task for each in context.job.phases[number + 1 :] for task in each.tasks]
    return "\n\n".join(
        filter(
            None,
            (
                phase_goal(context, number),
                list_section("Of its tasks these are done, and stay:", [*map(_name_task, done)]),
                fence_section("What the job changed so far:", stat)
                or "The job changed nothing so far.",
                *(_describe_left(task, result) for task, result in list_left(phase, results)),
                list_section("The attempts so far:", [*map(_name_row, rows[-MAX_ROWS:])]),
                list_section(
                    "Later phases follow, which are not yours to write:", [*map(_name_task, later)]
                ),
            ),
        )
    )


MAX_ROWS = 30


def _name_task(task: Task) -> str:
    checks = ", ".join(format_check(check) for check in task.checks)
    return f"{task.id}: {task.file or task.kind}" + (f", proved by {checks}" if checks else "")


def _name_row(row: LedgerRow) -> str:
    return f"{row.task}: {row.number} {row.tier}: {row.outcome}"


def _describe_left(task: Task, result: TaskResult) -> str:
    what = "is blocked, by a fault of the plan" if result.plan_fault else f"is {result.state}"
    source = fence_section(f"Task `{task.id}` {what}:", task.source)
    why = fence_section("Why:", f"{result.why}\n{result.digest}".strip())
    return f"{source}\n\n{why}"
