"""Tells of webhooks that were set aside because the process ended while it handled them."""

import json
from collections.abc import Iterator
from contextlib import suppress

import sqlalchemy as sa

from bot.config.machine import Settings, state_dir
from bot.errors import UserError
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.tickets import Delivery, open_ticket_store
from bot.text.invisible import make_printable
from bot.text.utc_time import format_utc
from runners.doctor.finding import Finding

MAX_TOLD = 10


def examine_set_aside(settings: Settings) -> Iterator[Finding]:
    """Nothing where there are none; a database that does not answer is told elsewhere."""
    with suppress(OSError, UserError, sa.exc.SQLAlchemyError):
        store = open_store(settings.database_url or sqlite_url(state_dir(settings)))
        try:
            found = open_ticket_store(store).list_set_aside()
        finally:
            store.engine.dispose()
        yield from map(_tell, found[:MAX_TOLD])
        if (more := len(found) - MAX_TOLD) > 0:
            yield Finding(f"{more} more webhooks are set aside", good=None)


def _tell(delivery: Delivery) -> Finding:
    at = format_utc(delivery.at)
    what = f"webhook {delivery.id} ({delivery.event}{_find_place(delivery)}, {at}) is set aside"
    hint = (
        "This process ended twice while it handled it: frozen, out of memory, or killed. Look at"
        " what it is about, report it as a fault, and have GitHub redeliver it to try it again:"
        " Settings, Webhooks (or the App's Advanced page), Recent Deliveries."
    )
    return Finding(f"{what}: it ended the process twice", good=None, hint=hint)


def _find_place(delivery: Delivery) -> str:
    """The repository and the number of what it is about, as far as its text tells."""
    try:
        body = json.loads(delivery.body)
        repo = make_printable(str(body["repository"]["full_name"]))
        about = body.get("issue") or body.get("pull_request") or {}
        number = about.get("number", 0)
    except (ValueError, RecursionError, LookupError, TypeError, AttributeError):
        return ""
    return f" of {repo}#{number}" if isinstance(number, int) and number else f" of {repo}"
