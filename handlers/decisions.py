"""What is done about an event: pure decisions, from the event and what is known to actions."""

from dataclasses import dataclass

from bot.approval.permissions import label_matches
from bot.github.auth import epoch
from bot.github.errors import UnavailableError
from bot.github.webhooks import (
    Checked,
    Closed,
    Commented,
    Edited,
    Labeled,
    Person,
    PullClosed,
    PullLabeled,
    Pushed,
    Ready,
    ReviewCommented,
    Reviewed,
    Synchronized,
    Unlabeled,
)
from bot.ticket import messages
from bot.ticket.actions import (
    AcceptNotes,
    Action,
    EndTicket,
    Notify,
    React,
    Rewrite,
    RunCommand,
    StartJob,
    Wake,
)
from bot.ticket.authorship import is_ours
from bot.ticket.commands import Command, UnknownCommand, parse_commands, parse_model_labels
from bot.ticket.keys import HandledKey, comment_key, review_key
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage, is_over
from bot.ticket.status_comment import find_ticked_notes


@dataclass(frozen=True, slots=True)
class DecisionContext:
    """`may`: the sender of this very event has write permission now. `us` is the bot's account."""

    label: str
    bot_account: Person
    sender_can_write: bool = False
    ticket: Ticket | None = None


def issue_needs_permission(
    event: Labeled | Unlabeled | Edited | Closed, known: DecisionContext
) -> bool:
    """Whether it matters who sent it."""
    return isinstance(event, Labeled | Unlabeled) and label_matches(event.label, known.label)


def decide_issue(
    event: Labeled | Unlabeled | Edited | Closed, known: DecisionContext
) -> tuple[Action, ...]:
    if isinstance(event, Labeled):
        return (
            _labeled(event, known)
            if issue_needs_permission(event, known) and not event.issue.is_pull
            else ()
        )
    if known.ticket is None:
        return ()
    if isinstance(event, Closed):
        return () if is_over(known.ticket.stage) else (Wake(stop=True),)
    if isinstance(event, Unlabeled):
        over = is_over(known.ticket.stage) or not issue_needs_permission(event, known)
        over = over or not known.sender_can_write
        late = 0.0 < parse_unix_time(event.issue.updated_at) < known.ticket.labelled_at
        return (
            ()
            if over or late
            else (EndTicket(Stage.CANCELLED, messages.label_removed(event.sender)), Wake())
        )
    return (Wake(),)  # edited: the planner's own look finds what changed


def _labeled(event: Labeled, known: DecisionContext) -> tuple[Action, ...]:
    number = event.issue.number
    if not known.sender_can_write:
        return (React("issue", number, "confused"),)
    if known.ticket and not is_over(known.ticket.stage):
        return (Wake(),)
    if known.ticket and 0.0 < parse_unix_time(event.at) <= known.ticket.labelled_at:
        return ()  # the label of the job that is over, told once more
    choices = tuple(parse_model_labels(event.issue.labels, known.label).items())
    begin = StartJob(event.where, event.issue, event.sender, choices)
    return (React("issue", number, "eyes"), begin, Wake())


def comment_needs_permission(event: Commented, known: DecisionContext) -> bool:
    """Whether it matters who sent it: it edits our comment, or has a command for a job of ours."""
    if known.ticket is None:
        return False
    if not _is_own_comment(event, known):
        from_us = known.bot_account.bot and event.sender.id == known.bot_account.id
        return not from_us and bool(parse_commands(event.comment.body))
    by_us = event.sender.id == known.bot_account.id
    return event.edited and (not by_us or (not known.bot_account.bot and bool(_new_ticks(event))))


def decide_comment(event: Commented, known: DecisionContext) -> tuple[Action, ...]:
    if not comment_needs_permission(event, known) or known.ticket is None:
        return ()
    if _is_own_comment(event, known):
        return _edited_ours(event, known)
    if event.sender.id != event.comment.author.id:
        return ()  # somebody edited a command into another's words
    said = parse_commands(event.comment.body)
    number = event.comment.id
    if known.ticket.has_heard(number):
        return (Wake(),)
    if not known.sender_can_write:
        told = Notify(messages.address_to(event.sender, messages.NO_WRITE), comment_key(number))
        return (React("comment", number, "-1"), told, Wake())
    orders = tuple(_order(event, one, comment_key(number, at)) for at, one in enumerate(said))
    good = all(isinstance(order, RunCommand) for order in orders)
    return (React("comment", number, "eyes" if good else "confused"), *orders, Wake())


def _order(event: Commented, said: object, mark: HandledKey) -> Action:
    if isinstance(said, Command):
        at = 0.0 if event.edited else parse_unix_time(event.comment.created_at)
        return RunCommand(said, event.sender, event.comment.url, mark, event.issue, at)
    if isinstance(said, UnknownCommand):
        wrong = messages.unknown_command(said.said, said.close)
    else:
        wrong = messages.malformed_command(said.said, said.why)  # type: ignore[attr-defined]
    return Notify(messages.address_to(event.sender, wrong), mark)


def parse_unix_time(at: str) -> float:
    """Since 1970; 0 for no time."""
    try:
        return epoch(at)
    except UnavailableError:
        return 0.0


def _is_own_comment(event: Commented, known: DecisionContext) -> bool:
    """The status comment is, whatever somebody wrote into it."""
    comment, ticket = event.comment, known.ticket
    status = ticket is not None and comment.id == ticket.remote.status_comment
    return (status and comment.author.id == known.bot_account.id) or is_ours(
        comment.author, comment.body, known.bot_account
    )


def _new_ticks(event: Commented) -> tuple[str, ...]:
    """What the bot writes has no tick that counts; by whom earlier ones are, nobody knows."""
    before = find_ticked_notes(event.before)
    return tuple(one for one in find_ticked_notes(event.comment.body) if one not in before)


def _edited_ours(event: Commented, known: DecisionContext) -> tuple[Action, ...]:
    """Whoever edited it, it is written anew; only a writer's ticks count."""
    assert known.ticket is not None  # noqa: S101  # `asks` has seen it
    if event.comment.id != known.ticket.remote.status_comment:
        return ()
    notes = _new_ticks(event) if known.sender_can_write else ()
    told = (AcceptNotes(notes, event.sender),) if notes else ()
    return (*told, Rewrite(), Wake())


def decide_review(event: Reviewed | ReviewCommented, known: DecisionContext) -> tuple[Action, ...]:
    """The loop reads the threads themselves, and asks who may for each of their authors."""
    if known.ticket is None:
        return ()
    if isinstance(event, Reviewed) and not _is_own_review(event, known):
        wants = event.review.state == "changes_requested" and bool(event.review.body.strip())
        mark = review_key(event.review.id)
        if wants and known.sender_can_write:
            return (Notify(messages.REVIEW_BODY, mark), Wake())
        if wants and not known.sender_can_write:
            return (Notify(messages.NO_WRITE, mark), Wake())
    return (Wake(),)


def _is_own_review(event: Reviewed, known: DecisionContext) -> bool:
    return is_ours(event.review.author, event.review.body, known.bot_account)


def decide_pull(
    event: PullClosed | PullLabeled | Ready | Synchronized, known: DecisionContext
) -> tuple[Action, ...]:
    return (Wake(stop=isinstance(event, PullClosed)),) if known.ticket else ()


def decide_check_or_push(_event: Checked | Pushed, known: DecisionContext) -> tuple[Action, ...]:
    return (Wake(),) if known.ticket else ()
