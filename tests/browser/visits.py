"""A person's browser: a context of its own, and whatever a page does there that none may do."""

import re
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from browser.playwright_or_skip import Browser, BrowserContext, Page, Request

SCREENSHOTS = Path(sys.prefix) / "screenshots"
"""Kept by CI."""
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 375, "height": 812}
PATIENCE_MS = 30_000.0
"""For what should be shown in an instant, on a machine that has much else to do."""
_INLINE = ("about:", "blob:", "data:")


@dataclass
class Visit:
    """`faults`: errors in the console, a refused policy among them, and requests elsewhere."""

    context: BrowserContext
    origins: Sequence[str]
    expected: str = ""
    """An expression for what Chromium tells in the console as an error, and a test asks for."""
    faults: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.context.set_default_timeout(PATIENCE_MS)
        self.context.on("request", self._note_request)
        self.context.on("console", self._note_message)
        self.context.on("weberror", lambda error: self.faults.append(f"script: {error.error}"))
        self.context.route(self._is_elsewhere, lambda route: route.abort())

    def open(self, path: str = "/") -> Page:
        page = self.context.new_page()
        page.goto(f"{self.origins[0]}{path}")
        return page

    def end(self, name: str) -> None:
        """A picture of each page that is open, then no page."""
        for number, page in enumerate(self.context.pages):
            take_screenshot(page, f"{name}-{number}" if number else name)
        self.context.close()

    def _is_elsewhere(self, url: str) -> bool:
        scheme, host, *_ = urlsplit(url)
        return not url.startswith(_INLINE) and f"{scheme}://{host}" not in self.origins

    def _note_request(self, request: Request) -> None:
        if self._is_elsewhere(request.url):
            self.faults.append(f"asks elsewhere: {request.url}")

    def _note_message(self, message: Any) -> None:  # noqa: ANN401 - Playwright exports no such name
        expected = self.expected and re.search(self.expected, message.text)
        is_fault = message.type == "error" or "Content Security Policy" in message.text
        if is_fault and not expected:
            self.faults.append(f"console: {message.text}")


def begin_visit(
    browser: Browser,
    *origins: str,
    expected: str = "",
    **options: Any,  # noqa: ANN401 - new_context's
) -> Visit:
    """`options` are Playwright's own: a viewport, a colour scheme, whether scripts run."""
    steady = {
        "viewport": DESKTOP,
        "locale": "en-GB",
        "timezone_id": "UTC",
        "reduced_motion": "reduce",
    }
    return Visit(browser.new_context(**(steady | options)), origins, expected)


def take_screenshot(
    page: Page, name: str, folder: Path = SCREENSHOTS, *, full_page: bool = True
) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    plain = re.sub(r"[^\w.-]+", "-", name).strip("-")
    path = folder / f"{plain}.png"
    page.screenshot(path=path, full_page=full_page, animations="disabled", caret="hide")
    return path
