"""Decisions about comments: a writer's commands, and the ticks in our own status comment."""

from bot import messages
from bot.actions import Action, Obey, React, Rewrite, Tell, Tick, Wake
from bot.commands import Command, Unknown, commands
from bot.events import Commented
from bot.github.auth import epoch
from bot.github.errors import Down
from bot.status import ticked
from handlers.known import Known


def asks(event: Commented, known: Known) -> bool:
    """Whether it matters who sent it: it edits our comment, or has a command for a job of ours."""
    if known.ticket is None or event.sender.id == known.us.id:
        return False
    ours = event.comment.author.id == known.us.id
    return (ours and event.edited) or (not ours and bool(commands(event.comment.body)))


def decide(event: Commented, known: Known) -> tuple[Action, ...]:
    if not asks(event, known) or known.ticket is None:
        return ()
    if event.comment.author.id == known.us.id:
        return _edited_ours(event, known)
    if event.sender.id != event.comment.author.id:
        return ()  # somebody edited a command into another's words
    said = commands(event.comment.body)
    number, mark = event.comment.id, f"comment:{event.comment.id}"
    if known.ticket.heard(number):
        return (Wake(),)
    if not known.may:
        told = Tell(messages.NO_WRITE, f"{mark}:0")
        return (React("comment", number, "-1"), told, Wake())
    orders = tuple(_order(event, one, f"{mark}:{at}") for at, one in enumerate(said))
    good = all(isinstance(order, Obey) for order in orders)
    return (React("comment", number, "eyes" if good else "confused"), *orders, Wake())


def _order(event: Commented, said: object, mark: str) -> Action:
    if isinstance(said, Command):
        at = 0.0 if event.edited else seconds(event.comment.created_at)
        return Obey(said, event.sender, event.comment.url, mark, event.issue, at)
    if isinstance(said, Unknown):
        return Tell(messages.unknown_command(said.said, said.close), mark)
    return Tell(messages.wrong_command(said.said, said.why), mark)  # type: ignore[attr-defined]


def seconds(at: str) -> float:
    """Since 1970; 0 for no time."""
    try:
        return epoch(at)
    except Down:
        return 0.0


def _edited_ours(event: Commented, known: Known) -> tuple[Action, ...]:
    """Whoever edited it, it is written anew; only a writer's ticks count."""
    assert known.ticket is not None  # noqa: S101  # `asks` has seen it
    if event.comment.id != known.ticket.comment:
        return ()
    before = ticked(event.before)  # by whom, nobody knows
    notes = tuple(one for one in ticked(event.comment.body) if known.may and one not in before)
    told = (Tick(notes, event.sender),) if notes else ()
    return (*told, Rewrite(), Wake())
