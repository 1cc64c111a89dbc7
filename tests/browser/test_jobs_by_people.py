"""Real jobs of a real server, seen and steered in a browser."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.machine import CONFIG, GOOD, MODELS, Machine, bank, machine_for, said, waits, whole

from browser.playwright_or_skip import Locator, Page, expect
from browser.signed_in import Begin, origin_of, sign_in

pytestmark = pytest.mark.browser
ASKS_FIRST = {".bricklayer.toml": f'{CONFIG}\n[approval]\nmode = "always"\n'}
SLOW = {"local": said(whole("bank.py", GOOD), "fix-withdraw, slow 600")}
NAME, TITLE = "octocat/bank#1", "withdraw adds"
_NOT_LOADED_AGAIN = "window.wasNotLoadedAgain = true"


@pytest.fixture
def machine(github: GitHub, tmp_path: Path) -> Iterator[Machine]:
    with machine_for(tmp_path, github, models=dict(MODELS)) as made:
        yield made


def label(github: GitHub, issue: Issue) -> None:
    github.ci_on(issue.repo.full_name)
    issue.label("bricklayer", by=github.person("mona"))


def test_a_page_that_is_left_open_shows_a_job_from_its_label_to_its_pull_request(
    github: GitHub, machine: Machine, visit: Begin
) -> None:
    """Nobody loads it again; what waits for a person is approved by a button, and goes on."""
    issue = bank(github, ASKS_FIRST)
    machine.start()
    page = sign_in(visit(origin_of(machine)), machine)
    page.evaluate(_NOT_LOADED_AGAIN)
    expect(page.get_by_text("Nothing waits for a person.")).to_be_visible()
    label(github, issue)
    needs = page.get_by_role("listitem").filter(has=page.get_by_role("link", name=TITLE))
    expect(needs).to_contain_text("a plan waits for approval", timeout=120_000)
    assert page.evaluate("window.wasNotLoadedAgain"), "the page was loaded again"

    needs.get_by_role("link", name=TITLE).click()
    page.get_by_role("button", name="Approve").press("Enter")
    expect(page.get_by_role("button", name="Approve")).to_have_count(0)
    page.evaluate(_NOT_LOADED_AGAIN)
    expect(page.locator("#head")).to_contain_text("waiting for CI", timeout=120_000)
    expect(page.locator("#head")).to_contain_text("1 of 1")
    assert page.evaluate("window.wasNotLoadedAgain"), "the page was loaded again"
    waits(machine, issue, "waiting for CI")


def test_a_job_is_cancelled_by_its_button_without_scripts(
    github: GitHub, machine: Machine, visit: Begin
) -> None:
    """The form alone does it, and the page it leads to says what came of it."""
    machine.models = {**MODELS, **SLOW}
    issue = bank(github)
    machine.start()
    label(github, issue)
    waits(machine, issue, "building")
    page = sign_in(visit(origin_of(machine), java_script_enabled=False), machine)
    find_job(page).click()
    page.get_by_role("button", name="Cancel").click()
    waits(machine, issue, "cancelled")
    page.reload()
    expect(page.locator("#head")).to_contain_text("cancelled")
    expect(page.get_by_role("button", name="Cancel")).to_have_count(0)


def find_job(page: Page) -> Locator:
    page.get_by_role("link", name="Jobs").click()
    return page.get_by_role("link", name=TITLE)


def test_people_sign_in_with_github_and_act_as_they_may_there(
    github: GitHub, machine: Machine, visit: Begin
) -> None:
    """Who reads the repository sees its job and no button; who writes there approves its plan."""
    issue = bank(github, ASKS_FIRST)
    reader = github.person("reader", permission="read", repo="octocat/bank")
    machine.more = f'[dashboard]\nclient_id = "{github.app().client_id}"\n'
    machine.env = {"BRICKLAYER_CLIENT_SECRET": github.app().client_secret}
    machine.start()
    label(github, issue)
    waits(machine, issue, "approval required for the plan")
    for person, buttons in ((reader, 0), (github.person("mona"), 1)):
        github.somebody = person
        begun = visit(origin_of(machine), f"http://{github.host}", expected="status of 401")
        page = begun.open()
        page.get_by_role("link", name="Sign in with GitHub").click()
        expect(page.get_by_text(person.login)).to_be_visible()
        page.get_by_role("link", name=TITLE).click()
        expect(page.locator("#head")).to_contain_text("approval required for the plan")
        expect(page.get_by_role("button", name="Approve")).to_have_count(buttons)
    page.get_by_role("button", name="Approve").click()
    waits(machine, issue, "waiting for CI")
