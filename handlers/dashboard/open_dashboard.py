"""Puts a server's dashboard together from its settings and its database."""

from bot.config.machine import Settings
from bot.storage.history import History
from bot.storage.overview import Overview
from bot.storage.tickets import TicketStore
from handlers.dashboard.accounts import Accounts
from handlers.dashboard.commands import Commands
from handlers.dashboard.page_data import PageData
from handlers.dashboard.pulse import Pulse
from handlers.dashboard.routes import Dashboard
from handlers.dashboard.sessions import OwnerLinks, Sessions, read_key
from handlers.dashboard.sign_in import SignIn, find_sign_in_app
from runners.history.open_history import OpenHistory

HOUR_SECONDS = 3600.0


def open_dashboard(settings: Settings, tickets: TicketStore, address: str = "") -> Dashboard:
    """`address` is where this server is reached, as far as it knows."""
    key, overview = read_key(settings), Overview(tickets.engine)
    url = str(tickets.engine.url.render_as_string(hide_password=False))
    history = OpenHistory(settings, History(tickets.engine), url)
    is_secure = settings.dashboard.url.startswith("https://")
    max_age = settings.dashboard.session_hours * HOUR_SECONDS
    app, commands = find_sign_in_app(settings, address), Commands(history, tickets)
    return Dashboard(
        settings,
        PageData(overview, history, commands.outcomes),
        SignIn(
            Sessions(key, max_age, secure=is_secure),
            OwnerLinks(key),
            app,
            Accounts(app) if app else None,
        ),
        commands,
        Pulse(overview.read_pulse),
    )
