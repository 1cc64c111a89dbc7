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
from bot.ticket import messages_commands
from bot.ticket.actions import AddRequest, Notify, React, RunCommand, Wake
from bot.ticket.findings import Finding
from bot.ticket.hear_words import hear_words
from bot.ticket.keys import line_comment_key, review_key, thread_comment_key
from bot.ticket.places import Place, Request
from bot.ticket.stages import Stage
from handlers import decisions, review_decisions
from handlers.decisions import DecisionContext

KNOWN = DecisionContext("", US, ticket=ticket())
PULL = Pull(
    13, HEAD, "bricklayer/12-withdraw", "octocat/bank", merged=False, draft=False, author=US
)
LINE = LineComment(5, STRANGER, "No.", "bank.py", 2, "", HEAD, ORIGIN, 0, 1)


def reviewed(by: Person, state: str, body: str) -> Reviewed:
    review = Review(77, by, state, body, HEAD, ORIGIN, "2027-01-01T00:00:00Z", "PRR_77")
    return Reviewed("pull_request_review", "submitted", WHERE, by, PULL, review)


PULL_PLACE = Place("pull")
ASKED = Request("review", 77, PULL_PLACE, "mona", "change")


def answered(text: str, by: str = "mona") -> Notify:
    return Notify(f"@{by}: {text}", "review:77", PULL_PLACE)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("by", "state", "body", "may", "done"),
    [
        (
            MONA,
            "changes_requested",
            "Use cents there.",
            True,
            ("eyes", AddRequest(ASKED, "review:77")),
        ),
        (MONA, "commented", "Rename it.", True, ("eyes", AddRequest(ASKED, "review:77"))),
        (MONA, "approved", "Rename it.", True, ("eyes", AddRequest(ASKED, "review:77"))),
        (
            *(MONA, "commented", "Why is it needed?", True),
            ("eyes", AddRequest(replace(ASKED, ask="question"), "review:77")),
        ),
        (
            STRANGER,
            "changes_requested",
            "Use cents there.",
            False,
            ("-1", messages_commands.NO_WRITE),
        ),
        (STRANGER, "commented", "@bricklayer do it.", False, ("-1", messages_commands.NO_WRITE)),
        (STRANGER, "commented", "Use cents there.", False, ()),
        (MONA, "changes_requested", " \n", True, ()),
        (MONA, "commented", "@other what do you think?", True, ()),
        (MONA, "commented", "Fine.", True, ("+1",)),
        (MONA, "approved", "LGTM", True, ("+1",)),
        (MONA, "changes_requested", "Close.", True, ("+1",)),
        (US, "changes_requested", "I said so.", False, ()),
    ],
)
def test_a_reviews_own_text_is_heard_whatever_its_verdict_and_answered_on_the_pull_request(
    by: Person, state: str, body: str, *, may: bool, done: tuple[object, ...]
) -> None:
    found = review_decisions.decide_review(
        reviewed(by, state, body), replace(KNOWN, sender_can_write=may)
    )
    wanted = [
        React("review", 77, each, "PRR_77")  # type: ignore[arg-type]
        if at == 0
        else answered(each, by.login)
        if isinstance(each, str)
        else each
        for at, each in enumerate(done)
    ]
    assert found == (*wanted, Wake())


@pytest.mark.parametrize(
    ("stage", "commit", "body", "told"),
    [
        (Stage.APPROVAL, HEAD, "", ""),
        (Stage.APPROVAL, HEAD, "LGTM", ""),
        (Stage.APPROVAL, "f" * 40, "", "not the commit that waits for approval"),
        (Stage.PUBLISHING, HEAD, "", "An approving review is not enough here"),
    ],
)
def test_githubs_approve_is_for_the_plan_and_for_the_commit_that_was_shown(
    stage: Stage, commit: str, body: str, told: str
) -> None:
    waiting = ticket(stage, approval_key=ticket().plan_key, asked_at=1.0)
    known = replace(KNOWN, ticket=waiting, sender_can_write=True)
    event = reviewed(MONA, "approved", body)
    event = replace(event, review=replace(event.review, commit=commit))
    react, done, _ = review_decisions.decide_review(event, known)
    assert react == React("review", 77, "confused" if told else "eyes", "PRR_77")
    if told:
        assert isinstance(done, Notify)
        assert told in done.text
        return
    assert isinstance(done, RunCommand)
    after = hear_words(waiting, done)
    assert after.approval.granted_key == waiting.plan_key
    assert [answer.place for answer in after.outbox] == [PULL_PLACE]


def test_commands_of_a_review_or_a_thread_are_answered_there() -> None:
    known = replace(KNOWN, sender_can_write=True)
    _, run, _ = review_decisions.decide_review(reviewed(MONA, "commented", "/explain"), known)
    assert isinstance(run, RunCommand)
    assert (run.place, run.command.name) == (PULL_PLACE, "explain")
    line = replace(LINE, author=MONA, body="/status", in_reply_to=4)
    event = ReviewCommented("pull_request_review_comment", "created", WHERE, MONA, PULL, line)
    _, run, _ = review_decisions.decide_line_comment(event, known)
    assert isinstance(run, RunCommand)
    after = hear_words(ticket(), run)
    assert not after.reply
    (answer,) = after.outbox
    assert answer.place == Place("thread", 4)
    assert answer.text.startswith("@mona: building.")
    assert review_decisions.decide_line_comment(event, replace(known, ticket=after)) == (Wake(),)


@pytest.mark.parametrize("body", ["/confirm", "/dismiss it is checked above", "False alarm."])
def test_a_verdict_on_a_finding_is_read_by_the_loop_in_its_thread(body: str) -> None:
    """Elsewhere the commands are answered with where to say them; who may not write is refused."""
    finding = Finding("f", HEAD, "m", "bank.py", 2, "it adds", comment=4)
    found = replace(ticket(), findings=(finding,))
    line = replace(LINE, author=MONA, body=body, in_reply_to=4)
    event = ReviewCommented("pull_request_review_comment", "created", WHERE, MONA, PULL, line)
    known = replace(KNOWN, ticket=found, sender_can_write=True)
    done = review_decisions.decide_line_comment(event, known)
    assert done == (React("line", 5, "+1"), Wake())
    refused = review_decisions.decide_line_comment(event, replace(known, sender_can_write=False))
    assert React("line", 5, "+1") not in refused
    elsewhere = review_decisions.decide_line_comment(event, replace(known, ticket=ticket()))
    for run in elsewhere:
        if isinstance(run, RunCommand):
            assert "say it there" in hear_words(ticket(), run).outbox[0].text


EDITS = [
    ("Looks good.", "Use cents.", True),
    ("Use cents.", "Use cents!", True),
    ("Use cents.", "/retry", True),
    ("Use cents.", " Use  cents. ", False),
    ("Use cents.", "Thanks!", False),
    ("", "Use cents.", False),
]
"""Before, after, and whether that asks for something which it did not ask for before."""


@pytest.mark.parametrize("kind", ["line", "review"])
@pytest.mark.parametrize(("before", "after", "told"), EDITS)
@pytest.mark.parametrize("by", [MONA, STRANGER])
def test_an_edit_of_what_was_heard_in_a_review_is_answered_once_and_starts_nothing(
    kind: str, before: str, after: str, told: bool, by: Person
) -> None:
    """In its thread, or on the pull request; without a webhook nobody knows what stood there."""
    known = replace(KNOWN, sender_can_write=by is MONA)
    if kind == "line":
        line = replace(LINE, id=9, author=MONA, body=after, in_reply_to=5)
        name = "pull_request_review_comment"
        event: Event = ReviewCommented(
            name, "edited", WHERE, by, PULL, line, edited=True, before=before
        )
        known = replace(known, ticket=ticket().with_handled(thread_comment_key(5, 9)))
        decide, place = review_decisions.decide_line_comment, Place("thread", 5)
    else:
        event = replace(reviewed(MONA, "commented", after), action="edited", before=before)
        event = replace(event, sender=by)
        known = replace(known, ticket=ticket().with_handled(review_key(77)))
        decide, place = review_decisions.decide_review, PULL_PLACE  # type: ignore[assignment]
    done = decide(event, known)  # type: ignore[arg-type]
    if not told or by is not MONA:
        assert done == (Wake(),)
        return
    react, notify, wake = done
    assert isinstance(notify, Notify)
    assert (react.content, notify.place, wake) == ("confused", place, Wake())  # type: ignore[union-attr]
    assert "say it in a new comment" in notify.text
    assert known.ticket
    again = replace(known, ticket=hear_words(known.ticket, notify))
    assert decide(event, again) == (Wake(),)  # type: ignore[arg-type]


def test_an_edit_in_a_thread_that_was_not_read_yet_is_read_as_it_is_now() -> None:
    line = replace(LINE, id=9, author=MONA, body="Use cents.", in_reply_to=5)
    event = ReviewCommented(
        "pull_request_review_comment", "edited", WHERE, MONA, PULL, line, edited=True, before="Hm."
    )
    done = review_decisions.decide_line_comment(event, replace(KNOWN, sender_can_write=True))
    assert done == (React("line", 9, "eyes"), Wake())


def test_an_edit_of_words_on_a_line_that_still_wait_is_read_when_it_is_their_turn() -> None:
    """As at the plan's gate; another comment's number on a line says nothing about them."""
    line = replace(LINE, id=9, author=MONA, body="Use cents.", in_reply_to=5)
    event = ReviewCommented(
        "pull_request_review_comment", "edited", WHERE, MONA, PULL, line, edited=True, before="Hm."
    )
    for kind, waits in (("line", True), ("comment", False)):
        request = Request(kind, 9, Place("thread", 5), "mona", "change")  # type: ignore[arg-type]
        heard = replace(ticket(), requests=(request,)).with_handled(line_comment_key(9))
        known = replace(KNOWN, ticket=heard, sender_can_write=True)
        done = review_decisions.decide_line_comment(event, known)
        assert (done == (Wake(),)) is waits


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
        ReviewCommented: review_decisions.decide_line_comment,
        Checked: decisions.decide_check_or_push,
        Pushed: decisions.decide_check_or_push,
    }.get(type(event), decisions.decide_pull)
    assert decide(event, KNOWN) == (Wake(),)  # type: ignore[arg-type]
    assert decide(event, replace(KNOWN, ticket=None)) == ()  # type: ignore[arg-type]
