"""Jobs in order: an issue waits for what it is blocked by, and sub-issues go one after another."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import MODELS, bank, headline, status

from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from runners.tickets.advance import advance_ticket
from runners.tickets.await_blockers import await_blockers


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=MODELS) as made:
        yield made


def look(bot: Inside, issue: Issue) -> Ticket:
    ticket = next(one for one in bot.tickets if one.issue == issue.number)
    advance_ticket(bot.services, ticket.key)
    return next(one for one in bot.tickets if one.issue == issue.number)


def blockers(bot: Inside, issue: Issue) -> tuple[str, ...]:
    """Without the plan that would be made where there are none."""
    ticket = next(one for one in bot.tickets if one.issue == issue.number)
    text = bot.services.repository(ticket).read_issue(issue.number)
    return await_blockers(bot.services, ticket, text).waits_for


@pytest.mark.parametrize("hears", [True, False], ids=["webhook", "sweep"])
def test_a_blocked_issue_waits_says_for_which_and_is_woken_when_that_is_closed(
    github: GitHub, bot: Inside, hears: bool
) -> None:
    issue, first = bank(github), bank(github)
    mona = github.person("mona")
    issue.block_by(first)
    issue.label("bricklayer", by=mona)
    assert look(bot, issue).stage is Stage.PLANNING
    assert headline(issue) == "waiting for another issue"
    assert f"#{first.number}" in status(issue)
    assert not issue.repo.pulls
    for _ in range(2):
        bot.sweep()
    before = len(github.calls)
    bot.sweep()
    assert {one.status for one in github.calls[before:]} == {304}
    bot.woken.clear()
    if not hears:
        github.hook(lambda *_: 202, "nobody-hears-it")
    first.close(mona)
    bot.sweep()
    assert bot.tickets[0].key in bot.woken
    assert blockers(bot, issue) == ()


def test_issues_that_wait_for_each_other_are_told_so(github: GitHub, bot: Inside) -> None:
    issue, other = bank(github), bank(github)
    issue.block_by(other)
    other.block_by(issue)
    issue.label("bricklayer", by=github.person("mona"))
    assert look(bot, issue).stage is Stage.BLOCKED
    way = f"#{issue.number} waits for #{other.number} waits for #{issue.number}"
    assert way in status(issue)


def test_labelled_sub_issues_go_in_their_order_and_their_parent_last(
    github: GitHub, bot: Inside
) -> None:
    """One without the label holds nobody up."""
    parent, one, plain, two = (bank(github) for _ in range(4))
    for child in (one, plain, two):
        parent.add_sub_issue(child)
    for labelled in (one, two, parent):
        labelled.label("bricklayer", by=github.person("mona"))
    assert look(bot, two).waits_for == (f"#{one.number}",)
    assert look(bot, parent).waits_for == (f"#{one.number}", f"#{two.number}")


def test_a_server_without_dependencies_holds_nothing_up(github: GitHub, bot: Inside) -> None:
    issue = bank(github)
    issue.block_by(bank(github))
    github.fail("GET", "/dependencies/blocked_by", 404, times=9)
    issue.label("bricklayer", by=github.person("mona"))
    assert blockers(bot, issue) == ()
