"""`bricklayer serve` on the morning after a night whose jobs never change: another process leads."""

import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from fake_github.world import GitHub
from support.machine import Machine, machine_for
from support.template_client import SHIFTED_CLOCK

from bot.config.machine import Settings, parse_settings
from bot.storage.leader import LEASE_SECONDS, LeaderLease
from browser.night import MORNING, open_night

AHEAD = "ahead"
"""The file that says by how much the clock is."""
HOLDER = "gpu-box, process 4242"


@contextmanager
def serve_night(room: Path, github: GitHub, write: Callable[[Settings], None]) -> Iterator[Machine]:
    """`write` puts into the database what was done, before the server begins."""
    room.mkdir(parents=True, exist_ok=True)
    ahead = room / AHEAD
    ahead.write_text(str(MORNING - time.time()))
    program = (sys.executable, SHIFTED_CLOCK, str(ahead))
    with machine_for(room, github, hook=False, program=program) as machine:
        settings = parse_settings(machine.write().read_text())
        write(settings)
        with hold_lease(settings):
            machine.start()
            yield machine
            machine.stop()


@contextmanager
def hold_lease(settings: Settings) -> Iterator[None]:
    """Nobody else takes tickets from stage to stage until the block ends."""
    with open_night(settings) as store:
        term = LeaderLease(store.engine, HOLDER).take()
        assert term, "another process leads"
        ended = threading.Event()

        def renew() -> None:
            while not ended.wait(LEASE_SECONDS / 3):
                term.renew()

        renewing = threading.Thread(target=renew)
        renewing.start()
        try:
            yield
        finally:
            ended.set()
            renewing.join()
            term.end()
