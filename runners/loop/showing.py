"""The status comment and its mirror on the pull request, kept current; the rest is left."""

import hashlib
import logging
from dataclasses import replace
from functools import partial

from bot import messages
from bot.errors import PlanError
from bot.github.errors import GitHubError, Gone, Limited
from bot.job import peek
from bot.stages import Stage, is_over
from bot.status import MARK, render
from bot.ticket import Ticket, merged
from runners.loop.courtesy import courtesy
from runners.loop.shop import Shop

log = logging.getLogger("bricklayer")
AGAIN = 60.0
"""Seconds until a surprise is tried again."""
CHECK = "bricklayer"
"""The name under which the bot reports on a commit."""
_ENDS = {
    Stage.REVIEW: "success",
    Stage.MERGED: "success",
    Stage.BLOCKED: "failure",
    Stage.CANCELLED: "cancelled",
    Stage.CLOSED: "cancelled",
}


def shown_now(shop: Shop, key: str) -> Ticket:
    """The ticket as it is written down now, with its comment kept current; from any thread."""
    with shop.comment(key):
        before = shop.desk.ticket(key)
        assert before  # noqa: S101  # tickets are never deleted
        return shop.desk.change(key, partial(merged, before, _shown(shop, before)))


def _shown(shop: Shop, ticket: Ticket) -> Ticket:
    """Where GitHub cannot be told now, it is told later."""
    try:
        return show(shop, ticket)
    except Limited as pause:
        return replace(ticket, until=pause.until)
    except Gone as gone:
        log.warning("%s: %s", ticket.key, gone)
        return ticket
    except GitHubError as down:
        log.warning("%s: %s", ticket.key, down)
        return replace(ticket, until=shop.now() + AGAIN)


def show(shop: Shop, ticket: Ticket) -> Ticket:
    """Post or edit the comment if it would say something else than it does."""
    if not ticket.comment:
        ticket = _posted(shop, ticket)
    text = _text(shop, ticket)
    if _changed(shop, f"shown:{ticket.key}", f"{ticket.comment}\0{text}"):
        try:
            shop.hub(ticket).edit_comment(ticket.comment, text)
        except Gone:  # somebody deleted it; where all is gone, so is what follows
            ticket = _posted(shop, ticket)
            text = _text(shop, ticket)
        _note(shop, f"shown:{ticket.key}", f"{ticket.comment}\0{text}")
    if ticket.head and ticket.pull:
        _mirror(shop, ticket)
    return ticket


def _posted(shop: Shop, ticket: Ticket) -> Ticket:
    comment = shop.hub(ticket).say(ticket.issue, _text(shop, ticket), MARK)
    return replace(ticket, comment=comment)


def _text(shop: Shop, ticket: Ticket) -> str:
    """While the machine is halted, that is what everything waits for."""
    if shop.halted and not is_over(ticket.stage):
        ticket = replace(ticket, why=messages.HALTED)
    return render(ticket, outline(ticket))


def forget_shown(shop: Shop, key: str) -> None:
    """Somebody else wrote in the comment: it is written anew, whatever stands there."""
    shop.desk.note(f"shown:{key}", "")


def _mirror(shop: Shop, ticket: Ticket) -> None:
    conclusion = _ENDS.get(ticket.stage)
    said = f"{ticket.head}\0{ticket.stage}\0{ticket.paused}\0{conclusion}"
    if _changed(shop, f"mirror:{ticket.key}", said):
        title = "paused" if ticket.paused else str(ticket.stage)
        mirror = shop.hub(ticket).mirror_check
        told = ticket.why or title
        courtesy(
            f"{ticket.key}: check run",
            lambda: mirror(ticket.head, CHECK, title, told, conclusion),
        )
        _note(shop, f"mirror:{ticket.key}", said)


def _changed(shop: Shop, key: str, said: str) -> bool:
    return shop.desk.mark(key) != _fingerprint(said)


def _note(shop: Shop, key: str, said: str) -> None:
    shop.desk.note(key, _fingerprint(said))


def _fingerprint(said: str) -> str:
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()


def outline(ticket: Ticket) -> tuple[tuple[str, str], ...]:
    """Each task of the round's plan, with its phase."""
    if not ticket.round:
        return ()
    try:
        job = peek(ticket.round.text)
    except PlanError:
        return ()
    return tuple((phase.title, task.id) for phase in job.phases for task in phase.tasks)
