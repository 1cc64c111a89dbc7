"""Posts answers where people spoke: in a thread, on the pull request, on the issue."""

import logging
from dataclasses import replace
from functools import partial

from bot.github.errors import ForbiddenError, GitHubError, NotFoundError
from bot.ticket.merge_changes import merge_changes
from bot.ticket.model import Ticket
from bot.ticket.places import PendingAnswer
from runners.tickets.services import Services

log = logging.getLogger("bricklayer")


def post_answers(services: Services, key: str) -> None:
    """Post a ticket's answers now, from any thread; what fails is tried at the next look."""
    with services.comment_lock(key):
        before = services.tickets.find_ticket(key)
        if before is None or not before.outbox:
            return
        try:
            after = empty_outbox(services, before)
        except GitHubError as exc:
            log.warning("%s: %s", key, exc)
            return
        services.tickets.change_ticket(key, partial(merge_changes, before, after))


def empty_outbox(services: Services, ticket: Ticket) -> Ticket:
    """The ticket with its answers posted. By its mark each is found where it was posted already.

    What is refused stays owed, as where a conversation is locked: the status comment has it
    meanwhile, and it is tried again at each look.
    """
    refused: set[str] = set()
    for answer in ticket.outbox:
        if answer.place.kind in refused:
            continue
        try:
            _post(services, ticket, answer)
        except NotFoundError as exc:
            # Whoever deleted the words, or all of the thread, waits for no answer.
            log.warning("%s: an answer has no place any more: %s", ticket.name, exc)
        except ForbiddenError as exc:
            log.warning("%s: an answer is not taken yet: %s", ticket.name, exc)
            refused.add(answer.place.kind)
            continue
        left = tuple(each for each in ticket.outbox if each != answer)
        ticket = replace(ticket, outbox=left)
    return ticket


def _post(services: Services, ticket: Ticket, answer: PendingAnswer) -> None:
    repository, text = services.repository(ticket), f"{answer.text}\n{answer.mark}"
    if answer.place.kind == "thread":
        repository.post_reply(ticket.remote.pull, answer.place.thread, text, answer.mark)
        return
    number = ticket.remote.pull if answer.place.kind == "pull" else ticket.issue
    repository.post_comment(number, text, answer.mark)
