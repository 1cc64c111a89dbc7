"""The pages of a server, without a server around them."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
from fake_github.people import User
from fake_github.world import GitHub
from fastapi import FastAPI
from fastapi.testclient import TestClient

from bot.config.machine import Settings
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.tickets import TicketStore, open_ticket_store
from handlers.dashboard.open_dashboard import open_dashboard
from handlers.dashboard.routes import Dashboard, add_dashboard

ADDRESS = "http://127.0.0.1:8471"


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

    def sign_in_on(self, github: GitHub, person: User) -> None:
        """As that person's browser does: to GitHub, and back with a code."""
        github.somebody = person
        there = self.browser.get("/sign-in/github", follow_redirects=False).headers["location"]
        back = httpx.get(there).headers["location"]
        assert self.browser.get(back).status_code == 200

    def give(self, path: str, line: str) -> httpx.Response:
        """The button on the job's page that gives this command."""
        csrf = re.search(r'name="csrf" value="([^"]+)"', self.browser.get(path).text)
        sent = {"csrf": csrf[1] if csrf else "", "command": line}
        return self.browser.post(f"{path}/commands", data=sent)


@contextmanager
def open_site(
    settings: Settings, tickets: TicketStore | None = None, base_url: str = ADDRESS
) -> Iterator[Site]:
    """`tickets` where another part of the program writes them, too."""
    store = tickets or open_ticket_store(open_store(sqlite_url(Path(settings.state_dir))))
    app, dashboard = FastAPI(), open_dashboard(settings, store, base_url)
    add_dashboard(app, dashboard)
    with TestClient(app, base_url=base_url) as browser:
        yield Site(settings, store, dashboard, browser)
