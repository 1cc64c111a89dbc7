"""Every link between the pages of this repository leads to a file that is there, and to a heading of it.

Links to other sites are not followed: no test needs the network.
"""

import re
from functools import cache
from pathlib import Path

import pytest
from markdown.extensions.toc import slugify

ROOT = Path(__file__).parents[2]
PAGES = [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "bench/RESULTS.md"]
FENCE = re.compile(r"^ *(`{3,}|~{3,}).*?^ *\1", re.MULTILINE | re.DOTALL)
LINK = re.compile(r"(?<!\\)\[[^\[\]]*\]\(([^()\s]+)\)")
HEADING = re.compile(r"^#{1,6} (.+)$", re.MULTILINE)


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_no_link_is_dead(page: Path) -> None:
    dead = []
    for target in LINK.findall(FENCE.sub("", page.read_text())):
        path, _, anchor = target.partition("#")
        if "://" in target or target.startswith("mailto:"):
            continue
        place = page.parent / path if path else page
        if not place.exists() or (anchor and anchor not in list_anchors(place)):
            dead.append(target)
    assert not dead


@cache
def list_anchors(page: Path) -> frozenset[str]:
    headings = HEADING.findall(FENCE.sub("", page.read_text()))
    return frozenset(slugify(re.sub(r"[`*]", "", each), "-") for each in headings)
