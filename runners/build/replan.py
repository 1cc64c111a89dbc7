"""Tasks that the planner writes while a job is built: the next epoch, or a task in parts.

It writes `### Task:` sections and nothing else. They are read inside a small plan of their own, by
the same rules as any plan, against the branch as it stands.
"""

import re
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace

from bot.coaching.at_commit import lessons
from bot.errors import Fault
from bot.plan import Job, Task, explicit, peek
from bot.prompts.planner_prompt import PlanRequest
from bot.text.invisible import shown
from runners.build.attempt import landed
from runners.build.context import JobContext
from runners.build.lanes import OpenLane
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
        notes=lessons(site.repo, site.base, paths_in(map_, shelf.paths), site.notes),
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
    return explicit(peek(PLAN_FRAME.format(checks="") + talk.plan)).tasks if talk.plan else ()


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
        Fault(task.line, f"the id `{shown(task.id)}` is taken", "Give each new task a new id.")
        for task in job.tasks
        if task.id in ids
    ]


def _round_faults(text: str, measure: Measure, more: ExtraFaults) -> list[Fault]:
    whole = PLAN_FRAME.format(checks=", ".join(list(measure.checks)[:1])) + text
    found = [*plan_faults(whole, measure), *more(peek(whole))]
    if re.search(r"^## ", text, re.MULTILINE) and len(peek(whole).phases) > 1:
        found.append(Fault(_FRAME_LINES + 1, "a phase of its own", "Write tasks only."))
    return [replace(fault, line=max(1, fault.line - _FRAME_LINES)) for fault in found]
