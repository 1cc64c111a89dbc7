"""Tests that a plan holds back: laid on the finished work for the final gate, and nowhere else.

Whoever writes code must learn nothing of them: not their text, not what they print, not how many
there are. So they are in no checkout of a task, in no commit, and in the history of no check; how
they end is told by their name and the plan's one line on them, to a planner alone. A person reads
the rest in the evidence.
"""

import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from bot.git.write_tree import write_tree
from bot.plan import Job
from bot.text.invisible import make_printable
from runners.build.context import JOB_HELD_BACK, JobContext
from runners.build.lanes import OpenLane
from runners.checks.verdict import Verdict
from runners.progress import ProgressEvent

MAX_REASON_CHARACTERS = 300
READ_IT = "its evidence tells a person why: bricklayer show held-back"


def find_red_held_back(context: JobContext, lane: OpenLane, head: str) -> tuple[str, ...]:
    """Which of the tests held back are red on `head`, by the ids of their tasks."""
    job = context.job
    if not job.hidden or context.only:
        return ()
    files = {block.path: block.text.encode() for task in job.hidden for block in task.blocks}
    tree = write_tree(context.repo, context.repo.resolve_rev(head, "tree"), files)
    verdicts: list[Verdict] = []
    red: list[str] = []
    # A folder of its own, gone afterwards: in a lane's what is ignored stays for the next check.
    with tempfile.TemporaryDirectory(prefix="held-", dir=context.folder) as room:
        folder = context.checkout_tree(replace(lane, folder=Path(room)), tree)
        for task in job.hidden:
            ended = [context.run_check(check, folder) for check in task.checks]
            verdicts += ended
            passed = all(verdict.passed for verdict in ended)
            red += [] if passed else [task.id]
            context.report(
                ProgressEvent(
                    "check",
                    f"{task.id}, held back: {'passes' if passed else 'does not pass'}",
                    good=passed,
                )
            )
    context.keep_checks(JOB_HELD_BACK, verdicts)
    return tuple(red)


def explain_held_back(red: Sequence[str]) -> str:
    return f"the final gate: {', '.join(red)}, held back, does not pass; {READ_IT}" if red else ""


def list_reasons(job: Job, red: Sequence[str]) -> list[str]:
    """What a planner is told of each: its name, and the first line of what the plan says of it."""
    texts = {task.id: task.text.strip().partition("\n")[0] for task in job.hidden}
    shown = {name: make_printable(texts.get(name, ""), MAX_REASON_CHARACTERS) for name in red}
    return [f"{name}: {text}" if text else name for name, text in shown.items()]
