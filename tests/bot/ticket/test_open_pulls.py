"""No more pull requests are open at a time than the settings say, whatever looks at once."""

from dataclasses import replace

import pytest

from bot.ticket.model import RemoteState, Ticket, Where
from bot.ticket.open_pulls import explain_full
from bot.ticket.stages import Stage

HERE, THERE = Where("o/r", 7), Where("o/s", 8)


def job(issue: int, *, where: Where = HERE, pull: int = 0, stage: str = "planning") -> Ticket:
    remote = RemoteState(pull=pull)
    return Ticket(where, issue, stage=Stage(stage), labelled_at=float(issue), remote=remote)


OPEN = [job(n, pull=n, stage="review") for n in (1, 2, 3)]


def test_a_place_is_free_once_a_pull_request_is_not_open_any_more() -> None:
    new = job(9)
    assert "3 jobs are under way of this repository, and 3 may" in explain_full(new, OPEN, 9, 3)
    assert explain_full(new, OPEN, 9, 4) == ""
    for over in ("merged", "closed", "cancelled"):
        assert explain_full(new, [*OPEN[:2], replace(OPEN[2], stage=Stage(over))], 9, 3) == ""
    assert explain_full(new, [*OPEN[:2], replace(OPEN[2], stage=Stage.BLOCKED)], 9, 3)


def test_other_repositories_count_for_the_machine_alone() -> None:
    others = [job(n, where=THERE, pull=n, stage="ci") for n in (1, 2, 3)]
    assert explain_full(job(9), others, 9, 1) == ""
    assert "`open_pulls`" in explain_full(job(9), others, 3, 9)


def test_of_many_that_look_at_once_the_earliest_begin() -> None:
    """Whatever each of them sees, no more begin than there are places."""
    new = [job(n) for n in range(10, 20)]
    begin = [one.issue for one in new if not explain_full(one, [*OPEN, *new], 9, 5)]
    assert begin == [10, 11]


@pytest.mark.parametrize(
    "waiting",
    [{"paused": True}, {"waits_for": ("#1",)}, {"question_open": True}],
)
def test_who_waits_for_something_else_holds_no_place(waiting: dict[str, object]) -> None:
    first = replace(job(1), **waiting)  # type: ignore[arg-type]  # one of its fields
    assert explain_full(job(2), [first], 1, 1) == ""


def test_a_job_that_has_its_pull_request_goes_on() -> None:
    assert explain_full(OPEN[0], OPEN, 1, 1) == ""
