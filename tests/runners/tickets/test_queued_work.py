"""What a ticket needs done waits in a queue: asked for once, looked at for nothing, taken once."""

from dataclasses import replace

import pytest
from fake_github.world import GitHub
from support.held_queue import HeldQueue
from support.in_process import Clock, Inside, placed
from support.machine import PLAN, bank, status

from bot.ticket import messages
from bot.ticket.stages import Stage
from runners.queues.states import WorkState
from runners.queues.work_item import ITEM_JSON, PRIORITIES, kind_of, ticket_of
from runners.tickets.advance import advance_ticket
from runners.tickets.queued_work import make_item
from runners.tickets.run_item import make_request
from runners.worker_process.client import STOPPED
from runners.worker_process.main import WorkRequest, WorkResult

PLANNED = WorkResult(passed=True, text=PLAN)


@pytest.fixture
def queue(bot: Inside) -> HeldQueue:
    held = HeldQueue()
    bot.services.queue = held
    return held


def test_the_same_is_asked_for_once_however_often_it_is_looked_at(
    github: GitHub, bot: Inside, queue: HeldQueue
) -> None:
    """Also what people say meanwhile has no second plan paid for."""
    issue = bank(github)
    mona = github.person("mona")
    issue.label("bricklayer", by=mona)
    assert bot.advance().why == messages.QUEUED
    issue.comment("It must subtract, as its name says.", by=mona)
    bot.services.tickets.change_ticket(bot.ticket.key, lambda t: replace(t, wake_at=0.0))
    bot.advance()
    (item,) = queue.items.values()
    assert (item.kind, item.queue, item.priority) == ("plan", "plans", PRIORITIES["new"])
    assert (kind_of(item.id), ticket_of(item.id)) == ("plan", bot.ticket.key)
    assert ITEM_JSON.validate_json(ITEM_JSON.dump_json(item)) == item


def test_whoever_takes_a_build_is_asked_for_all_of_it(github: GitHub, bot: Inside) -> None:
    """Also since when failed attempts count: those of an issue's rounds are counted together."""
    placed(github, bot, Stage.BUILDING)
    ticket = replace(bot.ticket, progress=replace(bot.ticket.progress, retries=1))
    asked = WorkRequest(bot.services.settings, bot.services.build_request(ticket))
    made = make_request(bot.services, ticket, make_item(ticket, asked))
    assert made.build == asked.build
    assert asked.build.strikes_of.startswith(ticket.key)


def test_waiting_asks_github_nothing_and_writes_nothing(
    github: GitHub, bot: Inside, clock: Clock, queue: HeldQueue
) -> None:
    bank(github).label("bricklayer", by=github.person("mona"))
    bot.advance()
    calls, before = len(github.calls), bot.ticket
    for _ in range(20):
        clock.ahead += 10
        bot.advance()
    assert len(github.calls) == calls
    assert bot.ticket == before
    queue.states = dict.fromkeys(queue.states, WorkState("running"))
    clock.ahead += 10
    bot.advance()
    assert bot.ticket.why == messages.PLANNING


def test_what_no_worker_has_room_for_is_told_with_since_when_until_one_has(
    github: GitHub,
    bot: Inside,
    clock: Clock,
    queue: HeldQueue,
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Whoever runs the bot hears it once; it is queued once, and nothing is asked again."""
    issue = bank(github)
    issue.label("bricklayer", by=github.person("mona"))
    bot.advance()
    (work,) = queue.items
    queue.states[work] = WorkState("queued", refused="too little disk")
    for _ in range(5):
        clock.ahead += 20
        bot.advance()
    assert (bot.ticket.outage, bot.ticket.why) == ("disk", messages.QUEUED)
    assert "too little disk is free on my machine" in status(issue)
    assert caplog.text.count("it waits, and continues by itself: too little disk") == 1
    queue.states[work] = WorkState("running")
    clock.ahead += 20
    bot.advance()
    assert not bot.ticket.outage
    assert "disk" not in status(issue)
    assert list(queue.items) == [work]


@pytest.mark.slow
def test_a_result_is_taken_once_and_the_next_work_has_another_name(
    github: GitHub, bot: Inside, clock: Clock, queue: HeldQueue
) -> None:
    bank(github).label("bricklayer", by=github.person("mona"))
    bot.advance()
    queue.end(PLANNED)
    clock.ahead += 10
    assert bot.advance().stage is Stage.BUILDING
    plan, build = queue.items
    assert bot.ticket.works == (build,)
    assert bot.ticket.work_number == 1
    queue.end(STOPPED)
    clock.ahead += 10
    bot.advance()
    clock.ahead += 10
    bot.advance()
    assert list(queue.items)[:2] == [plan, build]
    assert len(queue.items) == 3
    assert bot.ticket.work_number == 2


@pytest.mark.slow
def test_what_is_no_longer_wanted_is_cancelled(
    github: GitHub, bot: Inside, clock: Clock, queue: HeldQueue
) -> None:
    """Also where the word that stops it came before anything of it was known."""
    issue = placed(github, bot, Stage.BUILDING)
    bot.advance()
    (work,) = bot.ticket.works
    issue.comment("/pause", by=github.person("mona"))
    assert queue.cancelled == [work]
    bot.advance()
    assert bot.ticket.works == ()
    issue.comment("/resume", by=github.person("mona"))
    clock.ahead += 10
    bot.advance()
    clock.ahead += 10
    bot.advance()
    assert len(queue.items) == 2


@pytest.mark.slow
def test_an_answer_is_given_while_the_build_goes_on(
    github: GitHub, bot: Inside, clock: Clock, queue: HeldQueue
) -> None:
    """To answer is work of its own: neither waits for the other, nor ends it."""
    placed(github, bot, Stage.BUILDING)
    bot.advance()
    (build,) = bot.ticket.works
    queue.states[build] = WorkState("running")
    clock.ahead += 10
    bot.advance()
    assert bot.ticket.works == (build,)
    assert queue.cancelled == []
    assert bot.ticket.why == ""


def test_the_first_round_waits_behind_rework(github: GitHub, bot: Inside, queue: HeldQueue) -> None:
    assert PRIORITIES["rework"] < PRIORITIES["ci"] < PRIORITIES["new"] < PRIORITIES["retry"]
    placed(github, bot, Stage.BUILDING)
    bot.advance()
    (item,) = queue.items.values()
    assert item.priority == PRIORITIES["new"]
    assert item.repo == bot.ticket.key.partition("#")[0]


@pytest.mark.slow
def test_of_ten_labels_at_once_none_waits_without_a_word(
    github: GitHub, bot: Inside, queue: HeldQueue
) -> None:
    """Nobody holds a thread meanwhile: each look ends at once, also that of an eleventh."""
    first, mona = bank(github), github.person("mona")
    issues = [
        first,
        *(github.issue("octocat/bank", f"Fault {n}", "bank.py", by=mona) for n in range(9)),
    ]
    for issue in issues:
        issue.label("bricklayer", by=mona)
    for ticket in bot.tickets:
        advance_ticket(bot.services, ticket.key)
    assert len(queue.items) == len(issues)
    assert all(messages.QUEUED in status(issue) for issue in issues)
    issues[-1].comment("/status", by=mona)
    assert all(ticket.works for ticket in bot.tickets)
