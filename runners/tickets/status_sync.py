"""The status comment and its mirror on the pull request, kept current; the rest is left."""

import hashlib
import logging
from dataclasses import replace
from functools import partial

from bot.github.errors import GitHubError, Gone, Limited
from bot.github.urls import pages_of
from bot.plan.followup_plans import phases_of
from bot.ticket import messages
from bot.ticket.model import HASH, Ticket, merged
from bot.ticket.stages import Stage, is_over
from bot.ticket.status_comment import MARK, headline, render, whats_next
from runners.tickets.best_effort import courtesy
from runners.tickets.services import Shop
from runners.tickets.stage_planning import plan_text, plan_url, pull_body

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

_UNTOLD = frozenset({Stage.PLANNING, Stage.BUILDING, Stage.MERGED, Stage.CLOSED})
"""In which the pull request's text stays: it is told anew where a stage ends, not task by task."""


def shown_now(shop: Shop, key: str) -> Ticket:
    """The ticket as it is written down now, with its comment kept current; from any thread."""
    with shop.comment(key):
        before = shop.desk.ticket(key)
        assert before  # noqa: S101  # tickets are never deleted
        return shop.desk.change(key, partial(merged, before, _shown(shop, before)))


def tell(shop: Shop, key: str) -> None:
    """`shown_now` as the whole of a thread: what is raised there is ours, logged with its trace."""
    try:
        shown_now(shop, key)
    except Exception:
        log.exception("%s", key)


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
    if ticket.planned and ticket.pull and ticket.stage not in _UNTOLD:
        _describe(shop, ticket)
    return ticket


def _posted(shop: Shop, ticket: Ticket) -> Ticket:
    comment = shop.hub(ticket).say(ticket.issue, _text(shop, ticket), MARK)
    return replace(ticket, comment=comment)


def _text(shop: Shop, ticket: Ticket) -> str:
    """While the machine is halted, that is what everything waits for."""
    if shop.halted and not is_over(ticket.stage):
        ticket = replace(ticket, why=messages.HALTED)
    return render(ticket, outline(shop, ticket), plan_url(shop, ticket))


def forget_shown(shop: Shop, key: str) -> None:
    """Somebody else wrote in the comment: it is written anew, whatever stands there."""
    shop.desk.note(f"shown:{key}", "")


def _mirror(shop: Shop, ticket: Ticket) -> None:
    _supersede(shop, ticket)
    conclusion = _ENDS.get(ticket.stage)
    said = headline(ticket)
    title = f"{said[0].upper()}{said[1:]}"
    summary = _summary(shop, ticket)
    said = f"{ticket.head}\0{title}\0{summary}\0{conclusion}"
    if _changed(shop, f"mirror:{ticket.key}", said):
        mirror = shop.hub(ticket).mirror_check
        courtesy(
            f"{ticket.key}: check run",
            lambda: mirror(ticket.head, CHECK, title, summary, conclusion),
        )
        _note(shop, f"mirror:{ticket.key}", said)


def _describe(shop: Shop, ticket: Ticket) -> None:
    """The pull request's own text, if it would read differently."""
    body, hub = pull_body(shop, ticket), shop.hub(ticket)
    said = f"{ticket.pull}\0{body}"
    if _changed(shop, f"body:{ticket.key}", said):
        edit = partial(hub.edit_pull, ticket.pull, body=body)
        if courtesy(f"{ticket.key}: the pull request's text", edit):
            _note(shop, f"body:{ticket.key}", said)


def _supersede(shop: Shop, ticket: Ticket) -> None:
    """The head moved on: nothing more will be said of the commit it was on before."""
    key = f"mirrored:{ticket.key}"
    known = shop.desk.mark(key)
    before = known or ticket.planned
    if before and before != ticket.head:
        end, title = shop.hub(ticket).supersede_check, f"Superseded by {ticket.head[:HASH]}"
        courtesy(f"{ticket.key}: check run", lambda: end(before, CHECK, title))
    if known != ticket.head:
        shop.desk.note(key, ticket.head)


def _summary(shop: Shop, ticket: Ticket) -> str:
    """Why it stands where it stands, what comes next, and where all of it is told."""
    issue = f"{pages_of(shop.settings.github.api_url)}/{ticket.where.repo}/issues/{ticket.issue}"
    all_ = f"[All of it]({issue}#issuecomment-{ticket.comment}) stands on issue #{ticket.issue}."
    return "\n\n".join(filter(None, (ticket.why, whats_next(ticket), all_)))


def _changed(shop: Shop, key: str, said: str) -> bool:
    return shop.desk.mark(key) != _fingerprint(said)


def _note(shop: Shop, key: str, said: str) -> None:
    shop.desk.note(key, _fingerprint(said))


def _fingerprint(said: str) -> str:
    return hashlib.sha256(said.encode(errors="replace")).hexdigest()


def outline(shop: Shop, ticket: Ticket) -> tuple[tuple[str, str], ...]:
    """Each task with its phase: the plan's, those of the rounds since, and this round's."""
    if not ticket.round:
        return ()
    plan = phases_of(plan_text(shop.remote(ticket).repo, ticket))
    now = phases_of(ticket.round.text)
    known = {task for _, task in (*plan, *now)}
    since = ((one.phase, one.id) for one in ticket.tasks if one.phase and one.id not in known)
    named = {task: phase for phase, task in (*plan, *since, *now)}
    return tuple((phase, task) for task, phase in named.items())
