"""What is asked for in an address is taken as far as it has a meaning, and breaks no page."""

import pytest
from starlette.requests import Request
from support.site import Site
from support.tickets import ticket as make_ticket

from bot.storage.overview import JobFilter, JobLine
from bot.ticket.stages import Stage
from handlers.dashboard.page_data import PAGE_ROWS, format_place, read_filter, read_place

LINE = JobLine("7#12", "ticket", "7", "a/b", "t", "building", "running", "", 1_791_158_400.25, 0.0)


def ask(query: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


def test_a_list_goes_on_exactly_where_it_ended() -> None:
    assert read_place(format_place(LINE)) == (LINE.began, LINE.key)


@pytest.mark.parametrize("text", ["", "x", "nan 7#1", "inf 7#1", " ", "1e999 7#1", "z" * 60_000])
def test_what_is_no_place_begins_the_list_anew(text: str) -> None:
    assert read_place(text) is None


def test_what_has_no_meaning_is_left_out() -> None:
    found = read_filter(ask("text=a+b&situation=blocked&situation=evil&before=x"))
    assert found == JobFilter("a b", "", frozenset({"blocked"}))


@pytest.mark.slow
def test_older_jobs_follow_with_the_filter_kept(site: Site) -> None:
    site.sign_in()
    for issue in range(1, PAGE_ROWS + 3):
        site.tickets.add_ticket(make_ticket(issue=issue, title="Mend it", labelled_at=5.0))
    query = {"text": "mend", "situation": "running"}
    first = site.browser.get("/jobs", params=query).text
    before = first.partition('name="before" value="')[2].partition('"')[0]
    assert '<input type="hidden" name="text" value="mend">' in first
    second = site.browser.get("/jobs", params=query | {"before": before}).text
    assert (first.count('<li class="row">'), second.count('<li class="row">')) == (PAGE_ROWS, 2)


@pytest.mark.slow
def test_of_many_jobs_that_wait_those_without_room_are_told(site: Site) -> None:
    site.sign_in()
    for issue in range(1, PAGE_ROWS + 1):
        site.tickets.add_ticket(make_ticket(Stage.BLOCKED, issue=issue))
    assert "More wait" not in site.browser.get("/").text
    site.tickets.add_ticket(make_ticket(Stage.BLOCKED, issue=PAGE_ROWS + 1))
    page = site.browser.get("/").text
    assert "More wait" in page
    assert page.count('id="needs-') == PAGE_ROWS
