"""`bricklayer action`: one event of a GitHub Actions run, and all the work that follows from it."""

import json
import logging
import os
import threading
import time
from pathlib import Path

from bot.config import Settings
from bot.errors import UserError
from bot.events import Event, Malformed, parse
from bot.github import Account
from bot.stages import is_over
from handlers.dispatch import on_event
from handlers.sweep import sweep
from runners.loop.advance import advance
from runners.loop.shop import Shop, open_shop

log = logging.getLogger("bricklayer")
HOURS = 5.5
"""A job of Actions ends after six hours: before that the work is stopped; the next run goes on."""
MOST = 25 << 20
SOON = 120.0
"""Seconds. Longer waits, for checks that run or for a person, end in an event of their own."""


def action(settings: Settings, hours: float = HOURS) -> None:
    """Raises UserError where this is no run of Actions."""
    logging.basicConfig(level=logging.INFO, format="%(levelname)s %(message)s")
    shop = open_shop(settings, Account(settings.github, os.environ))
    event = read_event()
    repo = os.environ.get("GITHUB_REPOSITORY", "") or (event.where.repo if event else "")
    woken: dict[str, None] = {}
    shop.wake = lambda key: woken.update({key: None})
    end = time.time() + hours * 3600
    clock = threading.Timer(max(0.0, end - time.time()), shop.stop_all)
    clock.daemon = True
    clock.start()
    if event and event.where.repo.lower() != repo.lower():
        log.warning("the event is about %s, not about %s", event.where.repo, repo)
    elif event:
        on_event(shop, event)
    if repo:
        sweep(shop, repo)
    for key in woken:
        _through(shop, key, end)
    clock.cancel()


def _through(shop: Shop, key: str, end: float) -> None:
    """Advance a ticket while what it waits for comes soon; for the rest there is another event."""
    while time.time() < end:
        ticket = advance(shop, key)
        if ticket is None or is_over(ticket.stage) or ticket.paused:
            return
        if ticket.until > min(end, time.time() + SOON) or not ticket.until:
            return
        time.sleep(max(0.0, min(ticket.until - time.time(), end - time.time())))
    log.info("%s: the time of this run is over; the next one goes on", key)


def read_event() -> Event | None:
    """The event of this run; None for one that is not ours, such as a schedule."""
    path, name = os.environ.get("GITHUB_EVENT_PATH", ""), os.environ.get("GITHUB_EVENT_NAME", "")
    if not path or not name:
        mend = "It is for a workflow: see .github/workflows/bricklayer.yml. Elsewhere: serve."
        raise UserError("GITHUB_EVENT_PATH or GITHUB_EVENT_NAME is not set", mend=mend)
    try:
        raw = Path(path).read_bytes()[:MOST]
        return parse(name, json.loads(raw))
    except (OSError, ValueError, RecursionError, Malformed) as wrong:
        what = f"the event cannot be read: {wrong}"
        raise UserError(what, where=path, mend="Run it from a workflow's event.") from wrong
