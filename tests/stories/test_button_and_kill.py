"""A button of the dashboard is pressed as the server dies: its command is heard once, by the next."""

import random
import re
import sqlite3
import threading
from contextlib import closing, suppress

import httpx
import pytest
from fake_github.world import GitHub
from support.machine import Machine, bank, said, until, waits

from bot.config.machine import parse_settings
from handlers.dashboard.sessions import OwnerLinks, read_key
from handlers.owner_commands import OWNER_EVENT

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow
JOB = "/jobs/octocat/bank/1"


def press(machine: Machine, line: str) -> None:
    """As its owner's browser does; who kills the server meanwhile leaves it without an answer."""
    settings = parse_settings((machine.room / "bricklayer.toml").read_text())
    address = f"http://127.0.0.1:{machine.port}"
    with httpx.Client(base_url=address, follow_redirects=True) as browser:
        browser.get("/sign-in", params={"code": OwnerLinks(read_key(settings)).make_code()})
        csrf = re.search(r'name="csrf" value="([^"]+)"', browser.get(JOB).text)
        assert csrf
        with suppress(httpx.HTTPError):
            browser.post(f"{JOB}/commands", data={"csrf": csrf[1], "command": line})


def count_commands(machine: Machine) -> int:
    with closing(sqlite3.connect(machine.room / "state" / "bricklayer.sqlite")) as db:
        query = "SELECT count(*) FROM bricklayer_deliveries WHERE event = ?"
        return int(db.execute(query, (OWNER_EVENT,)).fetchone()[0])


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_command_outlives_the_server_that_took_it(
    github: GitHub, machine: Machine, seed: int
) -> None:
    """Killed at a seeded moment after it was stored: before its loop hears it, while, or after."""
    issue = bank(github)
    machine.models["local"] = said("I cannot do that.", "fix-withdraw") * 9
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    waits(machine, issue, "blocked")
    pressing = threading.Thread(target=press, args=(machine, "/cancel"))
    pressing.start()
    until(lambda: count_commands(machine), machine.told)
    threading.Event().wait(random.Random(seed).uniform(0, 0.5))  # noqa: S311  # seeded
    machine.kill()
    pressing.join(30)
    machine.start()
    waits(machine, issue, "cancelled")
    assert count_commands(machine) == 1
    assert len(issue.repo.pulls) == 1
    assert "Traceback" not in machine.told()
