"""Signing in with the link that the machine prints, in a real browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import Machine, machine_for

from browser.playwright_or_skip import expect
from browser.signed_in import Begin, make_link, origin_of, sign_in

pytestmark = pytest.mark.browser


@pytest.fixture
def machine(github: GitHub, tmp_path: Path) -> Iterator[Machine]:
    with machine_for(tmp_path, github, hook=False) as made:
        made.start()
        yield made


def test_the_printed_link_signs_its_owner_in_once(machine: Machine, visit: Begin) -> None:
    """Who finds it in a history later is shown no job, and how to get a link."""
    link = make_link(machine)
    page = visit(origin_of(machine)).context.new_page()
    page.goto(link)
    expect(page.get_by_role("button", name="Sign out")).to_be_visible()
    assert "code=" not in page.url
    later = visit(origin_of(machine), expected="status of 401").context.new_page()
    later.goto(link)
    expect(later.get_by_role("alert")).to_contain_text("used already")
    expect(later.get_by_role("button", name="Sign out")).to_have_count(0)


def test_who_signs_out_is_asked_to_sign_in_again(machine: Machine, visit: Begin) -> None:
    """On every page, also by the way back."""
    page = sign_in(visit(origin_of(machine), expected="status of 401"), machine)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.go_back()
    page.reload()
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
