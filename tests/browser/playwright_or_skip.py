"""What tests take from Playwright; without it their module is skipped, and says what installs it."""

import pytest

_HOW = (
    "Playwright is not installed, so nothing is looked at in a browser: `make browser` installs it"
)
pytest.importorskip("playwright", reason=_HOW)

from playwright.sync_api import Browser, BrowserContext, Locator, Page, Request, expect  # noqa: E402

__all__ = ["Browser", "BrowserContext", "Locator", "Page", "Request", "expect"]
