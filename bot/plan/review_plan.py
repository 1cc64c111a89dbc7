"""The plan of a round that works in a reviewer's findings: each has a test that is red for it.

The tests are there where the round begins, so a task's check is red before it and green after it,
as that of any task: nothing of a model's words decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from bot.plan.followup_plans import render_round
from bot.plan.model import Check, Job, Task
from bot.plan.rework_plan import quote_whole


@dataclass(frozen=True, slots=True)
class ReviewTask:
    """`said` is a model's, about `line` of `path`; `check` is red with the file of tests `test`."""

    id: str
    path: str
    line: int
    said: str
    test: str
    check: Check


def plan_review_tasks(job: Job, findings: Sequence[ReviewTask], number: int) -> str:
    """Those of one file one after another: two tasks of a phase must not write one file at once."""
    tasks: list[Task] = []
    for each in findings:
        before = [other.id for other in tasks if other.file == each.path]
        task = Task(
            each.id,
            file=each.path,
            reads=(each.test,),
            checks=_choose_checks(job, each, alone=len(findings) == 1),
            text=_write_text(each),
        )
        tasks.append(replace(task, after=tuple(before[-1:])))
    return render_round(job, f"rework of findings {number}", tasks)


def _choose_checks(job: Job, finding: ReviewTask, *, alone: bool) -> tuple[Check, ...]:
    """Beside its own, the job's: of several findings those are red until all are settled."""
    own = finding.check
    others = tuple(Check("run", name) for name in job.checks if alone)
    return (own, *(check for check in others if check != own))


def _write_text(finding: ReviewTask) -> str:
    return (
        f"A reviewer wrote about line {finding.line} of this file, as it is now:\n\n"
        f"{quote_whole(finding.said)}\n\n"
        f"The tests in {finding.test} fail for it. Change this file so that they pass; the tests"
        " themselves stay as they are."
    )
