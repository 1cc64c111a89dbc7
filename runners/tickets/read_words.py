"""Reads words of writers from GitHub as they are now: a request's own, and those on the issue."""

import re
from dataclasses import dataclass
from functools import cache

from bot.github.errors import NotFoundError
from bot.github.webhooks import Person
from bot.models.token_estimate import estimate_tokens
from bot.plan.rework_plan import Said, quote_whole
from bot.text.secrets import redact
from bot.text.visible_markdown import visible_markdown
from bot.ticket.authorship import is_ours
from bot.ticket.commands import without_commands
from bot.ticket.model import Ticket
from bot.ticket.places import Request
from runners.tickets.services import Services
from runners.tickets.writers import is_writer

# `/plan` is followed by words that are meant like any others.
_PLAN = re.compile(r"^[ \t]*/plan[ \t]+", re.MULTILINE | re.IGNORECASE)


def read_request(services: Services, ticket: Ticket, request: Request) -> Said | None:
    """What a request says now; None where it is gone, or says nothing any more."""
    try:
        body = _read_body(services, ticket, request)
    except NotFoundError:
        return None
    words = _clean(services, body)
    return Said(request.by, words) if words else None


def _read_body(services: Services, ticket: Ticket, request: Request) -> str:
    repository = services.repository(ticket)
    if request.kind == "comment":
        return repository.read_comment(request.id).body
    if request.kind == "line":
        return repository.read_line_comment(request.id).body
    reviews = repository.list_reviews(ticket.remote.pull)
    return next((review.body for review in reviews if review.id == request.id), "")


def _clean(services: Services, body: str) -> str:
    """As its page shows it, without commands and without what looks like a secret."""
    words = visible_markdown(without_commands(_PLAN.sub("", body))).strip()
    return redact(words, services.account.known_secrets())


_COMMENTS = (
    "What people with write access said on the issue, the newest first; where two differ the newer"
    " one holds:"
)


@dataclass(frozen=True, slots=True)
class IssueComments:
    """What writers said on the issue, the newest first, and how many comments had no room."""

    said: tuple[Said, ...] = ()
    left_out: int = 0

    def render(self) -> str:
        """For a prompt; empty where nobody said anything."""
        if not self.said and not self.left_out:
            return ""
        lines = [_COMMENTS]
        lines += [f"@{each.by}:\n\n{quote_whole(each.words)}" for each in self.said]
        if self.left_out:
            lines.append(f"({self.left_out} older comments are not shown: there is no room.)")
        return "\n\n".join(lines)


def read_issue_comments(services: Services, ticket: Ticket, room: int) -> IssueComments:
    """Each whole, within `room` tokens. Of others than writers nothing reaches the planner."""
    repository, me = services.repository(ticket), services.account.own_account()

    @cache
    def writes(person: Person) -> bool:
        return is_writer(repository, person)

    texts = [
        Said(comment.author.login, words)
        for comment in reversed(repository.list_comments(ticket.issue))
        if not is_ours(comment.author, comment.body, me)
        and (words := _clean(services, comment.body))
        and writes(comment.author)
    ]
    kept: list[Said] = []
    for said in texts:
        room -= estimate_tokens(said.words)
        if room < 0:
            break
        kept.append(said)
    return IssueComments(tuple(kept), len(texts) - len(kept))
