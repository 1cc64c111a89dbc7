"""A page that a test writes, at every path of an origin of its own."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from browser.playwright_or_skip import Browser, expect
from browser.visits import Visit, begin_visit

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
