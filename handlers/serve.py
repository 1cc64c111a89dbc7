"""`bricklayer serve`: the webhook and the worker in one process, until it is told to end."""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from types import FrameType

import uvicorn
from fastapi import FastAPI

from bot.config.halt import HALTED
from bot.config.machine import Settings, find_settings_file, state_dir
from bot.config.private_dir import ensure_private_dir
from bot.errors import UserError
from bot.github.account import Account
from bot.locks import note_holder, try_lock
from bot.logs.start import start_logging
from bot.storage.leader import LeaderLease, Term
from bot.storage.tickets import TicketStore
from handlers.await_database import DatabaseLoss, await_database, await_tickets
from handlers.clean_up_loop import start_clean_up
from handlers.dashboard.open_dashboard import open_dashboard
from handlers.dashboard.owner_link import ADDRESS_FILE
from handlers.dashboard.routes import add_dashboard
from handlers.health import Health
from handlers.http_connections import ImpatientProtocol, RareLines
from handlers.lead import Leading, describe_process
from handlers.metrics.open_metrics import open_metrics
from handlers.metrics.readings import OwnFacts
from handlers.quiet_server import QuietServer
from handlers.webhook import Inbox, make_app
from handlers.worker import Worker
from runners.supervisor import Supervisor
from runners.tickets.open_worker import open_worker
from runners.tickets.services import open_services
from runners.traces.sender import open_sender

_NO_REPOSITORY = (
    "no repository is watched: only webhooks are answered, and nothing they miss is found."
    ' Name some in %s: [github] repos = ["owner/name"]'
)
# https://www.uvicorn.org/settings/#resource-limits
MAX_CONNECTIONS = 500
"""Connections. GitHub has far fewer; beyond them a silent one is dropped for each that comes."""
END_SECONDS = 10
"""For answers under way once it is told to end: longer than a delivery takes to be stored.

https://www.uvicorn.org/settings/#timeouts
"""
log = logging.getLogger("bricklayer")
SWITCH_SECONDS = 0.0005
"""A working thread gives way to a webhook that has come in after this long; 0.005 by default.

https://docs.python.org/3.11/library/sys.html#sys.setswitchinterval
"""
# The kernel takes net.core.somaxconn where that is less.
MAX_WAITING_CONNECTIONS = 2048
"""That the kernel keeps until they are accepted: https://man7.org/linux/man-pages/man2/listen.2.html"""


def serve(settings: Settings) -> None:
    """Raises UserError for an empty secret, no key, a taken port, or a second server here."""
    start_logging(settings.log.format)
    sys.setswitchinterval(SWITCH_SECONDS)
    with require_single_server(state_dir(settings)):
        tickets, loss = await_tickets(settings), DatabaseLoss()
        supervisor, sender = Supervisor(failed=loss.hear), open_sender(settings)
        queues = open_worker(settings, tickets, is_leading=True, run_ended=sender.note_end)
        lease = LeaderLease(tickets.engine, describe_process(), queues.facts.executor)

        def begin_loop(term: Term) -> Worker:
            """With an account and a store of its own: a thread of an earlier term has neither."""
            account = Account(settings.github, os.environ)
            account.guard = partial(leading.check_lease, term)
            services = open_services(settings, account, replace(tickets, term=term, parsed={}))
            services.queue = queues
            return Worker(services, supervisor)

        leading = Leading(lease, begin_loop, supervisor)
        queues.wake = leading.wake
        secret = os.environ.get(settings.github.webhook_secret_env, "")
        inbox = Inbox(tickets.receive_deliveries, leading.signal_delivery)
        health = Health(supervisor.find_faults, tickets.probe, leading.find_facts)
        app = make_app(secret, inbox, health.check)
        own = OwnFacts(leading.is_leading, supervisor.measure_ages, supervisor.find_stuck)
        open_metrics(app, settings, tickets, own, queues.is_halted)
        github = settings.github
        config = uvicorn.Config(
            app,
            log_level="warning",
            log_config=None,  # its lines go where ours go
            access_log=False,
            limit_concurrency=MAX_CONNECTIONS,
            http=ImpatientProtocol,
            timeout_graceful_shutdown=END_SECONDS,
        )
        logging.getLogger("uvicorn.error").addFilter(RareLines())
        # What is imported stays, and a collection that looks through it all takes 0.1 s:
        # https://docs.python.org/3.11/library/gc.html#gc.freeze
        gc.freeze()
        hint = f"Name another one in {find_settings_file()}: [github] port = N."
        with bind_port(github.host, github.port, hint) as listening:
            note_address(state_dir(settings), listening)
            server = QuietServer(config)
            if settings.dashboard.enabled:
                server.ending = _add_pages(app, settings, tickets, find_address(listening))
            if not (github.app_id or github.repos):
                log.warning(_NO_REPOSITORY, find_settings_file())
            if queues.is_halted():
                log.warning(HALTED)
            queues.start(supervisor)
            sender.start(supervisor)
            cleaning = start_clean_up(supervisor, settings)
            try:
                loss.end = partial(_end_server, server)
                _serve_and_work(leading, server, listening)
                loss.raise_if_lost()
            finally:
                cleaning.stop()
                sender.stop()
                queues.close()


def _add_pages(
    app: FastAPI, settings: Settings, tickets: TicketStore, address: str
) -> Callable[[], Awaitable[None]]:
    """What ends them."""
    dashboard = await_database(settings, lambda: open_dashboard(settings, tickets, address))
    add_dashboard(app, dashboard)
    return dashboard.end


def _serve_and_work(leading: Leading, server: uvicorn.Server, listening: socket.socket) -> None:
    leading.start()
    log.info("listening on %s/webhook", find_address(listening))
    try:
        _run_until_signal(server, listening)
    finally:
        log.info("ending: what runs is stopped and goes on with the next start")
        leading.stop()


def find_address(listening: socket.socket) -> str:
    host, port = listening.getsockname()[:2]
    # An address of IPv6 stands in brackets: https://www.rfc-editor.org/rfc/rfc3986#section-3.2.2
    return f"http://{f'[{host}]' if ':' in host else host}:{port}"


def note_address(folder: Path, listening: socket.socket) -> None:
    """For `bricklayer dashboard`, as the port may be a free one."""
    (folder / ADDRESS_FILE).write_text(f"{find_address(listening)}\n", encoding="ascii")


def _end_server(server: uvicorn.Server) -> None:
    server.should_exit = True


def _run_until_signal(server: uvicorn.Server, listening: socket.socket) -> None:
    """Return at SIGINT or SIGTERM, once the requests under way are answered.

    uvicorn raises the signals it caught again when it has ended, for the handlers that were there
    before: they must not end the process, as the worker is still to be stopped.
    https://github.com/Kludex/uvicorn/blob/main/uvicorn/server.py (capture_signals)
    """

    def end_server(_number: int, _frame: FrameType | None) -> None:
        server.should_exit = True

    before = {
        number: signal.signal(number, end_server) for number in (signal.SIGINT, signal.SIGTERM)
    }
    try:
        asyncio.run(server.serve(sockets=[listening]))
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def require_single_server(folder: Path) -> Iterator[None]:
    """Hold the state folder's lock: two servers on it would do everything twice."""
    ensure_private_dir(folder)
    with try_lock(folder / "serve.lock") as held:
        if not held:
            hint = "Stop it, or give this one a state_dir of its own."
            what = "another bricklayer serves from this state folder"
            raise UserError(what, where=str(folder), hint=hint)
        note_holder(folder / "serve.lock")
        yield


def bind_port(host: str, port: int, hint: str) -> socket.socket:
    """A socket that listens already, so that its address can be shown.

    Raises UserError where it cannot be had; `hint` says how to name another port.
    """
    try:
        family, kind, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as exc:
        raise UserError(f"no address: {exc.strerror}", where=host, hint=hint) from exc
    listening = socket.socket(family, kind)
    # Else a restart finds the port taken while old connections are in TIME_WAIT:
    # https://man7.org/linux/man-pages/man7/socket.7.html
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(address)
        listening.listen(MAX_WAITING_CONNECTIONS)
    except OSError as exc:
        listening.close()
        is_taken = exc.errno == errno.EADDRINUSE
        what = "the port is taken" if is_taken else f"no socket can listen there: {exc.strerror}"
        raise UserError(what, where=f"{host}:{port}", hint=hint) from exc
    return listening
