"""Asking the planner for tasks while a job is built: the next epoch, or a task's parts.

It writes `### Task:` sections and nothing else. They are read inside a small plan of their own, by
the same rules as any plan, against the branch as it stands.
"""

import functools
import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from bot.coaching.read_coaching import select_lessons
from bot.coaching.read_guidance import PLANNER_TOKENS, select_guidance
from bot.errors import Fault
from bot.git.diff import read_diffstat
from bot.job_states import TaskEvent, TaskState, advance_state
from bot.plan import Check, Job, Task, add_bite_dependencies, peek_job, written_paths
from bot.plan.planner_calls import name_epoch
from bot.prompts.planner_prompt import PlanRequest
from bot.text.escape import fence_section, list_section
from bot.text.invisible import make_printable
from runners.build.attempt import find_landed_commits
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.planned_tasks import note_written
from runners.build.results import TaskResult
from runners.build.task_run import TaskRun
from runners.planning.block_faults import explain_misfit
from runners.planning.check_results import CheckResult, read_result
from runners.planning.conversation import (
    Conversation,
    PlannerContext,
    ask_planner,
    report_last_call,
)
from runners.planning.draft_checks import DraftStart, find_check_faults
from runners.planning.plan_request import describe_executor, list_checks
from runners.planning.planned_files import predict_files
from runners.planning.planner_map import render_planner_map
from runners.planning.planner_rules import PlanRules, find_plan_faults, gather_rules
from runners.planning.repo_lookup import count_map_tokens, open_repo_lookup
from runners.planning.shown_lines import ShownLines, find_whole_paths

TASK_START = "### Task:"
PLAN_FRAME = "---\ntitle: Round\nchecks: [{checks}]\n---\n\n## Phase: Round\n\n"
FRAME_LINES = PLAN_FRAME.count("\n")
ExtraFaults = Callable[[Job], Sequence[Fault]]
"""What else is wrong with the job that was read; its lines count the frame's."""
ChooseTried = Callable[[Job], Job]
"""The job with the tasks whose checks are tried."""


def ask_round(  # noqa: PLR0913, PLR0917  # where, what is asked, what was said, what is refused
    context: JobContext,
    lane: OpenLane,
    request: PlanRequest,
    conversation: Conversation,
    extra_faults: ExtraFaults,
    query: str,
    choose_tried: ChooseTried = lambda job: job,
) -> Conversation:
    """Make one call and enter it in the job's ledger. Checks of what it writes are tried.

    Raises JobLimitError where nothing more may be spent.
    """
    context.record.require_room()
    head, tier = context.repo.branch_head(context.branch), context.settings.tiers["planner"]
    lookup = open_repo_lookup(context.repo, head, context.config.map)
    rules = gather_rules(context.repo, head, context.config, context.settings, lookup.paths)
    tokens = count_map_tokens(context.settings.planner.map, tier.context)
    shown = render_planner_map(lookup, query, tokens, tier.models)
    request = replace(
        request,
        checks=list_checks(context.config),
        executor=describe_executor(rules.executor),
        coaching=select_lessons(context.repo, context.base, shown.paths, context.request.notes),
        guidance=select_guidance(context.repo, context.plan.rules, shown.paths, PLANNER_TOKENS),
        map_text=shown.text,
    )
    planner = PlannerContext(
        chain=lane.open_chain("planner"),
        tier=tier,
        settings=context.settings.planner,
        lookup=lookup,
        evidence=context.evidence_folder,
        meter=context.meter,
        outages=context.outages,
    )

    def find_faults(text: str, read: Sequence[ShownLines]) -> list[Fault]:
        return _round_faults(
            text,
            replace(rules, seen=find_whole_paths(read)),
            lambda job: [*extra_faults(job), *_try_checks(context, lane, head, choose_tried(job))],
        )

    after = ask_planner(planner, request, conversation, find_faults, TASK_START)
    for row in after.rows[len(conversation.rows) :]:
        context.record.add_attempt(row)
    report_last_call(after, conversation, context.report)
    if after.plan:
        note_written(context, read_tasks(after), after.rows[-1].model)
    return after


def _try_checks(context: JobContext, lane: OpenLane, head: str, job: Job) -> list[Fault]:
    """What its checks say on the branch's head. Preflight, which comes next, knows their ends."""
    left = context.settings.planner.checks

    def run(tree: str, check: Check, makes: Collection[str]) -> CheckResult:
        nonlocal left
        if left <= 0:
            return CheckResult(check.label, "unknown", "the time for checks is used up")
        (verdict,) = context.run_base_checks([check], lane, tree, makes)
        left -= verdict.seconds
        return read_result(verdict, makes)

    start = DraftStart(
        context.repo, head, context.config, lays_blocks=context.settings.sandbox != "none"
    )
    return find_check_faults(start, add_bite_dependencies(job), run) if left else []


def read_tasks(conversation: Conversation) -> tuple[Task, ...]:
    """The tasks of an accepted round."""
    if not conversation.plan:
        return ()
    return add_bite_dependencies(peek_job(PLAN_FRAME.format(checks="") + conversation.plan)).tasks


def explain_no_tasks(conversation: Conversation) -> str:
    """Why no tasks came of it, for a person; empty where some did."""
    if conversation.plan:
        return ""
    if conversation.answer:
        return f"the planner wrote no tasks, but: {conversation.answer}"
    if conversation.failure:
        return conversation.failure
    faults = "; ".join(f"line {fault.line}: {fault.what}" for fault in conversation.faults[:5])
    return f"what the planner wrote was refused {conversation.refusals} times: {faults}"


def find_taken_ids(context: JobContext) -> frozenset[str]:
    """Ids that mean something already: in the plan, in its epochs, on the branch."""
    return frozenset(task.id for task in context.job.tasks) | find_landed_commits(context).keys()


NOT_LATER = "Leave it out: only the plan that a job begins with may hold tests back."


def find_reused_ids(job: Job, ids: Collection[str]) -> list[Fault]:
    hint = "Give each new task a new id."
    reused = [task for task in job.tasks if task.id in ids]
    return [Fault(t.line, f"the id `{make_printable(t.id)}` is taken", hint) for t in reused]


def list_later_faults(context: JobContext, number: int, job: Job) -> list[Fault]:
    """Exact blocks of later phases that would not apply any more behind the tasks of `job`.

    They are told in the first line: what can be changed is what was written now.
    """
    later = context.job.phases[number + 1 :]
    head = context.repo.branch_head(context.branch)
    read = functools.partial(context.repo.read_file, head)
    alone = _list_unfit(replace(job, phases=later), read)
    after = _list_unfit(replace(job, phases=(*job.phases, *later)), read)
    names = {task.id for phase in later for task in phase.tasks}
    return [
        Fault(FRAME_LINES + 1, f"then a later phase's block does not apply: {why}", _LATER_HINT)
        for name, why in after.items()
        if name in names and name not in alone
    ]


_LATER_HINT = "Leave the lines that it changes as they are, or have its file left alone."


def _list_unfit(job: Job, read: Callable[[str], bytes | None]) -> dict[str, str]:
    found = ((name, explain_misfit(f)) for name, f in predict_files(job, read).items())
    return {name: fault.what for name, fault in found if fault}


def _round_faults(text: str, rules: PlanRules, extra_faults: ExtraFaults) -> list[Fault]:
    # Any one check: a plan must name some, and this frame is never built.
    whole = PLAN_FRAME.format(checks=", ".join(list(rules.checks)[:1])) + text
    found = [*find_plan_faults(whole, rules), *extra_faults(peek_job(whole))]
    hidden = peek_job(whole).hidden
    found += [Fault(task.line, "a test that is held back", NOT_LATER) for task in hidden]
    # The pattern is a quick test; a `## ` may also stand inside a fence, so the parser decides.
    if re.search(r"^## ", text, re.MULTILINE) and len(peek_job(whole).phases) > 1:
        found.append(Fault(FRAME_LINES + 1, "a phase of its own", "Write tasks only."))
    return [replace(fault, line=max(1, fault.line - FRAME_LINES)) for fault in found]


EPOCH_INSTRUCTIONS = (
    "Write the next tasks of this phase, 1 to 8, that make its check green: `### Task: ID` sections"
    " and nothing else, no front matter and no phase. Each id is new; `after` names only tasks you"
    " write now."
)
NO_PLANNER = "no planner is configured that could write the next epoch"


def ask_epoch(  # noqa: PLR0913, PLR0917  # which epoch of what, why, and what was said so far
    context: JobContext,
    lane: OpenLane,
    number: int,
    epoch: int,
    why: str,
    conversation: Conversation,
) -> Conversation:
    """Make one call. `why` is what the phase's check said."""
    ids = find_taken_ids(context)

    def extra_faults(job: Job) -> list[Fault]:
        return find_reused_ids(job, ids)

    material = _epoch_material(context, number, why)
    request = PlanRequest(name_epoch(number, epoch), material, EPOCH_INSTRUCTIONS)
    query = f"{phase_goal(context, number)}\n{why}"
    return ask_round(context, lane, request, conversation, extra_faults, query)


def epoch_result(number: int, epoch: int, conversation: Conversation) -> TaskResult:
    """What became of the planning, for the ledger and the report."""
    why = explain_no_tasks(conversation)
    state = advance_state(TaskState.RUNNING, TaskEvent.BLOCK if why else TaskEvent.PASS)
    written = ", ".join(task.id for task in read_tasks(conversation))
    text = why or f"planned {written}"
    return TaskResult(name_epoch(number, epoch), state, text, rows=conversation.rows)


def phase_goal(context: JobContext, number: int) -> str:
    phase = context.job.phases[number]
    goal = f"The job: {context.job.title}\n{context.job.intro}".strip()
    return f"{goal}\n\nThe phase: {phase.title}\n{phase.text}".strip()


def _epoch_material(context: JobContext, number: int, why: str) -> str:
    """Goal, tasks, diffstat and the failure's digest; nothing from any model's reply."""
    done = [f"{task.id}: {task.file or task.kind}" for task in context.job.phases[number].tasks]
    stat = read_diffstat(context.repo, context.base, context.repo.branch_head(context.branch))
    return "\n\n".join(
        (
            phase_goal(context, number),
            list_section("Its tasks, all done:", done),
            fence_section("What the job changed so far:", stat)
            or "The job changed nothing so far.",
            fence_section("The phase is not done, for this check is red:", why),
        )
    )


SPLIT_INSTRUCTIONS = (
    "Write it anew as 2 to 8 smaller tasks: `### Task: ID` sections and nothing else, no front"
    " matter and no phase. All write the same file, each `after` the one before it. Each id is new."
    " Each but the last has a check that is red before it and green after it, or `guard: yes`; the"
    " last one is proved by the checks of the task it replaces, whatever you write."
)


_SPLIT = "split "


def name_split(task: Task) -> str:
    """How the calls stand in the ledger; no task can have such an id."""
    return f"{_SPLIT}{task.id}"


def find_split_task(name: str) -> str:
    """Of which task such a call asked for the parts; empty for any other name."""
    return name.removeprefix(_SPLIT) if name.startswith(_SPLIT) else ""


def ask_split(run: TaskRun, why: str, conversation: Conversation) -> Conversation:
    """Make one call. `why` says how many tokens the task needs."""
    context, task = run.context, run.task
    ids = find_taken_ids(context)

    def extra_faults(job: Job) -> list[Fault]:
        return [*find_reused_ids(job, ids), *_split_faults(task, job)]

    source = fence_section("This task is too large for the model that is to do it:", task.source)
    material = f"The job: {context.job.title}\n\n{source}"
    request = PlanRequest(name_split(task), material, SPLIT_INSTRUCTIONS, warnings=(why,))
    return ask_round(
        context, run.lane, request, conversation, extra_faults, task.text, _without_last
    )


def _without_last(job: Job) -> Job:
    """Of a split task's parts, the last is proved by that task's own checks."""
    *earlier, last = job.phases
    return replace(job, phases=(*earlier, replace(last, tasks=last.tasks[:-1])))


def read_parts(task: Task, conversation: Conversation) -> tuple[Task, ...]:
    """The parts in order. The last keeps the task's id and what proves it, so that git finds it."""
    parts = read_tasks(conversation)
    if not parts:
        return ()
    last = replace(
        parts[-1],
        id=task.id,
        checks=task.checks,
        bites=task.bites,
        waiver=task.waiver,
        guard=task.guard,
        after=task.after,
    )
    return (*(replace(part, waiver=part.waiver or task.waiver) for part in parts[:-1]), last)


def _split_faults(task: Task, job: Job) -> list[Fault]:
    own, hint = written_paths(task), f"All write {make_printable(task.file)}."
    faults = [
        Fault(part.line, f"`{make_printable(part.id)}` writes another file", hint)
        for part in job.tasks
        if part.kind != "code" or not written_paths(part) <= own
    ]
    if len(job.tasks) == 1:
        faults.append(Fault(job.tasks[0].line, "only one task", "Split it into 2 to 8."))
    return faults
