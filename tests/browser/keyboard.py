"""A page as somebody without a mouse has it: what the Tab key reaches, in which order, how shown."""

from dataclasses import dataclass

from browser.playwright_or_skip import Page

MOST_STEPS = 400
_MARK = """
() => {
  const kinds = "a[href], button, input, select, textarea, summary, [tabindex]";
  const seen = (element) => element.checkVisibility({checkVisibilityCSS: true})
    && !element.disabled && element.type !== "hidden" && element.tabIndex >= 0;
  let number = 0;
  for (const element of document.querySelectorAll(kinds)) {
    if (seen(element)) element.dataset.tabOrder = String(number++);
  }
  return number;
}
"""
_FOCUSED = """
() => {
  const element = document.activeElement;
  if (!element || element === document.body) return null;
  const style = getComputedStyle(element);
  const outlined = style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 1;
  const box = element.getBoundingClientRect();
  return {
    order: Number(element.dataset.tabOrder ?? -1),
    shown: (outlined || style.boxShadow !== "none") && box.bottom > 0
      && box.top < window.innerHeight,
    html: element.outerHTML.slice(0, 160),
  };
}
"""


@dataclass(frozen=True)
class Step:
    """`order` is the element's place in the page, -1 where it is in none; `shown`: its focus is."""

    order: int
    shown: bool
    html: str


def walk(page: Page) -> tuple[int, list[Step]]:
    """How many elements can be acted on, and each that the Tab key came to until none was left."""
    count = page.evaluate(_MARK)
    page.evaluate("() => document.activeElement?.blur()")
    steps: list[Step] = []
    while len(steps) < min(count + 1, MOST_STEPS):
        page.keyboard.press("Tab")
        found = page.evaluate(_FOCUSED)
        if not found or (steps and found["order"] == steps[0].order):
            break
        steps.append(Step(**found))
    return count, steps
