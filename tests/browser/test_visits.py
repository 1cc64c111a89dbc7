"""What the tests of pages rely on: a page that does what none may do is found out."""

import pytest

from browser.axe import find_violations
from browser.keyboard import walk
from browser.layout import find_wider
from browser.one_page import GOOD, seen
from browser.playwright_or_skip import Browser
from browser.site_pages import find_pages
from browser.visits import PHONE

pytestmark = pytest.mark.browser


def test_a_good_page_has_no_faults(browser: Browser) -> None:
    """Neither the watching nor axe-core finds one where there is none."""
    with seen(browser, GOOD) as visit:
        assert find_violations(visit.context.pages[0]) == []
        assert visit.faults == []


def test_an_inline_script_that_the_policy_refuses_is_a_fault(browser: Browser) -> None:
    """It is told by the console, and by nothing that a page shows."""
    with seen(browser, f"{GOOD}<script>document.title = 'run'</script>") as visit:
        visit.context.pages[0].evaluate("1")
        assert any("Content Security Policy" in fault for fault in visit.faults)
        assert visit.context.pages[0].title() == "A page"


def test_a_request_to_another_origin_is_a_fault(browser: Browser) -> None:
    """It is refused, too: no test speaks with the world outside."""
    elsewhere = f'{GOOD}<img alt="" src="http://elsewhere.example/pixel.png">'
    with seen(browser, elsewhere, "default-src *") as visit:
        assert "asks elsewhere: http://elsewhere.example/pixel.png" in visit.faults


def test_an_error_of_a_script_is_a_fault(browser: Browser) -> None:
    """Nobody sees the console of a page that is left open."""
    broken = f"{GOOD}<script>throw new Error('broken')</script>"
    with seen(browser, broken, "default-src 'self' 'unsafe-inline'") as visit:
        visit.context.pages[0].evaluate("1")
        assert any("broken" in fault for fault in visit.faults)


def test_text_that_is_too_pale_is_a_violation(browser: Browser) -> None:
    """With the element it stands in, so that it is found."""
    pale = f'{GOOD}<p style="color: #bbb; background: #fff">too pale</p>'
    with seen(browser, pale, "default-src 'self' 'unsafe-inline'") as visit:
        found = find_violations(visit.context.pages[0])
        assert len(found) == 1
        assert "color-contrast" in found[0]
        assert "too pale" in found[0]


def test_what_is_wider_than_a_phone_is_found(browser: Browser) -> None:
    """But for what scrolls in a box of its own."""
    wide = '<pre style="overflow-x: auto"><code style="display: block; width: 900px">a</code></pre>'
    loose = "default-src 'self' 'unsafe-inline'"
    with seen(browser, f"{GOOD}{wide}", loose) as visit:
        visit.context.pages[0].set_viewport_size(PHONE)
        assert find_wider(visit.context.pages[0]) == []
    with seen(browser, f'{GOOD}<p style="width: 900px">wide</p>', loose) as visit:
        visit.context.pages[0].set_viewport_size(PHONE)
        assert "wide" in "".join(find_wider(visit.context.pages[0]))


def test_a_focus_that_nobody_sees_and_an_order_that_jumps_are_found(browser: Browser) -> None:
    """Each step says whether its focus is shown, and where in the page its element stands."""
    buttons = (
        "<button>one</button><button style='outline: 0'>two</button><a href='/x' tabindex='1'>x</a>"
    )
    with seen(browser, f"{GOOD}{buttons}", "default-src 'self' 'unsafe-inline'") as visit:
        count, steps = walk(visit.context.pages[0])
    assert count == 3
    assert [(step.order, step.shown) for step in steps] == [(2, True), (0, True), (1, False)]


def test_pages_are_found_by_their_links_one_of_each_kind(browser: Browser) -> None:
    """A second job's page is of the first one's kind; a list with another filter is its own."""
    links = "".join(
        f'<a href="{to}">{to}</a> '
        for to in ("/jobs/a1", "/jobs/b2", "/jobs?state=open", "/#top", "http://elsewhere.example/")
    )
    with seen(browser, f"{GOOD}<p>{links}</p>") as visit:
        found = find_pages(visit.context.pages[0], visit.origins[0], lambda path: path[:6])
    assert found == ["/", "/jobs/a1", "/jobs?state=open"]
