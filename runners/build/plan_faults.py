"""What a build found wrong with its plan, noted as it is met: typed, with who had planned it."""

import time
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from bot.git.diff import count_changed_lines
from bot.ledger import AttemptOutcome
from bot.plan import Task, planned_paths
from bot.plan.planner_calls import is_replan
from runners.build.context import JobContext
from runners.build.planned_tasks import name_payer
from runners.build.replan import find_split_task
from runners.build.results import TaskResult
from runners.log_failure import log_failure
from runners.planning.plan_quality import digest_task

if TYPE_CHECKING:
    from bot.storage.plan_facts import FaultKind, PlanFact, PlannedTask

MAX_MISSED = 20
"""Files of one job."""


def note_faults(context: JobContext, results: Sequence[TaskResult], head: str = "") -> None:
    """What is known of them so far; `head` is the branch's at the end. Twice changes nothing."""
    from bot.storage.plan_facts import PlanFactStore  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    store = PlanFactStore(context.record.engine)
    repo, job = context.record.repo_key, name_payer(context)
    digests = [digest_task(task) for task in context.job.tasks]
    planned = store.find_tasks(repo, digests, job)
    authors = _Authors(context, planned)
    found = [*_find_faults(authors, results), *_find_missed(authors, head)]
    store.note_facts(found)


def note_faults_at_end(context: JobContext, results: Sequence[TaskResult], head: str) -> None:
    """Whatever goes wrong with these counts is told, and the job ends as it would have."""
    try:
        note_faults(context, results, head)
    except Exception as exc:  # noqa: BLE001  # of whatever kind
        log_failure(exc, f"{context.job.title}: what its plan lacked is not counted")


class _Authors:
    """Who planned what; a plan that a person wrote, or changed, has no author here."""

    def __init__(self, context: JobContext, planned: "Sequence[PlannedTask]") -> None:
        self.context = context
        self.planned = planned
        by_digest = {each.digest: each for each in planned}
        by_name = {each.name: each for each in planned if each.job == name_payer(context)}
        own = {task.id: by_digest.get(digest_task(task)) for task in context.job.tasks}
        self._of_task = {**by_name, **own}

    def find(self, task: str) -> "PlannedTask | None":
        return self._of_task.get(task)

    def find_any(self) -> "PlannedTask | None":
        return next((each for each in self._of_task.values() if each), None)

    def make(
        self, kind: "FaultKind", subject: str, says: str, by: "PlannedTask | None"
    ) -> "PlanFact":
        from bot.storage.plan_facts import PlanFact  # noqa: PLC0415  # SQLAlchemy: 0.2 s

        row = self.context.record.row
        plan, model = (by.plan, by.model) if by else ("", "")
        first = says.strip().split("\n", 1)[0]
        return PlanFact(
            self.context.record.repo_key, row.id, kind, subject, first, plan, model, time.time()
        )


def _find_faults(authors: _Authors, results: Sequence[TaskResult]) -> "Iterator[PlanFact]":
    from bot.storage.plan_facts import FaultKind  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    for result in results:
        if is_replan(result.task):
            if result.rows:
                yield authors.make(FaultKind.REPLANNED, result.task, result.why, authors.find_any())
            continue
        for split in {find_split_task(row.task) for row in result.rows} - {""}:
            by = authors.find(split)
            says = "it had to be split"
            subject = by.files[0] if by and by.files else split
            yield authors.make(FaultKind.TOO_LARGE, subject, says, by)
        if kind := find_fault_kind(result):
            by, task = authors.find(result.task), _find_task(authors.context, result.task)
            subject = _name_subject(kind, task, by) or result.task
            yield authors.make(kind, subject, result.why.removeprefix("plan fault: "), by)


def find_fault_kind(result: TaskResult) -> "FaultKind | None":
    """What of the plan blocked a task; None where nothing did."""
    from bot.storage.plan_facts import FaultKind  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    if result.struck:
        return FaultKind.STRIKES
    if not result.plan_fault:
        return None
    own = [row for row in result.rows if row.task == result.task]
    exact = [row.outcome for row in own if row.tier == "manifest"]
    if own and all(row.outcome == AttemptOutcome.TOO_LARGE for row in own):
        return FaultKind.TOO_LARGE
    if exact and (len(exact) == len(own) or exact[0] != AttemptOutcome.CHECK_FAILED):
        return FaultKind.BLOCKS_REFUSED
    return FaultKind.IMPOSSIBLE_CHECK


def _find_task(context: JobContext, name: str) -> Task | None:
    return next((task for task in context.job.tasks if task.id == name), None)


def _name_subject(kind: "FaultKind", task: Task | None, by: "PlannedTask | None") -> str:
    if kind == "impossible check":
        return ", ".join(check.label for check in task.checks) if task else by.checks if by else ""
    file = (task.file or next((b.path for b in task.blocks), "")) if task else ""
    return file or (by.files[0] if by and by.files else "")


def _find_missed(authors: _Authors, head: str) -> "Iterator[PlanFact]":
    """Files that were changed though no task of the plan named them.

    Of a round the plan is people's words or CI's: there those count that the issue's plan missed.
    """
    from bot.storage.plan_facts import FaultKind  # noqa: PLC0415  # SQLAlchemy: 0.2 s

    context = authors.context
    if context.request.aim:
        own = [each for each in authors.planned if each.job == name_payer(context)]
        named = {path for each in own for path in each.files}
        changed, says = planned_paths(context.plan.job), "a round of CI or a review had to"
        by = own[-1] if own else None
    elif head and head != context.base:
        named = set(planned_paths(context.plan.job))
        changed = frozenset(count_changed_lines(context.repo, context.base, head))
        by, says = authors.find_any(), "the build had to"
    else:
        return
    # Of a plan that a person wrote nothing is said.
    for path in sorted(changed - named)[:MAX_MISSED] if by else ():
        yield authors.make(FaultKind.MISSED_FILE, path, says, by)
