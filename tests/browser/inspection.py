"""All that is looked for on every page of a world: each page is opened once, for all rules."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from browser.axe import CONTRAST, find_violations
from browser.hurtful_jobs import ELEMENT
from browser.keyboard import Step, walk
from browser.layout import find_wider
from browser.playwright_or_skip import Page
from browser.visits import DESKTOP, PHONE, take_screenshot

UNSEEN = ("\u202e", "\u2066", "\u200b", "\u2060", "\x1b", "\x00")
"""Characters that nobody sees, and that have others read in another order."""
_HEADINGS = "h1, h2, h3, main a"


@dataclass
class Looked:
    """What was found on one page. `steps` is where the Tab key led among `reachable` elements."""

    path: str
    light: list[str] = field(default_factory=list)
    dark: list[str] = field(default_factory=list)
    wider: list[str] = field(default_factory=list)
    markup: int = 0
    unseen: set[str] = field(default_factory=set)
    reachable: int = 0
    steps: Sequence[Step] = ()
    words: list[str] = field(default_factory=list)


def inspect(page: Page, origin: str, path: str, picture: str) -> Looked:
    """The page as it is shown on a desk by day and by night, and on a phone."""
    page.goto(f"{origin}{path}")
    looked = Looked(path, words=read_words(page))
    looked.markup = page.locator(ELEMENT).count()
    looked.unseen = {character for character in UNSEEN if character in page.content()}
    looked.light = find_violations(page)
    take_screenshot(page, f"{picture}-light")
    page.emulate_media(color_scheme="dark")
    looked.dark = find_violations(page, CONTRAST)
    take_screenshot(page, f"{picture}-dark")
    page.emulate_media(color_scheme="light")
    page.set_viewport_size(PHONE)
    looked.wider = find_wider(page)
    take_screenshot(page, f"{picture}-phone")
    page.set_viewport_size(DESKTOP)
    looked.reachable, looked.steps = walk(page)
    return looked


def read_words(page: Page) -> list[str]:
    """Headings and links, which a page has with scripts and without."""
    return page.locator(_HEADINGS).all_text_contents()
