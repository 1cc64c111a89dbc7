"""What the tests of pages rely on: a page that does what none may do is found out."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from browser.axe import find_violations
from browser.playwright_or_skip import Browser, expect
from browser.visits import Visit, begin_visit

pytestmark = pytest.mark.browser
GOOD = '<!doctype html><html lang="en"><title>A page</title><main><h1>Hello</h1></main>'


@contextmanager
def serve_page(html: str, policy: str = "default-src 'self'") -> Iterator[str]:
    """A page at every path of an origin of its own."""

    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Security-Policy", policy)
            self.end_headers()
            self.wfile.write(html.encode())

        def log_message(self, *_: object) -> None:
            """Not on the tests' own output."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Answer) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@contextmanager
def seen(browser: Browser, html: str, policy: str = "default-src 'self'") -> Iterator[Visit]:
    with serve_page(html, policy) as origin:
        visit = begin_visit(browser, origin)
        page = visit.open()
        expect(page.get_by_role("heading", name="Hello")).to_be_visible()
        yield visit
        visit.context.close()


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
