"""What the dashboard's pages cost with 10,000 jobs. `bench/dashboard.py [--postgres]`.

Each page is opened through the real app, by the machine's owner and by somebody who reads 5 of 50
repositories. The floor is a page of the same server that reads nothing. `--state DIR` keeps the
database, and fills it only where there is none.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from urllib.parse import urlencode

HERE = Path(__file__).resolve().parent
sys.path[:1] = [str(HERE / "dashboard_parts"), str(HERE.parent / "tests"), str(HERE.parent)]

import sqlalchemy as sa  # noqa: E402
from dashboard_rows import LARGE_ISSUE, REPOS, fill  # noqa: E402
from fastapi import FastAPI  # noqa: E402
from fastapi.testclient import TestClient  # noqa: E402
from starlette.requests import Request  # noqa: E402
from starlette.responses import Response  # noqa: E402
from support.postgres import create_database, open_postgres  # noqa: E402

from bot.config.machine import Settings  # noqa: E402
from bot.github.mirror import name_mirror  # noqa: E402
from bot.github.sign_in import SignInApp  # noqa: E402
from bot.github.webhooks import Person  # noqa: E402
from bot.storage.database import sqlite_url  # noqa: E402
from bot.storage.jobs import open_store  # noqa: E402
from bot.storage.overview import EVERYTHING, Overview  # noqa: E402
from bot.storage.tickets import TicketStore, open_ticket_store  # noqa: E402
from handlers.dashboard.accounts import Accounts, KnownAccount  # noqa: E402
from handlers.dashboard.open_dashboard import open_dashboard  # noqa: E402
from handlers.dashboard.page_data import format_place  # noqa: E402
from handlers.dashboard.routes import Dashboard, add_dashboard  # noqa: E402
from handlers.dashboard.sessions import start_session  # noqa: E402

ADDRESS = "http://127.0.0.1:8471"
TIMES = 20
LARGE = f"/jobs/acme/repo-0/{LARGE_ISSUE}"
PAGES = {
    "nothing read (floor)": "/sign-in",
    "now": "/",
    "jobs": "/jobs",
    "jobs, text": "/jobs?text=number+77",
    "jobs, text nowhere": "/jobs?text=nowhere",
    "jobs, repository": "/jobs?repo=acme%2Frepo-0",
    "jobs, situation": "/jobs?situation=blocked",
    "jobs, text, repository, situation": "/jobs?text=must&repo=acme%2Frepo-0&situation=passed",
    "jobs, deep": "",
    "job": "/jobs/acme/repo-0/100",
    "job, 60 tasks, 400 attempts": LARGE,
    "job of the command line": "/jobs/c00000000001",
    "attempt, 300 kB": f"{LARGE}/attempts/{'b' * 12}/1/t0/1",
    "morning": "/morning",
    "morning, 7 nights": "/morning?nights=7",
    "weeks, 4": "/weeks?weeks=4",
    "weeks, 12": "/weeks",
    "weeks, 52": "/weeks?weeks=52",
    "coaching": "/coaching",
}


@dataclass(slots=True)
class Statements:
    count: int = 0

    def add(self, *_: object) -> None:
        self.count += 1


def measure(name: str, browser: TestClient, path: str, statements: Statements) -> None:
    browser.get(path)
    times, statements.count = [], 0
    for _ in range(TIMES):
        began = time.perf_counter()
        answer = browser.get(path)
        times.append((time.perf_counter() - began) * 1000)
    middle, size, asked = statistics.median(times), len(answer.content), statements.count // TIMES
    print(
        f"| {name} | {middle:.1f} | {max(times):.1f} | {size / 1000:.1f} | {asked} |"
        f"{'' if answer.status_code in {200, 401} else answer.status_code}",
        flush=True,
    )


def measure_pulse(overview: Overview) -> None:
    times = []
    for _ in range(10 * TIMES):
        began = time.perf_counter()
        overview.read_pulse()
        times.append((time.perf_counter() - began) * 1000)
    print(f"| look for news | {statistics.median(times):.2f} | {max(times):.2f} | | 2 |")


def sign_in_reader(dashboard: Dashboard, browser: TestClient, accounts: Accounts) -> None:
    session, answer = start_session(Person(42, "mona")), Response()
    reads = frozenset(str(100 + n) for n in range(5))
    accounts._keep(session.name, KnownAccount("none", reads, reads))  # noqa: SLF001  # no GitHub here
    dashboard.sign_in.sessions.set(
        Request({"type": "http", "scheme": "http", "headers": []}), answer, session
    )
    browser.cookies.clear()
    name, _, value = answer.headers["set-cookie"].partition(";")[0].partition("=")
    browser.cookies.set(name, value.strip('"'))


def find_deep_page(overview: Overview) -> str:
    """Some five thousand jobs down the list."""
    jobs = overview.list_jobs(EVERYTHING, limit=5_000)
    return f"/jobs?{urlencode({'before': format_place(jobs[-1])})}"


def write_mirrors(settings: Settings) -> None:
    """What `/coaching` reads of each repository: a file of 30 lessons on its default branch."""
    folder = Path(settings.state_dir) / "mirrors"
    lessons = "".join(
        f"## Amounts of kind {n} are cents.\n\n"
        f"- scope: src/part_{n}.py\n- origin: https://github.com/acme/x/pull/{n}\n"
        f"- author: mona\n- commit: 1a2b3c4\n\n"
        for n in range(30)
    )
    for n in range(REPOS):
        mirror = folder / name_mirror(settings.github.api_url, 100 + n)
        if mirror.exists():
            continue
        text = "commit refs/remotes/origin/main\ncommitter m <m@x> 1800000000 +0000\ndata 1\nx\n"
        text += f"M 100644 inline .bricklayer/coaching.md\ndata {len(lessons)}\n{lessons}\n"
        subprocess.run(["git", "init", "-q", "--bare", str(mirror)], check=True)
        git = ["git", "-C", str(mirror), "fast-import", "--quiet"]
        subprocess.run(git, input=text.encode(), check=True)


@contextmanager
def find_database(state: Path, *, postgres: bool) -> Iterator[str]:
    if not postgres:
        yield sqlite_url(state)
        return
    with open_postgres() as server:
        yield create_database(server.get_uri())


def measure_all(url: str, state: Path, only: str) -> None:
    settings = Settings(state_dir=str(state), database_url=url)
    store: TicketStore = open_ticket_store(open_store(url))
    if not Overview(store.engine).list_jobs(EVERYTHING, limit=1):
        began = time.perf_counter()
        fill(store.engine)
        print(f"filled in {time.perf_counter() - began:.0f} s", flush=True)
    write_mirrors(settings)
    statements = Statements()
    sa.event.listen(sa.Engine, "before_cursor_execute", statements.add)
    app = SignInApp("https://github.com", "https://api.github.com", ADDRESS, "id", "none")
    accounts = Accounts(app, lambda: 0.0)
    made = open_dashboard(settings, store, ADDRESS)
    made = replace(made, sign_in=replace(made.sign_in, app=app, accounts=accounts))
    pages = FastAPI()
    add_dashboard(pages, made)
    print(f"load {os.getloadavg()[0]:.0f}; {store.engine.dialect.name}")
    print(
        "| page | ms, median of 20 | at worst | kB | statements |\n| --- | --- | --- | --- | --- |"
    )
    with TestClient(pages, base_url=ADDRESS) as browser:
        code = made.sign_in.links.make_code()
        browser.get("/sign-in", params={"code": code})
        measure_pages("", browser, statements, find_deep_page(made.data.overview), only)
        sign_in_reader(made, browser, accounts)
        measure_pages("5 of 50: ", browser, statements, find_deep_page(made.data.overview), only)
    measure_pulse(Overview(store.engine))


def measure_pages(
    who: str, browser: TestClient, statements: Statements, deep: str, only: str
) -> None:
    for name, path in PAGES.items():
        if only in name and not (who and ("command line" in name or "floor" in name)):
            measure(f"{who}{name}", browser, path or deep, statements)


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--postgres", action="store_true")
    options.add_argument("--state", type=Path)
    options.add_argument("--only", default="", help="pages whose names have this word")
    given = options.parse_args()
    with tempfile.TemporaryDirectory() as room:
        state = given.state or Path(room)
        state.mkdir(parents=True, exist_ok=True)
        with find_database(state, postgres=given.postgres) as url:
            measure_all(url, state, given.only)


if __name__ == "__main__":
    main()
