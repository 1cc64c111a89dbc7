"""How soon an open page of the dashboard shows what another process wrote into the database.

python bench/dashboard_live.py     (`make browser` installs what it needs)

A real `bricklayer serve`, a real Chromium. Each time a job is changed by another process's
connection; the clock runs from the end of its transaction until the page, which nobody loads
again, has drawn it.
"""

import random
import statistics
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

sys.path[:1] = [str(Path(__file__).parents[1] / "tests"), str(Path(__file__).parents[1])]

from browser.chromium import start_chromium  # noqa: E402
from browser.night import make_ticket, open_night, write_night  # noqa: E402
from browser.night_jobs import JOBS  # noqa: E402
from browser.playwright_or_skip import Page  # noqa: E402
from browser.served_night import serve_night  # noqa: E402
from browser.signed_in import origin_of, sign_in  # noqa: E402
from browser.visits import begin_visit  # noqa: E402
from fake_github.server import serving  # noqa: E402
from support.tickets import amend  # noqa: E402

from bot.config.machine import parse_settings  # noqa: E402
from bot.storage.tickets import TicketStore  # noqa: E402

CHANGES = 20
_SHOWN = "(text) => document.querySelector('main').innerText.includes(text)"


def main() -> int:
    with ExitStack() as stack:
        room = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="live-")))
        github = stack.enter_context(serving())
        machine = stack.enter_context(serve_night(room / "machine", github, write_night))
        browser = stack.enter_context(start_chromium(room))
        page = sign_in(begin_visit(browser, origin_of(machine)), machine)
        page.goto(f"{origin_of(machine)}/jobs/{JOBS[1].repo}/{JOBS[1].issue}")
        settings = parse_settings(machine.config.read_text())
        store = TicketStore(stack.enter_context(open_night(settings)).engine)
        key = make_ticket(settings, JOBS[1]).key
        chance = random.Random(1)  # noqa: S311  # at moments that differ, and are the same each time
        took = [
            measure_change(page, store, key, chance, f"change {n} of {CHANGES}")
            for n in range(CHANGES)
        ]
    print(f"{CHANGES} changes: median {statistics.median(took):.2f} s, longest {max(took):.2f} s")
    return 0


def measure_change(
    page: Page, store: TicketStore, key: str, chance: random.Random, text: str
) -> float:
    """Seconds."""
    time.sleep(chance.uniform(0.0, 1.0))
    store.change_ticket(key, lambda ticket: amend(ticket, why=text))
    began = time.perf_counter()
    page.wait_for_function(_SHOWN, arg=text, polling="raf")
    return time.perf_counter() - began


if __name__ == "__main__":
    sys.exit(main())
