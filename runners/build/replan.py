"""Tasks that the planner writes while a job is built: the next epoch, or a task in parts.

It writes `### Task:` sections and nothing else. They are read inside a small plan of their own, by
the same rules as any plan, against the branch as it stands.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from bot.coaching.at_commit import select_lessons
from bot.errors import Fault
from bot.job_states import TaskEvent, TaskState, advance_state
from bot.plan import Job, Task, name_bitten_tasks, peek_job, written_paths
from bot.prompts.planner_prompt import PlanRequest, bullets, fenced
from bot.text.invisible import make_printable
from runners.build.attempt import landed
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
from runners.build.results import TaskResult, TaskRun
from runners.planning.conversation import Conversation, PlannerContext, ask, tell_last
from runners.planning.repo_lookup import open_repo_lookup, paths_in
from runners.planning.validate import Measure, measure_at, plan_faults

TASK_START = "### Task:"
PLAN_FRAME = "---\ntitle: Round\nchecks: [{checks}]\n---\n\n## Phase: Round\n\n"
_FRAME_LINES = PLAN_FRAME.count("\n")
ExtraFaults = Callable[[Job], Sequence[Fault]]
"""What else is wrong with the job that was read; its lines count the frame's."""


def ask_round(  # noqa: PLR0913, PLR0917  # where, what is asked, what was said, what is refused
    site: JobContext,
    lane: OpenLane,
    brief: PlanRequest,
    talk: Conversation,
    faults: ExtraFaults,
    query: str,
) -> Conversation:
    """Make one call and enter it in the job's ledger."""
    head = site.repo.head(site.branch)
    shelf = open_repo_lookup(site.repo, head, site.config.map)
    measure = measure_at(site.repo, head, site.config, site.settings, shelf.paths)
    map_ = shelf.map.text(query, site.settings.planner.map, site.settings.tiers["planner"].models)
    brief = replace(
        brief,
        checks=tuple((name, check.run) for name, check in site.config.checks.items()),
        notes=select_lessons(site.repo, site.base, paths_in(map_, shelf.paths), site.notes),
        map_=map_,
    )
    tier = site.settings.tiers["planner"]
    desk = PlannerContext(
        lane.tier("planner"), tier, site.settings.planner, shelf, site.folder / "evidence"
    )
    after = ask(desk, brief, talk, lambda text: _round_faults(text, measure, faults), TASK_START)
    for row in after.rows[len(talk.rows) :]:
        site.meter.add(row)
    tell_last(after, talk, site.report)
    return after


def read_tasks(talk: Conversation) -> tuple[Task, ...]:
    """The tasks of an accepted round."""
    return (
        name_bitten_tasks(peek_job(PLAN_FRAME.format(checks="") + talk.plan)).tasks
        if talk.plan
        else ()
    )


def explain_no_tasks(talk: Conversation) -> str:
    """Why no tasks came of it, for a person; empty where some did."""
    if talk.plan:
        return ""
    if talk.answer:
        return f"the planner wrote no tasks, but: {talk.answer}"
    if talk.gone:
        return talk.gone
    faults = "; ".join(f"line {fault.line}: {fault.what}" for fault in talk.faults[:5])
    return f"what the planner wrote was refused {talk.refused} times: {faults}"


def find_taken_ids(site: JobContext) -> frozenset[str]:
    """Ids that mean something already: in the plan, in its epochs, on the branch."""
    return frozenset(task.id for task in site.job.tasks) | landed(site).keys()


def find_reused_ids(job: Job, ids: Collection[str]) -> list[Fault]:
    return [
        Fault(
            task.line,
            f"the id `{make_printable(task.id)}` is taken",
            "Give each new task a new id.",
        )
        for task in job.tasks
        if task.id in ids
    ]


def _round_faults(text: str, measure: Measure, more: ExtraFaults) -> list[Fault]:
    whole = PLAN_FRAME.format(checks=", ".join(list(measure.checks)[:1])) + text
    found = [*plan_faults(whole, measure), *more(peek_job(whole))]
    if re.search(r"^## ", text, re.MULTILINE) and len(peek_job(whole).phases) > 1:
        found.append(Fault(_FRAME_LINES + 1, "a phase of its own", "Write tasks only."))
    return [replace(fault, line=max(1, fault.line - _FRAME_LINES)) for fault in found]


EPOCH_INSTRUCTIONS = (
    "Write the next tasks of this phase, 1 to 8, that make its check green: `### Task: ID` sections"
    " and nothing else, no front matter and no phase. Each id is new; `after` names only tasks you"
    " write now."
)
NO_PLANNER = "no planner is configured that could write the next epoch"


def name_epoch(number: int, epoch: int) -> str:
    """How an epoch's calls stand in the ledger; no task can have such an id."""
    return f"epoch {number + 1}.{epoch}"


def ask_epoch(  # noqa: PLR0913, PLR0917  # which epoch of what, why, and what was said so far
    site: JobContext, lane: OpenLane, number: int, epoch: int, why: str, talk: Conversation
) -> Conversation:
    """Make one call. `why` is what the phase's check said."""
    ids = find_taken_ids(site)

    def more(job: Job) -> list[Fault]:
        return find_reused_ids(job, ids)

    brief = PlanRequest(
        name_epoch(number, epoch), _epoch_material(site, number, why), EPOCH_INSTRUCTIONS
    )
    return ask_round(site, lane, brief, talk, more, f"{_phase_goal(site, number)}\n{why}")


def epoch_result(number: int, epoch: int, talk: Conversation) -> TaskResult:
    """What became of the planning, for the ledger and the report."""
    why = explain_no_tasks(talk)
    state = advance_state(TaskState.RUNNING, TaskEvent.BLOCK if why else TaskEvent.PASS)
    written = ", ".join(task.id for task in read_tasks(talk))
    return TaskResult(name_epoch(number, epoch), state, why or f"planned {written}", rows=talk.rows)


def _phase_goal(site: JobContext, number: int) -> str:
    phase = site.job.phases[number]
    goal = f"The job: {site.job.title}\n{site.job.intro}".strip()
    return f"{goal}\n\nThe phase: {phase.title}\n{phase.text}".strip()


def _epoch_material(site: JobContext, number: int, why: str) -> str:
    """Goal, tasks, diffstat and the failure's digest. Nothing of what any model said."""
    done = [f"{task.id}: {task.file or task.kind}" for task in site.job.phases[number].tasks]
    stat = site.repo.diffstat(site.base, site.repo.head(site.branch))
    return "\n\n".join(
        (
            _phase_goal(site, number),
            bullets("Its tasks, all done:", done),
            fenced("What the job changed so far:", stat) or "The job changed nothing so far.",
            fenced("The phase is not done, for this check is red:", why),
        )
    )


SPLIT_INSTRUCTIONS = (
    "Write it anew as 2 to 8 smaller tasks: `### Task: ID` sections and nothing else, no front"
    " matter and no phase. All write the same file, each `after` the one before it. Each id is new."
    " Each but the last has a check that is red before it and green after it, or `guard: yes`; the"
    " last one is proved by the checks of the task it replaces, whatever you write."
)


def name_split(task: Task) -> str:
    """How the calls stand in the ledger; no task can have such an id."""
    return f"split {task.id}"


def ask_split(turn: TaskRun, why: str, talk: Conversation) -> Conversation:
    """Make one call. `why` says how many tokens the task needs."""
    site, task = turn.site, turn.task
    ids = find_taken_ids(site)

    def more(job: Job) -> list[Fault]:
        return [*find_reused_ids(job, ids), *_split_faults(task, job)]

    told = fenced("This task is too large for the model that is to do it:", task.source)
    brief = PlanRequest(
        name_split(task), f"The job: {site.job.title}\n\n{told}", SPLIT_INSTRUCTIONS, told=(why,)
    )
    return ask_round(site, turn.lane, brief, talk, more, task.text)


def read_parts(task: Task, talk: Conversation) -> tuple[Task, ...]:
    """The parts in order. The last keeps the task's id and what proves it, so that git finds it."""
    parts = read_tasks(talk)
    if not parts:
        return ()
    last = replace(
        parts[-1],
        id=task.id,
        checks=task.checks,
        bites=task.bites,
        guard=task.guard,
        after=task.after,
    )
    return (*parts[:-1], last)


def _split_faults(task: Task, job: Job) -> list[Fault]:
    own = written_paths(task)
    faults = [
        Fault(
            part.line,
            f"`{make_printable(part.id)}` writes another file",
            f"All write {make_printable(task.file)}.",
        )
        for part in job.tasks
        if part.kind != "code" or not written_paths(part) <= own
    ]
    if len(job.tasks) == 1:
        faults.append(Fault(job.tasks[0].line, "only one task", "Split it into 2 to 8."))
    return faults
