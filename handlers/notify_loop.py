"""The loop by which the leading server tells people, beside what else it does."""

import os
from collections.abc import Sequence
from functools import partial

from bot.config.private_dir import open_state_dir
from bot.storage.database import sqlite_url
from bot.storage.history import History
from bot.storage.notifications import NotificationStore
from bot.storage.open_tickets import OpenTickets
from runners.history.open_history import OpenHistory
from runners.notify.channels import list_secrets, open_channels
from runners.notify.notifier import Notifier
from runners.tickets.services import Services


def open_notifier(services: Services) -> Notifier | None:
    """None where no channel is set."""
    settings, tickets = services.settings, services.tickets
    channels = open_channels(settings.notify, os.environ)
    if not channels:
        return None
    url = settings.database_url or sqlite_url(open_state_dir(settings))
    return Notifier(
        settings,
        NotificationStore(tickets.engine, tickets.term),
        tickets,
        OpenTickets(tickets.engine).list,
        channels,
        partial(_find_secrets, services),
        OpenHistory(settings, History(tickets.engine), url),
        services.now,
    )


def _find_secrets(services: Services) -> Sequence[str]:
    named = list_secrets(services.settings.notify, os.environ)
    return (*services.account.known_secrets(), *named)
