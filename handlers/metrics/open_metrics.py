"""Gives a server its metrics, where the settings ask for them."""

import os
from collections.abc import Callable
from functools import partial
from importlib.util import find_spec

from fastapi import FastAPI

from bot.config.machine import Settings, find_settings_file
from bot.errors import UserError
from bot.storage.tickets import TicketStore
from handlers.metrics.readings import OwnFacts, read_all

INSTALL = "uv tool install --reinstall '.[metrics]'"


def open_metrics(
    app: FastAPI,
    settings: Settings,
    tickets: TicketStore,
    own: OwnFacts,
    is_halted: Callable[[], bool],
) -> None:
    """Nothing where they are off. Raises UserError where what they need is not installed."""
    if not settings.signals.metrics:
        return
    if find_spec("prometheus_client") is None:
        hint = f"In a clone of Bricklayer, run {INSTALL}; or set `metrics = false`."
        what = "[signals] metrics needs the package prometheus-client"
        raise UserError(what, where=str(find_settings_file()), hint=hint)
    from handlers.metrics.endpoint import Metrics, add_metrics  # noqa: PLC0415  # of an extra

    token = os.environ.get(settings.signals.metrics_token_env, "").strip()
    add_metrics(app, Metrics(own, partial(read_all, tickets, settings, is_halted)), token)
