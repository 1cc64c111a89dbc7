"""What is decided about reviews, pull requests, checks and pushes: mostly to look."""

from dataclasses import replace

import pytest
from support.tickets import HEAD, MONA, ORIGIN, STRANGER, US, WHERE, ticket

from bot.github.webhooks import (
    Checked,
    Event,
    LineComment,
    Person,
    Pull,
    PullClosed,
    PullLabeled,
    Pushed,
    Ready,
    Review,
    ReviewCommented,
    Reviewed,
    Synchronized,
)
from bot.ticket import messages
from bot.ticket.actions import Notify, Wake
from handlers import decisions
from handlers.decisions import DecisionContext

KNOWN = DecisionContext("", US, ticket=ticket())
PULL = Pull(
    13, HEAD, "bricklayer/12-withdraw", "octocat/bank", merged=False, draft=False, author=US
)
LINE = LineComment(5, STRANGER, "No.", "bank.py", 2, "", HEAD, ORIGIN, 0, 1)


def reviewed(by: Person, state: str, body: str) -> Reviewed:
    review = Review(77, by, state, body, HEAD, ORIGIN)
    return Reviewed("pull_request_review", "submitted", WHERE, by, PULL, review)


@pytest.mark.parametrize(
    ("by", "state", "body", "may", "told"),
    [
        (MONA, "changes_requested", "Do it well.", True, messages.REVIEW_BODY),
        (STRANGER, "changes_requested", "Do it well.", False, messages.NO_WRITE),
        (MONA, "changes_requested", " \n", True, ""),
        (MONA, "commented", "Fine.", True, ""),
        (MONA, "approved", "Ship it.", True, ""),
        (US, "changes_requested", "I said so.", False, ""),
    ],
)
def test_a_reviews_threads_are_looked_at_and_its_own_text_is_answered(
    by: Person, state: str, body: str, *, may: bool, told: str
) -> None:
    found = decisions.decide_review(reviewed(by, state, body), replace(KNOWN, sender_can_write=may))
    assert found == ((Notify(told, "review:77"), Wake()) if told else (Wake(),))


def test_who_closes_a_pull_request_ends_what_runs_for_it() -> None:
    closed = PullClosed("pull_request", "closed", WHERE, MONA, PULL)
    assert decisions.decide_pull(closed, KNOWN) == (Wake(stop=True),)


@pytest.mark.parametrize(
    "event",
    [
        ReviewCommented("pull_request_review_comment", "created", WHERE, STRANGER, PULL, LINE),
        Synchronized("pull_request", "synchronize", WHERE, MONA, PULL),
        Ready("pull_request", "ready_for_review", WHERE, MONA, PULL),
        PullLabeled("pull_request", "labeled", WHERE, MONA, PULL, "bug"),
        Checked("check_run", "completed", WHERE, MONA, HEAD),
        Pushed("push", "", WHERE, MONA, "refs/heads/x", HEAD, HEAD),
    ],
    ids=lambda event: event.name,
)
def test_the_rest_is_looked_at_and_never_believed(event: Event) -> None:
    """The same with a ticket; nothing without one."""
    decide = {
        ReviewCommented: decisions.decide_review,
        Checked: decisions.decide_check_or_push,
        Pushed: decisions.decide_check_or_push,
    }.get(type(event), decisions.decide_pull)
    assert decide(event, KNOWN) == (Wake(),)  # type: ignore[arg-type]
    assert decide(event, replace(KNOWN, ticket=None)) == ()  # type: ignore[arg-type]
