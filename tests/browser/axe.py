"""What axe-core finds against WCAG, levels A and AA, in a page as it is shown."""

import sys
from collections.abc import Mapping
from functools import cache
from pathlib import Path

import pytest

from browser.playwright_or_skip import Page

_SCRIPT = Path(sys.prefix) / "axe" / "node_modules" / "axe-core" / "axe.min.js"
_HOW = f"axe-core is not in {_SCRIPT.parent}: `make browser` installs it, by npm"
# https://www.deque.com/axe/core-documentation/api-documentation/#axecore-tags
TAGS = {"type": "tag", "values": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]}
CONTRAST = {"type": "rule", "values": ["color-contrast", "link-in-text-block"]}
"""All that another colour scheme of the same page can break."""
_RUN = """
async (runOnly) => {
  const options = {runOnly, resultTypes: ["violations"]};
  return (await axe.run(document, options)).violations;
}
"""


@cache
def _read_script() -> str:
    return _SCRIPT.read_text(encoding="utf-8") if _SCRIPT.is_file() else pytest.skip(_HOW)


def find_violations(page: Page, rules: Mapping[str, object] = TAGS) -> list[str]:
    """A line for each element that breaks a rule.

    The script is evaluated by the debugger, which no policy of the page keeps out.
    """
    if not page.evaluate("() => Boolean(window.axe)"):
        page.evaluate(_read_script())
    found = page.evaluate(_RUN, dict(rules))
    return [
        f"{rule['id']}: {node['target']} {node['html'][:200]}: {node['failureSummary']}"
        for rule in found
        for node in rule["nodes"]
    ]
