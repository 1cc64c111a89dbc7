"""What is asked for in an address is taken as far as it has a meaning, and breaks no page."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.requests import Request
from support.postgres import create_database
from support.site import Site, open_site
from support.tickets import ticket as make_ticket

from bot.config.machine import Settings
from bot.storage.jobs import open_store
from bot.storage.overview import JobFilter, JobLine
from bot.storage.tickets import open_ticket_store
from handlers.dashboard.page_data import PAGE_ROWS, format_place, read_filter, read_place

LINE = JobLine("7#12", "ticket", "7", "a/b", "t", "building", "running", "", 1_791_158_400.25, 0.0)


def ask(query: str) -> Request:
    return Request({"type": "http", "query_string": query.encode(), "headers": []})


@pytest.fixture
def on_postgres(tmp_path: Path, postgres: str) -> Iterator[Site]:
    url = create_database(postgres)
    settings = Settings(state_dir=str(tmp_path), database_url=url)
    with open_site(settings, open_ticket_store(open_store(url))) as made:
        yield made
    made.tickets.engine.dispose()


def test_a_list_goes_on_exactly_where_it_ended() -> None:
    assert read_place(format_place(LINE)) == (LINE.began, LINE.key)


@pytest.mark.parametrize("text", ["", "x", "nan 7#1", "inf 7#1", " ", "1e999 7#1", "z" * 60_000])
def test_what_is_no_place_begins_the_list_anew(text: str) -> None:
    assert read_place(text) is None


def test_what_has_no_meaning_is_left_out() -> None:
    found = read_filter(ask("text=a%00b&situation=blocked&situation=evil&before=x"))
    assert found == JobFilter("a\N{REPLACEMENT CHARACTER}b", "", frozenset({"blocked"}))


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/jobs?text=%00&repo=%00&before=1+%00", 200),
        ("/jobs/a%00b", 404),
        ("/jobs/a%00/b/1", 404),
        ("/coaching?repo=%00", 200),
    ],
)
def test_a_character_that_no_database_takes_breaks_no_page(
    on_postgres: Site, path: str, status: int
) -> None:
    on_postgres.sign_in()
    assert on_postgres.browser.get(path).status_code == status


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
