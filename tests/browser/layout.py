"""What of a page cannot be seen in its window, though nobody would scroll sideways for it."""

from browser.playwright_or_skip import Page

_WIDER = """
() => {
  const width = document.documentElement.clientWidth;
  const wide = document.documentElement.scrollWidth > width;
  const scrolls = (element) => {
    for (let at = element.parentElement; at && at !== document.body; at = at.parentElement) {
      if (["auto", "scroll"].includes(getComputedStyle(at).overflowX)) return true;
    }
    return false;
  };
  const past = [...document.body.querySelectorAll("*")].filter((element) => {
    const box = element.getBoundingClientRect();
    return box.width > 1 && box.right > width + 1 && !scrolls(element);
  });
  const named = past.map((element) => element.outerHTML.slice(0, 160));
  return wide || named.length ? [`page of ${document.documentElement.scrollWidth}`, ...named] : [];
}
"""


def find_wider(page: Page) -> list[str]:
    """Elements that reach past the window's right edge; what scrolls in a box of its own may."""
    found: list[str] = page.evaluate(_WIDER)
    return found
