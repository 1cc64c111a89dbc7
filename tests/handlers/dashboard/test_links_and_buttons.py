"""A job's page leads to GitHub, and says what a button does before anybody presses it."""

import time

import pytest
from support.site import Site
from support.tickets import ticket as make_ticket

from bot.config.machine import parse_settings
from bot.ticket.model_choices import find_model
from bot.ticket.stages import Stage
from handlers.dashboard.commands import list_buttons, list_choices

ISSUE = "https://github.com/octocat/bank/issues/12"
PULL = "https://github.com/octocat/bank/issues/13"
RISK = "It deletes README.md."


def add(site: Site, stage: Stage, **more: object) -> None:
    site.tickets.add_ticket(make_ticket(stage, labelled_at=time.time(), **more))
    site.sign_in()


def test_a_job_links_its_issue_and_its_pull_request(site: Site) -> None:
    add(site, Stage.BUILDING)
    page = site.browser.get("/jobs/octocat/bank/12").text
    assert f'href="{ISSUE}"' in page
    assert f'href="{PULL}"' in page


def test_no_pull_request_is_linked_before_there_is_one(site: Site) -> None:
    add(site, Stage.BUILDING, pull=0)
    page = site.browser.get("/jobs/octocat/bank/12").text
    assert f'href="{ISSUE}"' in page
    assert "Pull request" not in page


def test_what_waits_for_a_review_has_a_link_to_the_review(site: Site) -> None:
    add(site, Stage.REVIEW)
    page = site.browser.get("/").text
    assert f'href="{PULL}"' in page
    assert "Review #13" in page


def test_a_plan_that_waits_says_why_it_waits(site: Site) -> None:
    add(site, Stage.APPROVAL, approval_key="p1", risks=(RISK,))
    assert RISK in site.browser.get("/").text


@pytest.mark.parametrize("stage", [Stage.BLOCKED, Stage.BUILDING, Stage.CANCELLED])
def test_each_button_of_a_job_says_what_it_does(site: Site, stage: Stage) -> None:
    add(site, stage)
    page = site.browser.get("/jobs/octocat/bank/12").text
    situation = {Stage.BLOCKED: "blocked", Stage.BUILDING: "running"}.get(stage, "cancelled")
    buttons = list_buttons(situation, "", is_local=False)  # type: ignore[arg-type]
    assert buttons
    for button in buttons:
        assert f"<li>{button.effect}</li>" in page


def test_a_model_is_chosen_for_a_job_from_those_of_the_machine() -> None:
    """Of a model's file the name alone is shown, and by it the command finds the model again."""
    text = (
        '[tiers.local]\nmodels = ["llama-server:/models/q.gguf"]\n'
        '[tiers.reviewer]\nmodels = ["openai:gpt-5", "cli:codex"]\n'
    )
    settings = parse_settings(text)
    job = make_ticket(Stage.BUILDING, choices={"reviewer": "cli:codex"})
    choices = list_choices(settings, job)
    assert len(choices) == 6
    assert [each.model for each in choices if each.is_chosen] == ["cli:codex"]
    for each in choices:
        tier, _, word = each.line.removeprefix("/tier ").partition("=")
        assert find_model(settings, tier, word)
        assert "/models" not in each.line
    assert list_choices(settings, make_ticket(Stage.MERGED)) == []
