"""The morning's page says how many nights it looks back, and names a stall in words."""

import re
import time

import pytest
from support.site import Site

from bot.ledger import LedgerRow
from bot.storage.jobs import JobRow, Store

JOB = "0123456789ab"


@pytest.mark.slow
@pytest.mark.parametrize(("asked", "shown"), [("", "1"), ("3", "3"), ("x", "1")])
def test_the_number_of_nights_that_is_shown_is_selected(site: Site, asked: str, shown: str) -> None:
    site.sign_in()
    page = site.browser.get("/morning", params={"nights": asked}).text
    assert re.findall(r"<option selected>(\d+)</option>", page) == [shown]


def test_a_stall_that_was_taken_up_again_is_told_in_words(site: Site) -> None:
    store = Store(site.tickets.engine)
    store.save_job(JobRow(JOB, "/repo", "branch", "0" * 40, "", time.time()))
    for number, outcome in enumerate(("same-edit", "passed"), 1):
        row = LedgerRow("fix", number, "local", "model", 10, 10, 0, 1.0, outcome)
        store.save_attempt(JOB, 1, row)
    site.sign_in()
    page = site.browser.get("/morning").text
    assert "what failed: the same edit as before (1)" in page
