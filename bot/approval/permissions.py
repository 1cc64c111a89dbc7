"""Whose permission is enough, which plans need approval, and how often a person is refused."""

from collections.abc import Collection, Iterator, Sequence
from typing import Literal

from bot.approval.protected_paths import deletion_reason, reasons_in, size_reasons
from bot.config.repository import RepoConfig
from bot.plan import Job
from bot.plan.task_graph import list_touches
from bot.text.invisible import has_hidden
from bot.text.letter_case import is_same_but_case

# The API's roles are admin, write, read and none, with `maintain` told as `write`. `push` is the
# name of `write` in the permissions of a repository: https://docs.github.com/en/rest/collaborators/collaborators#get-repository-permissions-for-a-user
WRITERS = frozenset({"admin", "maintain", "write", "push"})
"""What GitHub calls the permissions of those who may start, approve and coach."""
WINDOW_SECONDS = 3600.0
MAX_DENIALS_A_MINUTE = 3
"""Of one person in one repository: of a flood of comments the others cost no question."""


def can_write(permission: str) -> bool:
    return permission in WRITERS


def label_matches(label: str, configured: str) -> bool:
    """Whether they are one whatever their case: names that only look alike are refused."""
    # GitHub has one label of a name, whatever its case:
    # https://docs.github.com/en/rest/issues/labels#create-a-label
    same = is_same_but_case(label, configured)
    return same and bool(label.strip()) and not has_hidden(label)


def needs_approval(mode: Literal["never", "risky", "always"], risks: Collection[str]) -> bool:
    return mode == "always" or (mode == "risky" and bool(risks))


def find_plan_risks(job: Job, config: RepoConfig) -> tuple[str, ...]:
    """Why a plan needs approval: sorted, in the same words as `find_diff_risks`."""
    touched_paths = [touch for task in job.tasks for touch in list_touches(task)]
    reasons = {why for touch in touched_paths for why in reasons_in(config, touch.path)}
    reasons.update(deletion_reason(touch.path) for touch in touched_paths if touch.how == "delete")
    reasons.update(
        size_reasons(len({touch.path for touch in touched_paths}), _count_lines(job), config)
    )
    reasons.update(_missing_check_reasons(job))
    return tuple(sorted(reasons))


def is_within_rate(times: Sequence[float], now: float, max_times: int, window: float) -> bool:
    """Whether one more is fine, where no more than `most` are within `window` seconds."""
    return sum(1 for time in times if time > now - window) < max_times


def _missing_check_reasons(job: Job) -> Iterator[str]:
    if not job.checks:
        yield "it names no check that all of it must pass at its end"


def _count_lines(job: Job) -> int:
    """Lines that the plan itself brings."""
    return sum(block.text.count("\n") for task in job.tasks for block in task.blocks)
