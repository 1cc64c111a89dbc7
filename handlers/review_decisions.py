"""Decides what a review and a comment on a line ask for: pure functions of event and context."""

from typing import TYPE_CHECKING

from bot.github.webhooks import ReviewCommented, Reviewed
from bot.ticket import messages_review
from bot.ticket.actions import Action, RunCommand, Wake
from bot.ticket.addressing import For, bot_names, find_addressee
from bot.ticket.authorship import is_ours
from bot.ticket.commands import (
    Command,
    parse_commands,
)
from bot.ticket.findings import find_by_comment
from bot.ticket.keys import find_newest_in_thread, line_comment_key, review_key
from bot.ticket.model import Ticket
from bot.ticket.places import Place
from bot.ticket.spoken_command import find_spoken_command
from bot.ticket.stages import Stage, is_over
from bot.ticket.suggestions import find_suggestions
from bot.ticket.verdict_words import VERDICT_COMMANDS, read_verdict
from bot.ticket.words import Ask, read_ask
from handlers.late_edits import decide_late_line_edit, decide_late_review_edit
from handlers.word_decisions import (
    Found,
    SpokenWords,
    answer_words,
    decide_plain_words,
    decide_words,
    names_bot,
    parse_unix_time,
    planned_issue,
)

if TYPE_CHECKING:
    from handlers.decisions import DecisionContext


def review_needs_permission(event: Reviewed, context: "DecisionContext") -> bool:
    """Where its text or its verdict may be about a job of ours."""
    return context.ticket is not None and not _is_own_review(event, context)


def decide_review(event: Reviewed, context: "DecisionContext") -> tuple[Action, ...]:
    """A review's own text is on no line: it is answered on the pull request.

    Its threads are read by the loop.
    """
    review, ticket = event.review, context.ticket
    if ticket is None:
        return ()
    dismissed = review.state == "dismissed" or event.sender.id != review.author.id
    heard = ticket.was_handled(review_key(review.id))
    if _is_own_review(event, context) or dismissed or heard:
        is_edit = heard and not dismissed and not _is_own_review(event, context)
        return decide_late_review_edit(event, context) if is_edit else (Wake(),)
    spoken = SpokenWords(
        *("review", review.id, event.sender, review.body, Place("pull"), review.url),
        at=parse_unix_time(review.submitted_at),
        node=review.node,
    )
    found = parse_commands(review.body)
    others = find_addressee(review.body, bot_names(context.bot_account)) == "others"
    wishes = not found and not others and read_ask(review.body) == "change"
    approves = review.state == "approved" and context.sender_can_write
    if approves and not found and not wishes and (by := _decide_approval(event, spoken, ticket)):
        return by
    if not review.body.strip() or (others and not found):
        return (Wake(),)
    if not context.sender_can_write and not _expects_answer(event, context, found):
        return (Wake(),)
    return decide_words(spoken, context, found)


def _expects_answer(event: Reviewed, context: "DecisionContext", found: Found) -> bool:
    """Of somebody who may not write: a command, the bot's name, or a demand."""
    asks = event.review.state == "changes_requested"
    return bool(found) or asks or names_bot(event.review.body, context)


def _decide_approval(event: Reviewed, spoken: SpokenWords, ticket: Ticket) -> tuple[Action, ...]:
    """GitHub's own Approve is for the plan where that waits, and for the commit that was shown."""
    approval = ticket.approval
    if not approval.key:
        return ()
    if ticket.stage is Stage.PUBLISHING:
        said = messages_review.approve_the_diff(approval.code)
        return (spoken.react("confused"), answer_words(spoken, said), Wake())
    if ticket.stage is not Stage.APPROVAL:
        return ()
    # A review names the commit that its author looked at:
    # https://docs.github.com/en/rest/pulls/reviews#get-a-review-for-a-pull-request
    if event.review.commit != ticket.remote.head:
        said = messages_review.approved_another_head(event.review.commit, approval.code)
        return (spoken.react("confused"), answer_words(spoken, said), Wake())
    run = RunCommand(
        *(Command("approve", (approval.code,)), event.sender, spoken.url, spoken.handled_key()),
        planned_issue(ticket),
        *(spoken.at, spoken.place),
    )
    return (spoken.react("eyes"), run, Wake())


def _is_own_review(event: Reviewed, context: "DecisionContext") -> bool:
    return is_ours(event.review.author, event.review.body, context.bot_account)


def line_needs_permission(event: ReviewCommented, context: "DecisionContext") -> bool:
    return context.ticket is not None and not _is_own_line(event, context)


def decide_line_comment(event: ReviewCommented, context: "DecisionContext") -> tuple[Action, ...]:
    """Commands of a thread are answered in it; its words are read by the loop, all of the thread's.

    At the plan's gate no thread is read: there its words ask for another plan.
    """
    comment, ticket = event.comment, context.ticket
    if ticket is None:
        return ()
    whom = find_addressee(comment.body, bot_names(context.bot_account))
    found = parse_commands(comment.body)
    by_author = event.sender.id == comment.author.id
    thread = comment.in_reply_to or comment.id
    if _is_own_line(event, context) or not by_author or (whom == "others" and not found):
        return (Wake(),)
    worked_in = comment.id <= find_newest_in_thread(ticket.handled, thread)
    if worked_in or ticket.was_handled(line_comment_key(comment.id)):
        return decide_late_line_edit(event, context)
    place = Place("thread", thread)
    # An edited comment keeps the time of its first version; here no webhook tells even that.
    spoken = SpokenWords("line", comment.id, event.sender, comment.body, place, comment.url)
    finding = find_by_comment(ticket.findings, thread)
    if finding and context.sender_can_write and _is_verdict(found, comment.body):
        # Read by the loop where it stands, with all that was said in the thread.
        return (spoken.react("+1"), Wake())
    return _decide_line_words(spoken, context, ticket, found, whom)


def _decide_line_words(
    spoken: SpokenWords, context: "DecisionContext", ticket: Ticket, found: Found, whom: For
) -> tuple[Action, ...]:
    if found or not context.sender_can_write:
        return decide_words(spoken, context, found) if found or whom == "bot" else (Wake(),)
    ask: Ask = "change" if find_suggestions(spoken.body) else read_ask(spoken.body)
    told = whom == "bot" and find_spoken_command(spoken.body)
    if ticket.stage is Stage.APPROVAL or is_over(ticket.stage) or told:
        return decide_plain_words(spoken, ticket, ask)
    return (spoken.react("+1" if ask == "nothing" else "eyes"), Wake())


def _is_verdict(found: Found, body: str) -> bool:
    """On a finding: that it is so, or that it is not. Words that ask for a change are heard too."""
    if not found:
        return read_verdict(body) == "dismissed"
    return all(isinstance(each, Command) and each.name in VERDICT_COMMANDS for each in found)


def _is_own_line(event: ReviewCommented, context: "DecisionContext") -> bool:
    return is_ours(event.comment.author, event.comment.body, context.bot_account)
