"""Every page of a site, found by following its links as a person would."""

from collections import Counter
from collections.abc import Callable, Iterator
from urllib.parse import urldefrag, urlsplit

from browser.playwright_or_skip import Page

MOST = 120
"""Pages; more are a sign that kinds are not told apart."""
# A link within a drawing has another `href`: https://www.w3.org/TR/SVG2/linking.html#InterfaceSVGAElement
_LINKS = """
() => [...document.querySelectorAll("a[href]")]
  .map((link) => new URL(link.getAttribute("href"), document.baseURI).href)
"""


def find_pages(
    page: Page, origin: str, kind_of: Callable[[str], str], each: int = 1, first: str = "/"
) -> list[str]:
    """Paths of HTML pages, up to `each` of one kind."""
    counts = Counter([kind_of(first)])
    waiting, found = [first], []
    while waiting:
        path = waiting.pop(0)
        response = page.goto(f"{origin}{path}")
        assert response, path
        if response.headers.get("content-type", "").startswith("text/html"):
            found.append(path)
        for linked in dict.fromkeys(_list_links(page, origin)):
            kind = kind_of(linked)
            if counts[kind] < each and linked not in {*found, *waiting}:
                counts[kind] += 1
                waiting.append(linked)
        assert len(found) <= MOST, sorted(counts)
    return found


def _list_links(page: Page, origin: str) -> Iterator[str]:
    for href in page.evaluate(_LINKS):
        scheme, host, path, query, _ = urlsplit(urldefrag(href).url)
        if f"{scheme}://{host}" == origin:
            yield f"{path}?{query}" if query else path
