"""Signing in as the machine's owner does: with the link that `bricklayer dashboard` prints."""

import os
import subprocess
import time
from collections.abc import Callable

from support.machine import Machine

from bot.config.machine import parse_settings
from browser.night import clock_at
from browser.playwright_or_skip import Page, expect
from browser.served_night import AHEAD
from browser.visits import Visit
from handlers.dashboard.owner_link import make_owner_link

Begin = Callable[..., Visit]


def make_link(machine: Machine) -> str:
    """Good once, for some minutes."""
    env = {**os.environ, **machine.env, "BRICKLAYER_CONFIG": str(machine.config)}
    argv = [*machine.program, "dashboard"]
    done = subprocess.run(
        argv, env=env, cwd=machine.room, capture_output=True, text=True, timeout=60, check=True
    )
    return done.stdout.strip()


def sign_in(visit: Visit, machine: Machine) -> Page:
    """The first page, as its owner sees it. The link is made in this process, which is quicker."""
    page = visit.context.new_page()
    with clock_at(time.time() + machine_ahead(machine)):
        link = make_owner_link(parse_settings(machine.config.read_text()))
    page.goto(link)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    return page


def machine_ahead(machine: Machine) -> float:
    """Seconds by which its clock is ahead of this one."""
    ahead = machine.room / AHEAD
    return float(ahead.read_text()) if ahead.exists() else 0.0


def origin_of(machine: Machine) -> str:
    return f"http://127.0.0.1:{machine.port}"
