"""Candidates that are made side by side wait for each other in their order, and for nobody else."""

import threading
from collections.abc import Callable
from typing import Any

import pytest

from bot.ledger import LedgerRow
from runners.build.attempt_records import Attempt, AttemptRecord, AttemptResult
from runners.build.candidates import CandidateRound

NOBODY: Any = None


@pytest.fixture
def candidates() -> CandidateRound:
    return CandidateRound(
        NOBODY, tuple(Attempt(at + 1, "local", at, 2, at, 3) for at in range(1, 4))
    )


def end(candidate: int, outcome: str, reply: str = "x") -> AttemptRecord:
    attempt = Attempt(candidate + 1, "local", candidate, 2, candidate, 3)
    row = LedgerRow("fix", candidate + 1, "local", "m")
    return AttemptRecord(attempt, AttemptResult(outcome), row, "b" * 40, reply=reply)


def waits(work: Callable[[], object], then: Callable[[], object]) -> object:
    """Whether it waits until then; what it gives."""
    given: list[object] = []
    thread = threading.Thread(target=lambda: given.append(work()), daemon=True)
    thread.start()
    thread.join(0.05)
    assert not given, "it did not wait"
    then()
    thread.join(20)
    return given[0]


def test_only_one_that_comes_before_wins(candidates: CandidateRound) -> None:
    """One that passes stops those behind it, whoever was faster."""
    candidates.note_end(end(2, "passed"))
    assert not candidates.explain_loss(1)
    assert not candidates.explain_loss(2)
    assert candidates.explain_loss(3) == "candidate 2, which goes before it, has passed"


def test_of_equal_replies_the_first_in_order_is_checked(candidates: CandidateRound) -> None:
    """A check begins once the replies before it are in."""
    candidates.note_reply(3, "same", answered=True)
    candidates.note_reply(2, "same", answered=True)
    twin = waits(
        lambda: candidates.wait_for_twin(3),
        lambda: candidates.note_reply(1, "other", answered=True),
    )
    assert twin == 2
    assert candidates.wait_for_twin(2) == 0


def test_replies_that_made_nothing_are_not_equal(candidates: CandidateRound) -> None:
    """Each has its own reason."""
    candidates.note_reply(1, "", answered=True)
    candidates.note_reply(2, "", answered=True)
    assert candidates.wait_for_twin(2) == 0


def test_tokens_are_reserved_in_order(candidates: CandidateRound) -> None:
    """Else one could wait for those of another, which waits for its reply."""
    candidates.wait_to_reserve(1)
    waits(lambda: candidates.wait_to_reserve(2), lambda: candidates.note_reserved(1))
    waits(
        lambda: candidates.wait_to_reserve(3),
        lambda: candidates.note_reply(2, "", answered=False),
    )


def test_a_model_that_is_down_is_waited_for_only_while_others_are_asked(
    candidates: CandidateRound,
) -> None:
    """Those behind it wait for its reply, so their own are enough."""
    candidates.note_end(end(1, "check failed"))
    assert not candidates.explain_unanswered(2)
    candidates.note_reply(3, "tree", answered=True)
    assert candidates.explain_unanswered(2)


def test_a_model_that_is_down_for_all_is_waited_for(candidates: CandidateRound) -> None:
    """Then its server is down, as for any attempt."""
    candidates.note_end(end(1, "stopped", ""))
    candidates.note_reply(3, "", answered=False)
    assert not candidates.explain_unanswered(2)


def test_who_may_not_go_on_waits_for_those_before_it(candidates: CandidateRound) -> None:
    """A limit that is reached stops the job only if nobody before has passed."""
    assert not candidates.wait_for_loss(1)
    told = waits(lambda: candidates.wait_for_loss(2), lambda: candidates.note_end(end(1, "passed")))
    assert told == "candidate 1, which goes before it, has passed"


def test_one_that_ended_before_a_kill_is_known_by_its_record(candidates: CandidateRound) -> None:
    """Nobody waits for what it notes itself."""
    candidates.note_end(end(1, "check failed"))
    candidates.wait_to_reserve(2)
    assert candidates.wait_for_twin(2) == 0
