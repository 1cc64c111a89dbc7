"""Who may ask, and what wants a person's yes. Whom GitHub knows is asked elsewhere."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from bot.approval.diff_risks import diff_risks
from bot.approval.protected_paths import deletes, reasons_for, too_many
from bot.config.repository import RepoConfig
from bot.plan import Job
from bot.plan.task_graph import touches
from bot.text.invisible import in_prose

__all__ = [
    "WRITERS",
    "allowed",
    "can_write",
    "diff_risks",
    "label_matches",
    "needs_approval",
    "plan_risks",
]

WRITERS = frozenset({"admin", "maintain", "write", "push"})
"""What GitHub calls the permissions of those who may start, approve and coach."""


def can_write(permission: str) -> bool:
    return permission in WRITERS


def label_matches(label: str, configured: str) -> bool:
    """Whether they are one, letter by letter: what only looks alike is somebody's trap."""
    return label == configured and bool(label.strip()) and not in_prose(label)


def needs_approval(mode: Literal["never", "risky", "always"], risks: Collection[str]) -> bool:
    return mode == "always" or (mode == "risky" and bool(risks))


def plan_risks(job: Job, config: RepoConfig) -> tuple[str, ...]:
    """Why a plan wants a yes: sorted, and in the words that `diff_risks` has for the same."""
    touched = [touch for task in job.tasks for touch in touches(task)]
    found = {why for touch in touched for why in reasons_for(touch.path, config.protect.paths)}
    found.update(deletes(touch.path) for touch in touched if touch.how == "delete")
    found.update(too_many(len({touch.path for touch in touched}), _lines(job), config))
    found.update(_unproven(job))
    return tuple(sorted(found))


def allowed(times: Sequence[float], now: float, most: int, window: float) -> bool:
    """Whether one more is fine, where no more than `most` are within `window` seconds."""
    return sum(1 for time in times if time > now - window) < most


def _unproven(job: Job) -> Iterator[str]:
    if not job.checks:
        yield "it names no check that all of it must pass at its end"


def _lines(job: Job) -> int:
    """Lines that the plan itself brings."""
    return sum(block.text.count("\n") for task in job.tasks for block in task.blocks)
