"""Every stage's comment stands in docs/status-comment.md, and says true things in plain words."""

import re

import pytest
from support.status_pages import PAGE, render_page, stages
from support.tickets import PLAN

from bot.ticket.shown_plan import ShownPlan, show_tasks
from bot.ticket.stages import Stage
from bot.ticket.status_comment import render_comment

PAGES = {heading: (one, diff) for heading, one, diff in stages()}


def body(heading: str) -> str:
    one, diff = PAGES[heading]
    return render_comment(one, ShownPlan(show_tasks(PLAN), ("test",)), diff).partition("\n")[2]


def test_the_page_shows_what_the_bot_says() -> None:
    told = "write it anew: PYTHONPATH=tests python -m support.status_pages"
    assert PAGE.read_text(encoding="utf-8") == render_page(), told


def test_every_stage_is_on_it() -> None:
    assert {one.stage for one, _ in PAGES.values()} == set(Stage)


@pytest.mark.parametrize("heading", PAGES)
def test_every_page_says_what_comes_next(heading: str) -> None:
    assert body(heading).count("**Next:** ") == 1


@pytest.mark.parametrize("heading", PAGES)
def test_at_most_one_hash_is_to_be_typed(heading: str) -> None:
    """And it stands beside its command; links and diffs may have others."""
    plain = re.sub(r"\]\([^)]*\)|```diff.*?```", "", body(heading), flags=re.DOTALL)
    hashes = set(re.findall(r"\b(?=[0-9a-f]*[0-9])[0-9a-f]{12,40}\b", plain))
    one, _ = PAGES[heading]
    assert hashes <= {one.approval.code}
    if one.approval.key:
        assert f"comments `/approve {one.approval.code}`" in plain


@pytest.mark.parametrize("heading", PAGES)
def test_what_is_nothing_is_not_told(heading: str) -> None:
    text = body(heading)
    if not PAGES[heading][0].progress.tasks:
        assert "| tier | model |" not in text
        assert not re.search(r"\b0%|\b0\.0000", text)
    assert text.count("<details>") == text.count("</details>")


def test_at_the_plans_gate_people_read_what_will_be_done_and_what_proves_it() -> None:
    text = body("The plan waits for approval")
    assert "1. `bank.py`: Subtract. (`fix`), proved by `test`" in text
    assert "At the end all of it must pass `test`." in text
    assert "Spent so far: 12,900 tokens" in text
