"""The first page tells what is left of the caps, and how much model servers already had."""

import time

from support.site import Site

from bot.ledger import LedgerRow
from bot.storage.jobs import JobRow, Store
from bot.storage.overview import EVERYTHING, Visible
from bot.storage.statistics import Statistics

HOSTILE = "<b>model</b>"


def keep_attempt(site: Site, number: int, model: str, tokens: int, cached: int) -> None:
    store = Store(site.tickets.engine)
    store.save_job(JobRow("job", "/repo", "branch", "0" * 40, "", time.time()))
    row = LedgerRow("fix", number, "local", model, tokens, 10, cached, 1.0, "passed")
    store.save_attempt("job", 1, row, "7")


def test_the_part_that_a_server_already_had_is_told_by_model(site: Site) -> None:
    keep_attempt(site, 1, "local-model", 1000, 900)
    keep_attempt(site, 2, "local-model", 1000, 600)
    keep_attempt(site, 3, HOSTILE, 1000, 0)
    site.sign_in()
    page = site.browser.get("/").text
    assert "local-model: 75 %" in page
    assert "&lt;b&gt;model&lt;/b&gt;: 0 %" in page


def test_only_of_repositories_that_may_be_seen(site: Site) -> None:
    keep_attempt(site, 1, "local-model", 1000, 900)
    statistics = Statistics(site.tickets.engine)
    assert statistics.sum_cached(EVERYTHING, 0, 10) == {"local-model": (1000, 900)}
    assert statistics.sum_cached(Visible(frozenset({"8"})), 0, 10) == {}


def test_a_cap_says_what_is_used_of_it_and_when_it_is_free_again(site: Site) -> None:
    site.sign_in()
    page = site.browser.get("/").text
    assert "all jobs today: 0 of 200,000,000 tokens (0%), free again 20" in page
