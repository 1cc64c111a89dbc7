"""The machine's own Chromium, started once for all tests of a process."""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from browser.playwright_or_skip import Browser

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_HOW = "no Chromium is on PATH, so nothing is looked at in a browser: `make browser` installs it, or says how"
# Letters stand at the same place on every machine that has the same fonts.
_FLAGS = ("--font-render-hinting=none", "--disable-lcd-text")


def find_chromium() -> str:
    """Skips the test where there is none."""
    found = next(filter(None, map(shutil.which, NAMES)), None)
    return found or pytest.skip(_HOW)


@contextmanager
def start_chromium(home: Path) -> Iterator[Browser]:
    """Without its sandbox, which root cannot have, and which shields from pages of strangers.

    Playwright leaves it out unless told (https://playwright.dev/python/docs/api/class-browsertype,
    `chromium_sandbox`); here it opens pages of this repository alone.
    """
    from playwright.sync_api import sync_playwright  # noqa: PLC0415 - it begins an event loop

    path = find_chromium()
    env = {**os.environ, "HOME": str(home)}
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=list(_FLAGS), env=env)
        try:
            yield browser
        finally:
            browser.close()
