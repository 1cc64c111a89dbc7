"""Who labels, unlabels, edits or closes an issue, and what is decided then."""

from dataclasses import replace

import pytest
from support.tickets import ISSUE, MONA, STRANGER, US, WHERE, ticket

from bot.github.webhooks import Closed, Edited, Labeled, Unlabeled
from bot.ticket.actions import EndTicket, React, StartJob, Wake
from bot.ticket.stages import Stage, is_over
from handlers.decisions import DecisionContext, decide_issue, issue_needs_permission

NEW = DecisionContext("bricklayer", US)
LABELED = Labeled("issues", "labeled", WHERE, MONA, ISSUE, "bricklayer", "2027-01-01T00:00:00Z")
UNLABELED = Unlabeled("issues", "unlabeled", WHERE, MONA, ISSUE, "bricklayer")
EDITED = Edited("issues", "edited", WHERE, STRANGER, ISSUE, frozenset({"body"}))
CLOSED = Closed("issues", "closed", WHERE, STRANGER, ISSUE)
GOING = [stage for stage in Stage if not is_over(stage)]
OVER = [stage for stage in Stage if is_over(stage)]


@pytest.mark.parametrize("known", [NEW, *(replace(NEW, ticket=ticket(s)) for s in OVER)])
def test_a_writers_label_begins_a_job_where_none_goes_on(known: DecisionContext) -> None:
    assert decide_issue(LABELED, replace(known, sender_can_write=True)) == (
        React("issue", 12, "eyes"),
        StartJob(WHERE, ISSUE, MONA),
        Wake(),
    )


def test_a_label_may_choose_tiers() -> None:
    labels = ("bricklayer", "bricklayer:review=codex", "bricklayer:local=big", "other:local=x")
    chosen = replace(LABELED, issue=replace(ISSUE, labels=labels))
    _, begin, _ = decide_issue(chosen, replace(NEW, sender_can_write=True))
    assert isinstance(begin, StartJob)
    assert dict(begin.choices) == {"reviewer": "codex", "local": "big"}


def test_anybody_elses_label_begins_nothing_and_looks_confused() -> None:
    assert decide_issue(LABELED, NEW) == (React("issue", 12, "confused"),)


@pytest.mark.parametrize("label", ["bug", "brickläyer", "bricklayer ", "brick\u200blayer", ""])
def test_another_label_is_no_label_and_nobody_is_asked_for(label: str) -> None:
    event = replace(LABELED, label=label)
    assert not issue_needs_permission(event, NEW)
    assert decide_issue(event, replace(NEW, sender_can_write=True)) == ()


def test_a_labelled_pull_request_is_no_issue() -> None:
    pull = replace(LABELED, issue=replace(ISSUE, is_pull=True))
    assert decide_issue(pull, replace(NEW, sender_can_write=True)) == ()


@pytest.mark.parametrize("stage", GOING)
def test_the_label_on_what_goes_on_only_wakes_it(stage: Stage) -> None:
    assert decide_issue(LABELED, replace(NEW, sender_can_write=True, ticket=ticket(stage))) == (
        Wake(),
    )


@pytest.mark.parametrize("stage", Stage)
def test_a_writer_who_takes_the_label_off_cancels_what_goes_on(stage: Stage) -> None:
    known = replace(NEW, sender_can_write=True, ticket=ticket(stage))
    found = decide_issue(UNLABELED, known)
    assert bool(found) is not is_over(stage)
    if found:
        over, wake = found
        assert isinstance(over, EndTicket)
        assert over.stage is Stage.CANCELLED
        assert "@mona" in over.why
        assert wake == Wake()
    assert decide_issue(UNLABELED, replace(known, sender_can_write=False)) == ()
    assert decide_issue(replace(UNLABELED, label="bug"), known) == ()


def test_what_is_closed_is_looked_at_and_what_runs_for_it_ends_first() -> None:
    assert decide_issue(CLOSED, replace(NEW, ticket=ticket())) == (Wake(stop=True),)
    assert decide_issue(CLOSED, replace(NEW, ticket=ticket(Stage.MERGED))) == ()


def test_of_an_issue_without_a_job_nothing_is_decided() -> None:
    assert [decide_issue(event, NEW) for event in (UNLABELED, EDITED, CLOSED)] == [(), (), ()]


def test_an_edited_text_is_looked_at() -> None:
    assert decide_issue(EDITED, replace(NEW, ticket=ticket())) == (Wake(),)
