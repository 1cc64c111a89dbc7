"""Every page of a site, found by following its links as a person would."""

import re
from collections.abc import Iterator
from urllib.parse import urldefrag, urlsplit

from browser.playwright_or_skip import Page

_NAMED = re.compile(r"[^/?&=]*(?:\d|%23|%2F|#|\.)[^/?&=]*")
MOST = 60
"""Kinds of pages; more are a sign that kinds are not told apart."""
_LINKS = "() => [...document.querySelectorAll('a[href]')].map((link) => link.href)"


def find_pages(page: Page, origin: str, first: str = "/") -> dict[str, str]:
    """By kind, one address of each: pages of two jobs are of one kind, whose names differ."""
    found = {kind_of(first): first}
    waiting = [first]
    while waiting:
        page.goto(f"{origin}{waiting.pop(0)}")
        for path in _list_links(page, origin):
            if kind_of(path) not in found:
                found[kind_of(path)] = path
                waiting.append(path)
        assert len(found) <= MOST, sorted(found)
    return found


def kind_of(path: str) -> str:
    """The address, with a star where it names something, and without the values of its query."""
    address, _, query = path.partition("?")
    names = sorted({pair.partition("=")[0] for pair in query.split("&") if pair})
    return _NAMED.sub("*", address) + (f"?{'&'.join(names)}" if names else "")


def _list_links(page: Page, origin: str) -> Iterator[str]:
    for href in page.evaluate(_LINKS):
        scheme, host, path, query, _ = urlsplit(urldefrag(href).url)
        if f"{scheme}://{host}" == origin:
            yield f"{path}?{query}" if query else path
