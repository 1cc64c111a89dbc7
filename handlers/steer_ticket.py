"""A command for an issue's job, from the terminal: handed to the server, which hears it as said."""

from dataclasses import dataclass

import typer

from bot.config.machine import state_dir
from bot.errors import UserError
from bot.locks import find_live_holder
from bot.text.invisible import replace_unprintable
from bot.ticket.status_comment import format_headline
from handlers.commands.options import print_json
from handlers.owner_commands import DONE, await_outcome, make_owner_command
from handlers.plain_lines import to_line
from runners.history.job_model import TicketJob
from runners.history.open_history import OpenHistory

WAIT_SECONDS = 20.0
"""For a server that is running, which looks at its inbox each second."""
REMOTE_WAIT_SECONDS = 5.0
"""Where none runs here, but may elsewhere on the same database."""


@dataclass(frozen=True, slots=True)
class Steered:
    """`heard`: by the server, by now; where none runs, the next one does. `told` is for people."""

    heard: bool
    told: str


def steer_ticket(history: OpenHistory, job: TicketJob, line: str, *, as_json: bool = False) -> bool:
    """Whether the server has heard it by now; what came of it is printed."""
    steered = send_command(history, job, line)
    tell_steered(job.ticket.name, steered, as_json=as_json)
    return steered.heard


def tell_steered(job: str, steered: Steered, *, as_json: bool) -> None:
    if as_json:
        print_json({"v": 1, "job": job, "heard": steered.heard, "text": steered.told})
    else:
        typer.echo(steered.told)


def send_command(history: OpenHistory, job: TicketJob, line: str) -> Steered:
    """Raises UserError where the server could not do it."""
    from bot.storage.jobs import open_store  # noqa: PLC0415  # SQLAlchemy: 0.2 s
    from bot.storage.tickets import open_ticket_store  # noqa: PLC0415

    settings = history.settings
    serving = find_live_holder(state_dir(settings) / "serve.lock")
    tickets = open_ticket_store(open_store(history.url))
    command = make_owner_command(job.ticket.key, line)
    tickets.receive_deliveries([command])
    wait = WAIT_SECONDS if serving else REMOTE_WAIT_SECONDS if settings.database_url else 0.0
    if not (outcome := await_outcome(tickets, command, wait)):
        told = f"{job.ticket.name}: {line} is kept for the next `bricklayer serve` or `action`"
        return Steered(heard=False, told=told)
    ticket = tickets.find_ticket(job.ticket.key)
    if not outcome.startswith(DONE) or ticket is None:
        what = f"the server could not do it: {outcome}"
        raise UserError(what, where=job.ticket.name, hint="Its log says more.")
    answer = replace_unprintable(outcome.removeprefix(DONE))
    headline = f"{ticket.name}: {to_line(format_headline(ticket))}"
    return Steered(heard=True, told="\n".join(filter(None, (answer, headline))))
