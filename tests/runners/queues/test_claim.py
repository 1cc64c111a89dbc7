"""What is told of work that is lost: what has happened to it, and nothing else."""

import pytest

from runners.queues.claim import Claim, LostReason, WorkLostError

ENDS: dict[LostReason, str] = {
    "cancelled": "cancelled",
    "handed back": "handed back",
    "halted": "halted",
    "taken over": "taken over by another worker",
}


@pytest.mark.parametrize("why", ENDS)
def test_before_a_push_it_is_said_what_became_of_the_work(why: LostReason) -> None:
    """Only what another worker has is taken over: what a person cancelled is nobody's."""

    def find_lost(claim: Claim) -> bool:
        claim.lose(why)
        return False

    claim = Claim("build:1", "here", 1, find_lost)
    with pytest.raises(WorkLostError) as lost:
        claim.require_mine()
    assert str(lost.value) == claim.describe_loss() == ENDS[why]


def test_who_took_it_over_is_named() -> None:
    claim = Claim("build:1", "here", 1)
    claim.lose("taken over", "there")
    assert claim.describe_loss() == "taken over by there"
