"""Puts a server's dashboard together from its settings and its database."""

from bot.config.machine import Settings, state_dir
from bot.storage.history import History
from bot.storage.overview import Overview
from bot.storage.read_only import open_to_read
from bot.storage.tickets import TicketStore
from handlers.dashboard.accounts import Accounts
from handlers.dashboard.commands import Commands
from handlers.dashboard.page_data import PageData
from handlers.dashboard.pages import load_templates
from handlers.dashboard.pulse import Pulse
from handlers.dashboard.routes import Dashboard
from handlers.dashboard.sessions import OwnerLinks, Sessions, read_key
from handlers.dashboard.sign_in import SignIn, find_sign_in_app
from handlers.dashboard.spent_names import SPENT_FILE, SpentNames
from handlers.dashboard.threads import Threads
from runners.history.open_history import OpenHistory

HOUR_SECONDS = 3600.0


def open_dashboard(settings: Settings, tickets: TicketStore, address: str = "") -> Dashboard:
    """`address` is where this server is reached, as far as it knows.

    Pages read with connections of their own, which cannot write; commands go into `tickets`.
    """
    load_templates()
    key, url = read_key(settings), settings.dashboard.url
    place = str(tickets.engine.url.render_as_string(hide_password=False))
    engine = open_to_read(place) or tickets.engine
    history, overview = OpenHistory(settings, History(engine), place), Overview(engine)
    app, commands = find_sign_in_app(settings, address), Commands(history, tickets)
    spent = SpentNames(state_dir(settings) / SPENT_FILE)
    sessions = Sessions(key, settings.dashboard.session_hours * HOUR_SECONDS, url, spent)
    accounts, threads = Accounts(app) if app else None, Threads()
    return Dashboard(
        settings,
        PageData(overview, history, commands.outcomes),
        SignIn(sessions, OwnerLinks(key, spent), threads, app, accounts, url),
        commands,
        Pulse(overview.read_pulse, threads),
        threads,
    )
