"""A page that is left open keeps up with the database, and says when it does not."""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import Machine
from support.tickets import amend

from bot.config.machine import parse_settings
from bot.storage.tickets import TicketStore
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from browser.night import make_ticket, open_night, write_night
from browser.night_jobs import JOBS
from browser.playwright_or_skip import Locator, Page, expect
from browser.served_night import serve_night
from browser.signed_in import Begin, origin_of, sign_in

pytestmark = pytest.mark.browser
WAITING = tuple(job for job in JOBS if job.stage in {Stage.APPROVAL, Stage.BLOCKED, Stage.REVIEW})


@pytest.fixture
def machine(github: GitHub, tmp_path: Path) -> Iterator[Machine]:
    with serve_night(tmp_path, github, partial(write_night, jobs=WAITING)) as made:
        yield made


def change(machine: Machine, stage: Stage, how: Callable[[Ticket], Ticket]) -> None:
    """The job of that stage, as another process changes it in the database."""
    settings = parse_settings(machine.config.read_text())
    job = next(job for job in WAITING if job.stage is stage)
    with open_night(settings) as store:
        TicketStore(store.engine).change_ticket(make_ticket(settings, job).key, how)


def end(ticket: Ticket) -> Ticket:
    return amend(ticket, stage=Stage.CANCELLED)


def row(page: Page, stage: Stage) -> Locator:
    title = next(job.title for job in WAITING if job.stage is stage)
    return page.get_by_role("listitem").filter(has=page.get_by_role("link", name=title))


def test_a_button_that_has_the_focus_stays_its_jobs(machine: Machine, visit: Begin) -> None:
    """The rows around it go and come: Enter does what was read before."""
    page = sign_in(visit(origin_of(machine)), machine)
    cancel = row(page, Stage.APPROVAL).get_by_role("button", name="Cancel")
    cancel.focus()
    change(machine, Stage.BLOCKED, end)
    expect(row(page, Stage.BLOCKED)).to_have_count(0)
    expect(cancel).to_be_focused()
    change(machine, Stage.APPROVAL, end)
    expect(row(page, Stage.APPROVAL)).to_have_count(0)
    expect(page.locator("main")).to_be_focused()


def test_what_a_person_opened_stays_open(machine: Machine, visit: Begin) -> None:
    """And what changed is shown beside it."""
    page = sign_in(visit(origin_of(machine)), machine)
    row(page, Stage.BLOCKED).get_by_role("link").first.click()
    plan = page.locator("details").filter(has_text="The plan as it is written")
    plan.locator("summary").click()
    change(machine, Stage.BLOCKED, lambda ticket: amend(ticket, why="nobody helps"))
    expect(page.get_by_text("nobody helps")).to_be_visible()
    expect(plan).to_have_attribute("open", "")


def test_a_server_that_went_is_told_and_what_it_missed_is_shown_when_it_is_back(
    machine: Machine, visit: Begin
) -> None:
    """A page never looks live that is not."""
    begun = visit(origin_of(machine), expected="ERR_CONNECTION_|ERR_INCOMPLETE|ERR_EMPTY")
    page = sign_in(begun, machine)
    told = page.locator("#connection")
    expect(told).to_be_empty()
    machine.kill()
    expect(told).to_contain_text("The server does not answer")
    change(machine, Stage.REVIEW, end)
    expect(row(page, Stage.REVIEW)).to_be_visible()
    machine.start()
    expect(row(page, Stage.REVIEW)).to_have_count(0)
    expect(told).to_be_empty()
