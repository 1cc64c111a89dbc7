"""The pages of a server, without a server around them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.config.machine import Settings
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.tickets import TicketStore, open_ticket_store
from handlers.dashboard.open_dashboard import open_dashboard
from handlers.dashboard.routes import Dashboard, add_dashboard


@dataclass(frozen=True, slots=True)
class Site:
    """What the pages are made of, and a browser; `sign_in` makes it the machine owner's."""

    settings: Settings
    tickets: TicketStore
    dashboard: Dashboard
    browser: TestClient

    def sign_in(self) -> None:
        code = self.dashboard.sign_in.links.make_code()
        assert self.browser.get("/sign-in", params={"code": code}).status_code == 200


@contextmanager
def open_site(folder: Path) -> Iterator[Site]:
    settings = Settings(state_dir=str(folder))
    tickets = open_ticket_store(open_store(sqlite_url(folder)))
    app, dashboard = FastAPI(), open_dashboard(settings, tickets)
    add_dashboard(app, dashboard)
    with TestClient(app, base_url="http://127.0.0.1:8471") as browser:
        yield Site(settings, tickets, dashboard, browser)
