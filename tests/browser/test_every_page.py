"""What holds for every page, whatever stands in the database. Pages are found by their links."""

import pytest

from browser.inspection import Looked, inspect, read_words
from browser.playwright_or_skip import expect
from browser.routes import find_kind, list_pages
from browser.signed_in import Begin, origin_of, sign_in
from browser.site_pages import find_pages
from browser.worlds import MUCH, NIGHT, PASTS, Worlds

pytestmark = pytest.mark.browser
EACH = {NIGHT: 3, MUCH: 8}
"""Pages of one kind that are looked at: of jobs in different states, or with different texts."""


@pytest.fixture(params=PASTS)
def past(request: pytest.FixtureRequest) -> str:
    return str(request.param)


def look(worlds: Worlds, past: str, visit: Begin) -> list[Looked]:
    """At pages of each kind; once for all tests."""
    machine = worlds.open(past)
    origin = origin_of(machine)
    if past not in worlds.looked:
        page = sign_in(visit(origin), machine)
        worlds.looked[past] = [
            inspect(page, origin, path, f"{past}-{number}")
            for number, path in enumerate(find_pages(page, origin, find_kind, EACH.get(past, 1)))
        ]
    return worlds.looked[past]


@pytest.fixture
def pages(worlds: Worlds, past: str, visit: Begin) -> list[Looked]:
    return look(worlds, past, visit)


def test_no_page_breaks_a_rule_of_wcag(pages: list[Looked]) -> None:
    """Levels A and AA, in both themes, as far as axe-core can tell."""
    assert [(page.path, line) for page in pages for line in page.light] == []
    assert [(page.path, line) for page in pages for line in page.dark] == []


def test_a_phone_shows_each_page_without_scrolling_sideways(pages: list[Looked]) -> None:
    """375 pixels wide; what is wider scrolls in a box of its own."""
    assert [(page.path, line) for page in pages for line in page.wider] == []


def test_text_from_outside_never_becomes_markup(pages: list[Looked]) -> None:
    """It reads as it was written, with what nobody sees made visible."""
    assert [(page.path, page.markup) for page in pages if page.markup] == []
    assert [(page.path, page.unseen) for page in pages if page.unseen] == []


def test_the_tab_key_comes_to_all_that_can_be_acted_on_in_order(pages: list[Looked]) -> None:
    """In the order in which it is read, and each time one sees where one is."""
    for page in pages:
        assert [step.order for step in page.steps] == list(range(page.reachable)), page.path
        assert [step.html for step in page.steps if not step.shown] == [], page.path


def test_links_lead_to_every_page_there_is(worlds: Worlds, visit: Begin) -> None:
    """From the first one on; but for a job of the command line, which a night of issues lacks."""
    reached = {find_kind(page.path).partition("?")[0] for page in look(worlds, NIGHT, visit)}
    assert {page for page in list_pages() - reached if "{name}" not in page} == set()


def test_every_page_can_be_read_without_scripts(worlds: Worlds, visit: Begin) -> None:
    """The same headings and links stand in it."""
    pages = look(worlds, NIGHT, visit)
    machine = worlds.open(NIGHT)
    plain = sign_in(visit(origin_of(machine), java_script_enabled=False), machine)
    for looked in pages:
        plain.goto(f"{origin_of(machine)}{looked.path}")
        expect(plain.get_by_role("heading", level=1)).to_be_visible()
        assert read_words(plain) == looked.words
