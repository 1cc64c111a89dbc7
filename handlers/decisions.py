"""Decides which actions an event asks for: pure functions of the event and what is known."""

from dataclasses import dataclass

from bot.approval.permissions import label_matches
from bot.github.webhooks import (
    Checked,
    Closed,
    CommentDeleted,
    Commented,
    Edited,
    Labeled,
    Person,
    PullClosed,
    PullLabeled,
    PullReopened,
    Pushed,
    Ready,
    Reopened,
    Synchronized,
    Unlabeled,
)
from bot.ticket import messages
from bot.ticket.actions import (
    AcceptNotes,
    Action,
    EndTicket,
    React,
    ReopenTicket,
    Rewrite,
    StartJob,
    TakeAnswer,
    Wake,
)
from bot.ticket.addressing import may_name
from bot.ticket.authorship import is_ours
from bot.ticket.commands import may_hold_command, parse_commands
from bot.ticket.keys import comment_key
from bot.ticket.model import Ticket
from bot.ticket.model_choices import find_unknown_labels, parse_model_labels
from bot.ticket.places import Place
from bot.ticket.stages import Stage, is_over
from bot.ticket.status_comment import find_ticked_notes
from handlers.label_decisions import decide_choice_label, is_choice_label
from handlers.late_edits import decide_late_edit
from handlers.word_decisions import SpokenWords, decide_words, names_bot, parse_unix_time


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """`sender_can_write`: whether the sender of this very event has write permission now."""

    label: str
    bot_account: Person
    sender_can_write: bool = False
    ticket: Ticket | None = None


def issue_needs_permission(
    event: Labeled | Unlabeled | Edited | Closed | Reopened, context: DecisionContext
) -> bool:
    """Whether the decision depends on who sent it."""
    if isinstance(event, Labeled) and is_choice_label(event, context):
        return True
    return isinstance(event, Labeled | Unlabeled) and label_matches(event.label, context.label)


def decide_issue(
    event: Labeled | Unlabeled | Edited | Closed | Reopened, context: DecisionContext
) -> tuple[Action, ...]:
    if isinstance(event, Labeled):
        return _decide_label(event, context)
    if context.ticket is None:
        return ()
    if isinstance(event, Reopened):
        return _reopened(context.ticket)
    if isinstance(event, Closed):
        return () if is_over(context.ticket.stage) else (Wake(stop=True),)
    if isinstance(event, Unlabeled):
        ignored = is_over(context.ticket.stage) or not issue_needs_permission(event, context)
        ignored = ignored or not context.sender_can_write
        # Deliveries may come in another order than their events; the times in them tell:
        # https://docs.github.com/en/webhooks/testing-and-troubleshooting-webhooks/troubleshooting-webhooks
        outdated = 0.0 < parse_unix_time(event.issue.updated_at) < context.ticket.labelled_at
        return (
            ()
            if ignored or outdated
            else (EndTicket(Stage.CANCELLED, messages.label_removed(event.sender)), Wake())
        )
    # Edited: before the plan is made the text is read again and compared.
    return (Wake(),)


def _reopened(ticket: Ticket) -> tuple[Action, ...]:
    """By whoever may: GitHub lets an issue's author reopen only what they closed themselves."""
    return (ReopenTicket(), Wake()) if ticket.stage is Stage.CLOSED else (Wake(),)


def _decide_label(event: Labeled, context: DecisionContext) -> tuple[Action, ...]:
    if is_choice_label(event, context):
        return decide_choice_label(event, context)
    starts = issue_needs_permission(event, context) and not event.issue.is_pull
    return _labeled(event, context) if starts else ()


def _labeled(event: Labeled, context: DecisionContext) -> tuple[Action, ...]:
    number = event.issue.number
    if not context.sender_can_write:
        return (React("issue", number, "confused"),)
    if context.ticket and not is_over(context.ticket.stage):
        return (Wake(),)
    if context.ticket and 0.0 < parse_unix_time(event.at) <= context.ticket.labelled_at:
        # The label of the job that is over: a delivery can be sent again.
        return ()
    choices = tuple(parse_model_labels(event.issue.labels, context.label).items())
    start = StartJob(
        event.where,
        event.issue,
        event.sender,
        choices,
        unknown_labels=find_unknown_labels(event.issue.labels, context.label),
    )
    return (React("issue", number, "eyes"), start, Wake())


def comment_needs_permission(event: Commented, context: DecisionContext) -> bool:
    """It depends on who sent it: it edits our comment, or may have a command for a job of ours.

    Nothing of it is parsed before that is known.
    """
    if context.ticket is None:
        return False
    if not _is_own_comment(event, context):
        from_us = context.bot_account.bot and event.sender.id == context.bot_account.id
        return not from_us and (
            _may_answer(event, context)
            or may_hold_command(event.comment.body)
            or may_name(event.comment.body, context.bot_account)
        )
    by_us = event.sender.id == context.bot_account.id
    return event.edited and (not by_us or (not context.bot_account.bot and bool(_new_ticks(event))))


def decide_comment(event: Commented, context: DecisionContext) -> tuple[Action, ...]:
    if not comment_needs_permission(event, context) or context.ticket is None:
        return ()
    if _is_own_comment(event, context):
        return _edited_ours(event, context)
    if event.sender.id != event.comment.author.id:
        # Somebody else edited the comment. Who may write can edit anybody's, and its author stays:
        # https://docs.github.com/en/communities/moderating-comments-and-conversations/managing-disruptive-comments
        return ()
    return _decide_said(event, context, context.ticket)


def _decide_said(event: Commented, context: DecisionContext, ticket: Ticket) -> tuple[Action, ...]:
    found = parse_commands(event.comment.body)
    if not (found or _may_answer(event, context) or names_bot(event.comment.body, context)):
        return ()
    number = event.comment.id
    if ticket.has_heard(number):
        return decide_late_edit(event, context)
    if not found and _may_answer(event, context):
        return _take_answer(event, context)
    # A comment on a pull request is answered there; one on the issue in the status comment there,
    # but for plain words, of which an edit would tell nobody that they were heard.
    pull = Place("pull") if event.issue.is_pull else None
    spoken = SpokenWords(
        "comment",
        number,
        event.sender,
        event.comment.body,
        pull or (None if found else Place("issue")),
        event.comment.url,
        # `created_at` is the time of the first version, not of the words that are there now.
        at=0.0 if event.edited else parse_unix_time(event.comment.created_at),
        issue=event.issue,
    )
    return decide_words(spoken, context, found)


def _may_answer(event: Commented, context: DecisionContext) -> bool:
    """Whether the planner waits for an answer on the issue, and this may be it."""
    return (
        context.ticket is not None
        and context.ticket.question_open
        # Comments are numbered as they come; the sweep, and an edit, tell of earlier ones as well.
        and event.comment.id > context.ticket.question_comment
        and context.ticket.stage is Stage.PLANNING
        and not event.issue.is_pull
        and not event.sender.bot
        and bool(event.comment.body.strip())
    )


def _take_answer(event: Commented, context: DecisionContext) -> tuple[Action, ...]:
    if not context.sender_can_write:
        return ()
    number = event.comment.id
    return (React("comment", number, "eyes"), TakeAnswer(comment_key(number)), Wake())


def _is_own_comment(event: Commented, context: DecisionContext) -> bool:
    """The status comment is, whatever somebody wrote into it."""
    comment, ticket = event.comment, context.ticket
    status = ticket is not None and comment.id == ticket.remote.status_comment
    return (status and comment.author.id == context.bot_account.id) or is_ours(
        comment.author, comment.body, context.bot_account
    )


def _new_ticks(event: Commented) -> tuple[str, ...]:
    """The ticks that this edit has set: of earlier ones it is not known who set them."""
    # The payload has the text before the edit: https://docs.github.com/en/webhooks/webhook-events-and-payloads#issue_comment
    before = find_ticked_notes(event.before)
    return tuple(item for item in find_ticked_notes(event.comment.body) if item not in before)


def _edited_ours(event: Commented, context: DecisionContext) -> tuple[Action, ...]:
    """The comment is written anew, whoever edited it; only a writer's ticks count."""
    assert context.ticket is not None  # noqa: S101  # comment_needs_permission has seen it
    if event.comment.id != context.ticket.remote.status_comment:
        return ()
    notes = _new_ticks(event) if context.sender_can_write else ()
    reply = (AcceptNotes(notes, event.sender),) if notes else ()
    return (*reply, Rewrite(), Wake())


def decide_deleted(event: CommentDeleted, context: DecisionContext) -> tuple[Action, ...]:
    """The status comment comes back, whoever deleted it."""
    ticket = context.ticket
    is_status = ticket is not None and event.comment == ticket.remote.status_comment
    return (Rewrite(), Wake()) if is_status else ()


def decide_pull(
    event: PullClosed | PullReopened | PullLabeled | Ready | Synchronized, context: DecisionContext
) -> tuple[Action, ...]:
    if not context.ticket:
        return ()
    if isinstance(event, PullReopened):
        return _reopened(context.ticket)
    if isinstance(event, PullClosed) and event.pull.merged and is_over(context.ticket.stage):
        # A person may merge what the bot took for closed or cancelled: its lessons are to land.
        return (EndTicket(Stage.MERGED, messages.MERGED), Wake())
    return (Wake(stop=isinstance(event, PullClosed)),)


def decide_check_or_push(_event: Checked | Pushed, context: DecisionContext) -> tuple[Action, ...]:
    return (Wake(),) if context.ticket else ()
