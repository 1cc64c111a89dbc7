"""The stages of a ticket and the table of moves between them; only `move_stage` changes one."""

from enum import StrEnum

from bot.job_states import IllegalMoveError


class Stage(StrEnum):
    """`planning`: the label is seen, a plan is to be written. `approval`: the plan waits for it.

    `publishing` pushes what was built, or waits for approval of its risks; `ci` waits for checks.
    `settled`: nothing is left to do, as was shown.
    """

    PLANNING = "planning"
    APPROVAL = "approval"
    BUILDING = "building"
    PUBLISHING = "publishing"
    CI = "ci"
    REVIEW = "review"
    BLOCKED = "blocked"
    ANSWERED = "answered"
    SETTLED = "settled"
    MERGED = "merged"
    CLOSED = "closed"
    CANCELLED = "cancelled"


_OVER = frozenset({Stage.ANSWERED, Stage.SETTLED, Stage.MERGED, Stage.CLOSED, Stage.CANCELLED})
_ENDS = frozenset({Stage.BLOCKED, Stage.CLOSED, Stage.CANCELLED, Stage.MERGED})
_ONGOING = frozenset(
    {Stage.PLANNING, Stage.APPROVAL, Stage.BUILDING, Stage.PUBLISHING, Stage.CI, Stage.REVIEW}
)
MOVES: dict[Stage, frozenset[Stage]] = {
    Stage.PLANNING: _ENDS | {Stage.APPROVAL, Stage.BUILDING, Stage.ANSWERED, Stage.SETTLED},
    Stage.APPROVAL: _ENDS | {Stage.BUILDING, Stage.PLANNING},
    # Back to the approval where a person has pushed: what was approved was another head.
    Stage.BUILDING: _ENDS | {Stage.PUBLISHING, Stage.APPROVAL},
    Stage.PUBLISHING: _ENDS | {Stage.CI, Stage.BUILDING},
    Stage.CI: _ENDS | {Stage.REVIEW, Stage.BUILDING, Stage.PUBLISHING},
    # Back to CI where a check fails late: one may be added to a commit at any time.
    # https://docs.github.com/en/rest/checks/runs
    Stage.REVIEW: _ENDS | {Stage.CI, Stage.BUILDING},
    Stage.BLOCKED: _ENDS
    | {Stage.PLANNING, Stage.APPROVAL, Stage.BUILDING, Stage.PUBLISHING, Stage.CI},
    Stage.ANSWERED: frozenset({Stage.PLANNING}),
    Stage.SETTLED: frozenset({Stage.PLANNING}),
    Stage.MERGED: frozenset({Stage.PLANNING}),
    # What was closed can be opened again, and a label be set again: the job goes on where it was.
    Stage.CLOSED: _ONGOING | {Stage.BLOCKED, Stage.MERGED},
    Stage.CANCELLED: _ONGOING | {Stage.BLOCKED, Stage.MERGED, Stage.CLOSED},
}


def move_stage(stage: Stage, to: Stage) -> Stage:
    """Raises IllegalMoveError for a move the table does not have."""
    if to not in MOVES[stage]:
        raise IllegalMoveError(f"a ticket goes not from {stage} to {to}")
    return to


def is_over(stage: Stage) -> bool:
    """Whether nothing but a new label, or a person's command, takes it on."""
    return stage in _OVER
