"""`bricklayer worker`: plans and builds what a server's queues hold, until it is told to end."""

import logging
import signal
import threading
from collections.abc import Sequence
from types import FrameType

from bot.config.halt import HALTED
from bot.config.machine import Settings, find_settings_file, state_dir
from bot.errors import UserError
from bot.logs.start import start_logging
from handlers.await_database import DatabaseLoss, await_tickets
from handlers.clean_up_loop import start_clean_up
from handlers.serve import require_single_server
from runners.supervisor import Supervisor
from runners.tickets.open_worker import list_queues, open_worker
from runners.traces.sender import open_sender

log = logging.getLogger("bricklayer")
FAULT_SECONDS = 60.0
"""Between two looks whether its loops still turn."""


def work(settings: Settings) -> None:
    """Raises UserError for a database of this machine alone, no model, or a second worker here."""
    start_logging(settings.log.format)
    _require_shared(settings)
    with require_single_server(state_dir(settings)):
        ended, loss = threading.Event(), DatabaseLoss()
        loss.end = ended.set
        supervisor, sender = Supervisor(failed=loss.hear), open_sender(settings)
        tickets = await_tickets(settings)
        worker = open_worker(settings, tickets, is_leading=False, run_ended=sender.note_end)
        if worker.is_halted():
            log.warning(HALTED)
        facts = worker.facts
        log.info(
            "worker %s takes from %s, on %s",
            facts.executor,
            ", ".join(facts.queues),
            "one lane" if facts.lanes == 1 else f"{facts.lanes} lanes",
        )
        worker.start(supervisor)
        sender.start(supervisor)
        cleaning = start_clean_up(supervisor, settings)
        try:
            _wait_for_signal(supervisor, ended)
            loss.raise_if_lost()
        finally:
            cleaning.stop()
            sender.stop()
            log.info("ending: what runs is stopped and given back to its queue")
            worker.close()


def choose_lanes(settings: Settings, names: Sequence[str]) -> Settings:
    """The settings with these lanes alone; all of them where none is named."""
    known = {lane.name: lane for lane in settings.lanes}
    if unknown := [name for name in names if name not in known]:
        what = f"no lane is named {unknown[0]}"
        raise UserError(what, where="--lanes", hint=f"There are: {', '.join(known)}.")
    if not names:
        return settings
    return settings.model_copy(
        update={"lanes": tuple(known[name] for name in dict.fromkeys(names))}
    )


def _require_shared(settings: Settings) -> None:
    where = str(find_settings_file())
    if not settings.database_url.startswith("postgres"):
        what = "a worker shares the database of a server, and database_url names none that it could"
        hint = 'Set the same `database_url = "postgresql://…"` there and here (docs/machines.md).'
        raise UserError(what, where=where, hint=hint)
    if not settings.tiers or not list_queues(settings):
        hint = "Name its models under [tiers.local], or [tiers.planner] for plans alone."
        raise UserError("a worker needs models", where=where, hint=hint)


def _wait_for_signal(supervisor: Supervisor, ended: threading.Event) -> None:
    """Until SIGINT or SIGTERM; a loop that does not turn is told meanwhile."""

    def end(_number: int, _frame: FrameType | None) -> None:
        ended.set()

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, end)
    while not ended.wait(FAULT_SECONDS):
        for fault in supervisor.find_faults():
            log.error("%s", fault)
