"""What is decided about a comment: a writer's commands, and the ticks in our own."""

from dataclasses import replace

import pytest
from support.tickets import ISSUE, MONA, ORIGIN, STRANGER, US, WHERE, proposal, ticket

from bot.github.webhooks import Comment, Commented, Person
from bot.ticket import messages_commands
from bot.ticket.actions import AcceptNotes, AddRequest, Notify, React, Rewrite, RunCommand, Wake
from bot.ticket.hear_words import hear_words
from bot.ticket.places import Place, Request
from bot.ticket.stages import Stage
from bot.ticket.status_comment import render_comment
from handlers.decisions import DecisionContext, comment_needs_permission, decide_comment

KNOWN = DecisionContext("bricklayer", US, sender_can_write=True, ticket=ticket(status_comment=900))


def said(
    body: str, by: Person = MONA, *, sender: Person | None = None, number: int = 31
) -> Commented:
    comment = Comment(number, by, body, "2027-01-01T00:00:00Z", ORIGIN)
    edited = sender is not None
    action = "edited" if edited else "created"
    return Commented("issue_comment", action, WHERE, sender or by, ISSUE, comment, edited)


def test_a_writers_commands_are_obeyed_in_order_each_under_its_mark() -> None:
    react, first, second, wake = decide_comment(said("/pause\n\ntext\n\n/note Use cents."), KNOWN)
    assert react == React("comment", 31, "eyes")
    assert isinstance(first, RunCommand)
    assert isinstance(second, RunCommand)
    assert (first.command.name, first.handled_key) == ("pause", "comment:31:0")
    assert (second.command.text, second.handled_key) == ("Use cents.", "comment:31:1")
    assert (first.by, first.url, wake) == (MONA, ORIGIN, Wake())


@pytest.mark.parametrize(
    ("body", "words"),
    [("/rety", "Did you mean `/retry`?"), ("/tier local=--api_base=x", "it takes TIER=MODEL")],
)
def test_what_is_no_command_is_answered(body: str, words: str) -> None:
    react, told, _ = decide_comment(said(body), KNOWN)
    assert react == React("comment", 31, "confused")
    assert isinstance(told, Notify)
    assert words in told.text


def test_who_may_not_write_gets_a_polite_no_and_nothing_else() -> None:
    assert decide_comment(said("/approve", STRANGER), replace(KNOWN, sender_can_write=False)) == (
        React("comment", 31, "-1"),
        Notify(f"@stranger: {messages_commands.NO_WRITE}", "comment:31:0"),
        Wake(),
    )


@pytest.mark.parametrize(
    "event",
    [
        said("All good."),
        said("> /approve"),
        said("```\n/approve\n```"),
        said("<!-- /approve -->"),
        said("/approve", US),
        said("/approve", STRANGER, sender=MONA),
        said("hello", US, sender=US),
    ],
)
def test_what_says_nothing_to_the_bot_is_left_alone(event: Commented) -> None:
    """Words, quotes, code, our own comments, and what somebody else wrote into another's."""
    assert decide_comment(event, KNOWN) == ()


def test_what_was_dealt_with_is_not_dealt_with_again() -> None:
    known = replace(KNOWN, ticket=ticket(handled=("comment:31:0",)))
    assert decide_comment(said("/cancel"), known) == (Wake(),)


def test_without_a_job_nobody_is_asked_for() -> None:
    assert not comment_needs_permission(said("/approve"), replace(KNOWN, ticket=None))
    assert decide_comment(said("/approve"), replace(KNOWN, ticket=None)) == ()


def test_a_writers_tick_counts_and_the_comment_is_written_anew() -> None:
    one = proposal()
    body = render_comment(ticket(Stage.REVIEW, notes=(one,))).replace("- [ ] ", "- [x] ")
    edited = said(body, US, sender=MONA, number=900)
    assert decide_comment(edited, KNOWN) == (AcceptNotes((one.id,), MONA), Rewrite(), Wake())
    assert decide_comment(edited, replace(KNOWN, sender_can_write=False)) == (Rewrite(), Wake())
    assert decide_comment(said("all gone", US, sender=MONA, number=900), KNOWN) == (
        Rewrite(),
        Wake(),
    )


def test_ticks_in_another_comment_of_ours_count_nothing() -> None:
    body = render_comment(ticket(Stage.REVIEW, notes=(proposal(),))).replace("- [ ] ", "- [x] ")
    assert decide_comment(said(body, US, sender=MONA, number=901), KNOWN) == ()


def on_pull(event: Commented) -> Commented:
    return replace(event, issue=replace(ISSUE, number=13, is_pull=True))


@pytest.mark.parametrize(
    ("event", "place"),
    [
        (said("@bricklayer also add a test."), Place("issue")),
        (on_pull(said("@bricklayer also add a test.")), Place("pull")),
        (on_pull(said("/plan also add a test")), Place("pull")),
        (said("/plan also add a test"), Place("issue")),
    ],
)
def test_plain_words_that_name_the_bot_wait_to_be_worked_in(event: Commented, place: Place) -> None:
    request = Request("comment", 31, place, "mona", "change")
    assert decide_comment(event, KNOWN) == (
        React("comment", 31, "eyes"),
        AddRequest(request, "comment:31:0"),
        Wake(),
    )


def test_words_beside_a_command_are_not_lost_where_they_name_the_bot() -> None:
    found = decide_comment(said("/status\n\n@bricklayer rename it, please."), KNOWN)
    assert [type(one) for one in found] == [React, RunCommand, AddRequest, Wake]
    found = decide_comment(said("/status\n\nIt seems slow."), KNOWN)
    assert [type(one) for one in found] == [React, RunCommand, Wake]


def test_commands_on_the_pull_request_are_answered_there_and_on_the_issue_in_our_comment() -> None:
    _, run, _ = decide_comment(on_pull(said("/explain")), KNOWN)
    assert isinstance(run, RunCommand)
    assert run.place == Place("pull")
    _, run, _ = decide_comment(said("/explain"), KNOWN)
    assert isinstance(run, RunCommand)
    assert run.place is None


def test_a_reply_without_words_is_no_quotation() -> None:
    _, run, _ = decide_comment(said("/cancel"), KNOWN)
    assert isinstance(run, RunCommand)
    after = hear_words(ticket(), run)
    assert "> @" not in render_comment(after)
