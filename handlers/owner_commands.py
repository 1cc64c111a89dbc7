"""Commands of the machine's owner in its terminal, and of people on the dashboard's pages.

The server hears them as it does those of comments, and by the same rules.

They come through the inbox, like webhooks, so that whoever serves on this database hears them, now
or at the next start. No webhook can be one: its event's name has another form.
"""

import json
import logging
import time
import uuid

from bot.github.webhooks import Person
from bot.storage.tickets import Delivery, TicketStore
from bot.ticket.actions import Notify, RunCommand
from bot.ticket.commands import Command, MalformedCommand, parse_commands
from bot.ticket.keys import HandledKey
from bot.ticket.machine_owner import OWNER
from bot.ticket.messages import address_to
from bot.ticket.messages_commands import malformed_command
from bot.ticket.model import ISSUE_TEXT, Ticket
from handlers.dispatch import change_ticket
from handlers.word_decisions import planned_issue
from runners.tickets.services import Services
from runners.tickets.writers import is_writer

OWNER_EVENT = "owner-command"
DONE = "done: "
"""Begins the outcome of a command that was heard; the answer follows."""
MAX_ANSWER_CHARS = 2000
POLL_SECONDS = 0.1
"""Between two looks whether a command was heard."""
NO_WRITER = "nothing was done: it takes somebody who may write to the repository."
log = logging.getLogger("bricklayer")


def make_owner_command(key: str, line: str) -> Delivery:
    """`key` is the ticket's, `line` the command as a comment would have it: `/retry fix`."""
    return make_person_command(key, line, OWNER)


def make_person_command(key: str, line: str, person: Person) -> Delivery:
    """Of somebody who has signed in. Whether they may is asked of GitHub once it is heard."""
    body = json.dumps({"ticket": key, "line": line, "id": person.id, "login": person.login})
    return Delivery(f"owner-{uuid.uuid4()}", OWNER_EVENT, body.encode(), time.time())


def await_outcome(tickets: TicketStore, command: Delivery, seconds: float) -> str:
    """How it ended, as the server notes it; empty where none has heard it by then."""
    end = time.monotonic() + seconds
    while not (outcome := tickets.read_outcome(command.id)) and time.monotonic() < end:
        time.sleep(POLL_SECONDS)
    return outcome


def run_owner_command(services: Services, delivery: Delivery) -> str:
    """How it ended, or DONE and what is answered. The same decision as for a writer's comment."""
    try:
        asked = json.loads(delivery.body)
        key, line = str(asked["ticket"]), str(asked["line"])
        person = _read_person(asked)
    except (ValueError, KeyError, TypeError):
        log.warning("delivery %s (%s): malformed", delivery.id, delivery.event)
        return "malformed"
    ticket, found = services.tickets.find_ticket(key), parse_commands(line)
    if ticket is None or len(found) != 1:
        return "ignored"
    if not _may_command(services, ticket, person):
        return f"{DONE}{NO_WRITER}"
    handled = HandledKey(f"owner:{delivery.id}")
    if isinstance(found[0], Command):
        command = _read_command(services, ticket, found[0], delivery, person)
        after = change_ticket(services, ticket, command)
    elif isinstance(found[0], MalformedCommand):
        told = address_to(person, malformed_command(found[0].quoted, found[0].why))
        after = change_ticket(services, ticket, Notify(told, handled))
    else:
        return "ignored"
    services.wake(key)
    # The answer stands in the status comment for as long as the job is in this stage.
    return f"{DONE}{_find_answer(ticket, after)[:MAX_ANSWER_CHARS]}"


def _read_person(asked: dict[str, object]) -> Person:
    """The owner, where nobody is named: as an older version of the command line sends it."""
    number, login = asked.get("id", OWNER.id), str(asked.get("login", OWNER.login))
    if not isinstance(number, int) or (number < 1 and (number, login) != (OWNER.id, OWNER.login)):
        raise ValueError("no person")
    return Person(number, login)


def _may_command(services: Services, ticket: Ticket, person: Person) -> bool:
    """The owner; else whoever may write there now, as often as a comment of theirs is answered."""
    if person == OWNER:
        return True
    repo, now = ticket.where.repo, services.now()
    if services.refusals.is_reached(person.id, repo, now):
        return False
    if is_writer(services.repository(ticket), person):
        return True
    services.refusals.record_denial(person.id, repo, now)
    return False


def hear_owner(services: Services) -> None:
    """What was said since the last run, for a run that empties no inbox."""
    for delivery in services.tickets.list_waiting():
        if delivery.event == OWNER_EVENT:
            outcome = run_owner_command(services, delivery)
            services.tickets.settle_deliveries({delivery.id: outcome})


def _find_answer(before: Ticket, after: Ticket) -> str:
    """What the status comment says of it: a reply, or why the job is where it is."""
    known = set(before.reply.splitlines())
    new = [line for line in after.reply.splitlines() if line.strip() and line not in known]
    return "\n".join(new) or after.why


def _read_command(
    services: Services, ticket: Ticket, command: Command, delivery: Delivery, person: Person
) -> RunCommand:
    # Compared with times that GitHub told: this machine's clock may be another.
    at = delivery.at + services.github_now() - services.now()
    issue = planned_issue(ticket)
    if command.name == "approve" and ticket.approval.key == ISSUE_TEXT:
        # As a comment's event would show it: what is approved is the text as it reads now.
        issue = services.repository(ticket).read_issue(ticket.issue)
    return RunCommand(command, person, "", HandledKey(f"owner:{delivery.id}"), issue, at)
