"""How long one run of `bricklayer action` stays with a job that waits."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from types import SimpleNamespace
from typing import cast

import pytest
from support.tickets import ticket

from bot.ticket import messages
from bot.ticket.model import FOREVER, Ticket
from bot.ticket.stages import Stage
from handlers import action, advance_woken
from handlers.action import describe_job
from handlers.advance_woken import WokenTickets, advance_to_wait
from runners.tickets.services import Services

HOUR = 3600.0


def advance(monkeypatch: pytest.MonkeyPatch, steps: Iterator[Ticket]) -> Ticket | None:
    """By a clock that is two minutes on at each look."""
    monkeypatch.setattr(advance_woken, "advance_ticket", lambda _services, _key: next(steps))
    clock = count(0.0, 120.0)
    store = SimpleNamespace(find_ticket=lambda _key: None)
    services = cast("Services", SimpleNamespace(tickets=store, now=lambda: next(clock)))
    return advance_to_wait(services, "octocat/bank#12", 100 * HOUR, WokenTickets())


def test_a_job_that_does_not_change_gives_its_place_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """A token that may only read would be refused for hours, while the next run waits in line."""
    steps = (replace(ticket(Stage.CI), wake_at=float(at)) for at in range(1, 99))
    assert advance(monkeypatch, steps)
    assert len(list(steps)) > 90


def test_it_stays_while_the_job_changes(monkeypatch: pytest.MonkeyPatch) -> None:
    """Until what it waits for is a person, or far away."""
    steps = [replace(ticket(Stage.CI), why=str(at), wake_at=1.0) for at in range(30)]
    steps.append(replace(ticket(Stage.REVIEW), wake_at=FOREVER))
    assert advance(monkeypatch, iter(steps)) == steps[-1]


def test_what_the_last_sweep_beside_the_work_has_woken_is_looked_at_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It has heard the comment: the run of that comment finds nothing new in it."""
    woken, told = WokenTickets(), list[object]()
    found = ["second"]

    @contextmanager
    def sweep_once(_services: Services, _repo: str) -> Iterator[None]:
        yield
        for key in found[:]:
            found.remove(key)
            woken.add(key)

    monkeypatch.setattr(action, "_sweep_meanwhile", sweep_once)
    monkeypatch.setattr(action, "advance_to_wait", lambda *_: None)
    store = SimpleNamespace(find_ticket=lambda _key: None)
    woken.add("first")
    assert action.advance_all(
        cast("Services", SimpleNamespace(tickets=store)), woken, HOUR, told.append
    )
    assert [str(line).partition(":")[0] for line in told] == ["first", "second"]


def test_a_job_is_reported_with_the_first_words_of_its_reason() -> None:
    """Not with the fence they stand in."""
    blocked = replace(ticket(Stage.BLOCKED), why=messages.quote_error("[setup]: it failed"))
    assert describe_job("octocat/bank#12", blocked) == (
        "octocat/bank#12: blocked: [setup]: it failed"
    )
