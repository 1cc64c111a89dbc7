"""The moves of a ticket's life."""

import itertools

import pytest

from bot.job_states import IllegalMoveError
from bot.ticket.stages import MOVES, Stage, is_over, move_stage

OVER = {"answered", "settled", "merged", "closed", "cancelled"}


@pytest.mark.parametrize(("stage", "to"), list(itertools.product(Stage, Stage)))
def test_a_move_is_made_if_the_table_has_it(stage: Stage, to: Stage) -> None:
    if to in MOVES[stage]:
        assert move_stage(stage, to) is to
    else:
        with pytest.raises(IllegalMoveError, match=f"{stage} to {to}"):
            move_stage(stage, to)


def test_every_stage_has_its_moves_and_can_be_begun_anew() -> None:
    """From each there is a way to a new plan, and from whatever goes on to each end."""
    assert set(MOVES) == set(Stage)
    assert {stage for stage in Stage if is_over(stage)} == OVER
    for stage in Stage:
        reached = {stage}
        while more := {to for one in reached for to in MOVES[one]} - reached:
            reached |= more
        assert Stage.PLANNING in reached
        if not is_over(stage):
            assert MOVES[stage] >= {Stage.BLOCKED, Stage.CANCELLED, Stage.CLOSED, Stage.MERGED}


def test_what_is_over_is_built_on_only_where_a_person_can_undo_its_end() -> None:
    """By `/retry` or the label what was cancelled, by reopening it what was closed."""
    again = {stage for stage in Stage if is_over(stage) and Stage.BUILDING in MOVES[stage]}
    assert again == {Stage.CANCELLED, Stage.CLOSED}
