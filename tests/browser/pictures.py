"""Draws the dashboard's pictures for docs/images: the same night, and the same clock, each time.

Run by `make pictures`. The pages are the dashboard's own; only their clock stands still.
"""

import json
import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path

import uvicorn
from fastapi import FastAPI
from support.planted import git, plant

from bot.coaching.notes import COACHING_PATH
from bot.config.machine import Settings, state_dir
from bot.github.mirror import ORIGIN, name_mirror
from bot.storage.database import sqlite_url
from bot.storage.jobs import open_store
from bot.storage.tickets import open_ticket_store
from bot.storage.workers import WorkerFacts, WorkerStore
from browser.chromium import start_chromium
from browser.night import MORNING, clock_at, make_ticket, write_night
from browser.night_jobs import JOBS, LOCAL
from browser.playwright_or_skip import Browser
from browser.visits import begin_visit, take_screenshot
from browser.weeks import LESSONS, make_weeks
from handlers.dashboard.open_dashboard import open_dashboard
from handlers.dashboard.routes import add_dashboard
from runners.progress import Activity

IMAGES = Path(__file__).parents[2] / "docs" / "images"
WINDOW = {"width": 1000, "height": 640}
JOB = "/jobs/octocat/bank/41"
PAGES = {
    "now": "/",
    "jobs": "/jobs",
    "job": JOB,
    "attempt": f"{JOB}/attempts/{41:012x}/1/write-statement/3",
    "morning": "/morning",
    "weeks": "/weeks",
    "coaching": "/coaching",
}
TALLEST = {"job": 1250, "attempt": 1750}
USUALLY_TALLEST = 900
"""Pixels: what stands below is more of the same."""


def main() -> int:
    with tempfile.TemporaryDirectory(prefix="pictures-") as room:
        settings = Settings(state_dir=f"{room}/state")
        write_night(settings, (*make_weeks(), *JOBS))
        plant_lessons(settings)
        clock = clock_at(MORNING)
        with start_chromium(Path(room)) as browser, clock, serve_pages(settings) as (origin, code):
            draw(browser, origin, code)
    return 0


def plant_lessons(settings: Settings) -> None:
    """As they stand on the default branch that was fetched last."""
    ticket = make_ticket(settings, JOBS[0])
    mirrors = state_dir(settings) / "mirrors"
    mirrors.mkdir(parents=True)
    folder = mirrors / name_mirror(settings.github.api_url, ticket.where.repo_id)
    plant(folder, {COACHING_PATH: LESSONS})
    git(folder, "update-ref", f"{ORIGIN}/main", "refs/heads/main")


@contextmanager
def serve_pages(settings: Settings) -> Iterator[tuple[str, str]]:
    """The origin, and a code that signs its owner in."""
    store = open_store(sqlite_url(Path(settings.state_dir)))
    tickets, app = open_ticket_store(store), FastAPI()
    WorkerStore(store.engine).beat(describe_worker(settings), is_first=True)
    server = uvicorn.Server(uvicorn.Config(app, port=0, log_level="error"))
    sockets = [server.config.bind_socket()]
    origin = f"http://127.0.0.1:{sockets[0].getsockname()[1]}"
    dashboard = open_dashboard(settings, tickets, origin)
    add_dashboard(app, dashboard)
    serving = threading.Thread(target=server.run, kwargs={"sockets": sockets}, daemon=True)
    serving.start()
    try:
        yield origin, dashboard.sign_in.links.make_code()
    finally:
        server.should_exit = True
        serving.join(10)
        store.engine.dispose()


def describe_worker(settings: Settings) -> WorkerFacts:
    """One machine with two lanes, of which one is at work."""
    building = next(job for job in JOBS if job.issue == 45)
    asking = Activity(
        "ask",
        LOCAL,
        MORNING - 21.0,
        heard=MORNING,
        first=MORNING - 18.0,
        lane="gpu-0",
        task="name-the-columns",
        tier="local",
        model=LOCAL,
        attempt=1,
        tokens=612,
    )
    lanes = {"gpu-0": "name-the-columns", "gpu-1": ""}
    seen = {"v": 1, "pid": 1, "lanes": lanes, "running": [asdict(asking)]}
    key = make_ticket(settings, building).key
    return WorkerFacts(
        "gpu-box",
        "gpu-box",
        1,
        len(lanes),
        "0.1.0",
        ("plans", "builds"),
        disk_free=412 << 30,
        activity=json.dumps({key: seen}),
    )


def draw(browser: Browser, origin: str, code: str) -> None:
    visit = begin_visit(browser, origin, viewport=WINDOW, color_scheme="light")
    page = visit.open(f"/sign-in?code={code}")
    for name, path in PAGES.items():
        page.goto(f"{origin}{path}")
        whole = page.evaluate("() => document.documentElement.scrollHeight")
        height = min(TALLEST.get(name, USUALLY_TALLEST), whole)
        page.set_viewport_size({"width": WINDOW["width"], "height": height})
        take_screenshot(page, f"dashboard-{name}", IMAGES, full_page=False)
        page.set_viewport_size(WINDOW)
    visit.context.close()
    assert visit.faults == [], visit.faults


if __name__ == "__main__":
    sys.exit(main())
