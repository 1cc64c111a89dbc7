"""What somebody finds out in a browser after a night."""

import re

import pytest

from browser.night_evidence import ADDED, REPLY, TASK, THOUGHT
from browser.playwright_or_skip import Page, expect
from browser.signed_in import Begin, origin_of, sign_in
from browser.worlds import MUCH, NIGHT, Worlds

pytestmark = pytest.mark.browser


def begin(worlds: Worlds, past: str, visit: Begin) -> Page:
    machine = worlds.open(past)
    return sign_in(visit(origin_of(machine)), machine)


def test_why_a_task_failed_is_three_clicks_away(worlds: Worlds, visit: Begin) -> None:
    """From what needs a person to the prompt's parts, the reply, the diff and the check's output."""
    page = begin(worlds, NIGHT, visit)
    needs = page.get_by_role("listitem").filter(has_text="Withdraw must subtract")
    expect(needs).to_contain_text("write-statement: check test failed: 1 of 2 tests")
    needs.get_by_role("link", name="Withdraw must subtract").click()
    page.get_by_role("link", name="attempt 3").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("write-statement, attempt 3")
    expect(page.get_by_text(REPLY)).to_be_visible()
    expect(page.get_by_role("cell", name=ADDED.strip())).to_be_visible()
    expect(page.get_by_text("FAILED (failures=1)")).to_be_visible()
    for name, text in (("prompt: task", TASK), ("thinking", THOUGHT)):
        expect(page.get_by_text(text)).to_be_hidden()
        page.locator("summary").filter(has_text=name).press("Enter")
        expect(page.get_by_text(text)).to_be_visible()


def test_one_of_a_thousand_jobs_is_found_by_the_keyboard(worlds: Worlds, visit: Begin) -> None:
    """By its words, its repository and its state; and what was asked for can be sent to others."""
    page = begin(worlds, MUCH, visit)
    page.get_by_role("link", name="Jobs", exact=True).press("Enter")
    rows = page.locator("#jobs").get_by_role("listitem")
    expect(rows).to_have_count(50)
    page.get_by_label("Search").fill("thing 77")
    page.get_by_label("Search").press("Enter")
    expect(rows).to_have_count(11)
    page.get_by_label("blocked").press("Space")
    page.get_by_role("button", name="Filter").press("Enter")
    expect(rows).to_have_count(2)
    page.get_by_label("Repository").select_option("octocat/bank")
    page.get_by_role("button", name="Filter").press("Enter")
    expect(rows).to_have_count(1)
    expect(rows).to_contain_text("thing 771")
    again = begin(worlds, MUCH, visit)
    again.goto(page.url)
    expect(again.locator("#jobs").get_by_role("listitem")).to_have_count(1)


def test_older_jobs_follow_page_by_page(worlds: Worlds, visit: Begin) -> None:
    """Each once, to the last one."""
    page = begin(worlds, MUCH, visit)
    page.goto(f"{origin_of(worlds.open(MUCH))}/jobs?text=Refuse+the+thing")
    found: list[str] = []
    older = page.get_by_role("button", name="Older")
    while True:
        found += page.locator("#jobs").get_by_role("link").all_inner_texts()
        if not older.count():
            break
        before = page.url
        older.press("Enter")
        page.wait_for_url(re.compile(rf"^(?!{re.escape(before)}$)"))
    assert found == [f"Refuse the thing {number}" for number in range(0, 1000, 6)]
