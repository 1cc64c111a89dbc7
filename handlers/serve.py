"""`bricklayer serve`: the webhook and the worker in one process, until it is told to end."""

import asyncio
import errno
import gc
import logging
import os
import signal
import socket
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from bot.config.machine import Settings, find_settings_file, state_dir
from bot.errors import UserError
from bot.github.account import Account
from bot.locks import try_lock
from handlers.webhook import Inbox, make_app
from handlers.worker import Worker
from runners.tickets.services import ensure_private_dir, open_services
from runners.worker_process.standby import StandbyWorker

_SERVES_NOTHING = (
    "no repository is watched: only webhooks are answered, and nothing they miss is found."
    ' Name some in %s: [github] repos = ["owner/name"]'
)
MAX_CONNECTIONS = 500
"""Connections. GitHub has far fewer; what comes beyond is answered with a 503."""
log = logging.getLogger("bricklayer")
SWITCH_SECONDS = 0.0005
"""Seconds that a working thread keeps the interpreter from a webhook that has come in."""
MAX_WAITING_CONNECTIONS = 2048
"""Connections that the kernel keeps until they are taken."""


def serve(settings: Settings) -> None:
    """Raises UserError for an empty secret, no key, a taken port, or a second server here."""
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx").setLevel(logging.WARNING)
    sys.setswitchinterval(SWITCH_SECONDS)
    with require_single_server(state_dir(settings)):
        services = open_services(settings, Account(settings.github, os.environ))
        services.standby = StandbyWorker(settings)
        worker = Worker(services)
        secret = os.environ.get(settings.github.webhook_secret_env, "")
        app = make_app(secret, Inbox(services.tickets.receive, worker.signal_delivery))
        github = settings.github
        config = uvicorn.Config(
            app,
            log_level="warning",
            access_log=False,
            limit_concurrency=MAX_CONNECTIONS,
        )
        gc.freeze()  # all that is imported is kept: to look through it takes a tenth of a second
        hint = f"Name another one in {find_settings_file()}: [github] port = N."
        with bind_port(github.host, github.port, hint) as listening:
            if not (github.app_id or github.repos):
                log.warning(_SERVES_NOTHING, find_settings_file())
            _work(worker, uvicorn.Server(config), listening)


def _work(worker: Worker, server: uvicorn.Server, listening: socket.socket) -> None:
    worker.start()
    host, port = listening.getsockname()[:2]
    log.info("listening on http://%s:%s/webhook", f"[{host}]" if ":" in host else host, port)
    try:
        asyncio.run(_served(server, listening))
    finally:
        log.info("ending: what runs is stopped and goes on with the next start")
        worker.stop()


async def _served(server: uvicorn.Server, listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    for number in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(number, lambda: setattr(server, "should_exit", True))
    # `serve` would raise the signal again and skip our end
    await server._serve([listening])  # noqa: SLF001


@contextmanager
def require_single_server(folder: Path) -> Iterator[None]:
    """Two servers on one state folder would do everything twice."""
    ensure_private_dir(folder)
    with try_lock(folder / "serve.lock") as held:
        if not held:
            hint = "Stop it, or give this one a state_dir of its own."
            what = "another bricklayer serves from this state folder"
            raise UserError(what, where=str(folder), hint=hint)
        yield


def bind_port(host: str, port: int, hint: str) -> socket.socket:
    """Raises UserError where it cannot be had; `mend` says how to name another port."""
    try:
        family, kind, _, _, place = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    except OSError as exc:
        raise UserError(f"no address: {exc.strerror}", where=host, hint=hint) from exc
    listening = socket.socket(family, kind)
    listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        listening.bind(place)
        listening.listen(MAX_WAITING_CONNECTIONS)
    except OSError as exc:
        listening.close()
        taken = exc.errno == errno.EADDRINUSE
        what = "the port is taken" if taken else f"nobody can listen there: {exc.strerror}"
        raise UserError(what, where=f"{host}:{port}", hint=hint) from exc
    return listening
