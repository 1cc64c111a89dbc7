"""Decisions about comments: a writer's commands, and the ticks in our own status comment."""

from bot.github.auth import epoch
from bot.github.errors import UnavailableError
from bot.github.webhooks import Commented
from bot.ticket import messages
from bot.ticket.actions import AcceptNotes, Action, Notify, React, Rewrite, RunCommand, Wake
from bot.ticket.authorship import is_ours
from bot.ticket.commands import Command, Unknown, commands
from bot.ticket.status_comment import ticked
from handlers.decisions.facts import DecisionContext


def comment_needs_permission(event: Commented, known: DecisionContext) -> bool:
    """Whether it matters who sent it: it edits our comment, or has a command for a job of ours."""
    if known.ticket is None:
        return False
    if not _is_own_comment(event, known):
        from_us = known.us.bot and event.sender.id == known.us.id
        return not from_us and bool(commands(event.comment.body))
    by_us = event.sender.id == known.us.id
    return event.edited and (not by_us or (not known.us.bot and bool(_new_ticks(event))))


def decide_comment(event: Commented, known: DecisionContext) -> tuple[Action, ...]:
    if not comment_needs_permission(event, known) or known.ticket is None:
        return ()
    if _is_own_comment(event, known):
        return _edited_ours(event, known)
    if event.sender.id != event.comment.author.id:
        return ()  # somebody edited a command into another's words
    said = commands(event.comment.body)
    number, mark = event.comment.id, f"comment:{event.comment.id}"
    if known.ticket.heard(number):
        return (Wake(),)
    if not known.may:
        told = Notify(messages.addressed(event.sender, messages.NO_WRITE), f"{mark}:0")
        return (React("comment", number, "-1"), told, Wake())
    orders = tuple(_order(event, one, f"{mark}:{at}") for at, one in enumerate(said))
    good = all(isinstance(order, RunCommand) for order in orders)
    return (React("comment", number, "eyes" if good else "confused"), *orders, Wake())


def _order(event: Commented, said: object, mark: str) -> Action:
    if isinstance(said, Command):
        at = 0.0 if event.edited else parse_unix_time(event.comment.created_at)
        return RunCommand(said, event.sender, event.comment.url, mark, event.issue, at)
    if isinstance(said, Unknown):
        wrong = messages.unknown_command(said.said, said.close)
    else:
        wrong = messages.wrong_command(said.said, said.why)  # type: ignore[attr-defined]
    return Notify(messages.addressed(event.sender, wrong), mark)


def parse_unix_time(at: str) -> float:
    """Since 1970; 0 for no time."""
    try:
        return epoch(at)
    except UnavailableError:
        return 0.0


def _is_own_comment(event: Commented, known: DecisionContext) -> bool:
    """The status comment is, whatever somebody wrote into it."""
    comment, ticket = event.comment, known.ticket
    status = ticket is not None and comment.id == ticket.comment
    return (status and comment.author.id == known.us.id) or is_ours(
        comment.author, comment.body, known.us
    )


def _new_ticks(event: Commented) -> tuple[str, ...]:
    """What the bot writes has no tick that counts; by whom earlier ones are, nobody knows."""
    before = ticked(event.before)
    return tuple(one for one in ticked(event.comment.body) if one not in before)


def _edited_ours(event: Commented, known: DecisionContext) -> tuple[Action, ...]:
    """Whoever edited it, it is written anew; only a writer's ticks count."""
    assert known.ticket is not None  # noqa: S101  # `asks` has seen it
    if event.comment.id != known.ticket.comment:
        return ()
    notes = _new_ticks(event) if known.may else ()
    told = (AcceptNotes(notes, event.sender),) if notes else ()
    return (*told, Rewrite(), Wake())
