"""A process that dies of one delivery does not meet it a third time, and nothing else is lost."""

import os
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import bank
from support.tickets import WHERE

from bot.github.webhooks import NOBODY, Comment, Commented, IssueText
from bot.storage.database import open_database, sqlite_url
from bot.storage.tickets import Delivery, TicketStore
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from handlers import count_deaths
from handlers.count_deaths import dispatch_counted, handle_counted, name_event
from runners.doctor.deliveries import _tell
from runners.tickets import advance
from runners.tickets.advance import Step, advance_ticket
from runners.tickets.services import Services, open_services
from runners.tickets.step_deaths import StepDeaths


def named(name: str) -> Delivery:
    return Delivery(name, "issue_comment", b"{}", time.time())


@pytest.fixture
def tickets(tmp_path: Path) -> TicketStore:
    store = TicketStore(open_database(sqlite_url(tmp_path)))
    store.receive_deliveries([named(name) for name in ("one", "bad", "two")])
    return store


def handle_in_a_process(tickets: TicketStore, handle: Callable[[Delivery], str]) -> int:
    """As a start of the server does, which may end in the middle. Its exit code."""
    tickets.engine.dispose()  # a connection is not for two processes
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    tickets.settle_deliveries(dict(handle_counted(tickets, tickets.list_waiting(), handle, set())))
    os._exit(0)


def test_what_killed_two_processes_is_set_aside_and_the_rest_is_handled(
    tickets: TicketStore, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """Killed as by a person or by the kernel; the third start outlives it, and log and doctor tell."""
    met = tmp_path / "met"

    def handle(delivery: Delivery) -> str:
        with met.open("a") as file:
            file.write(f"{delivery.id}\n")
        if delivery.id == "bad":
            os.kill(os.getpid(), 9)
        return "done"

    codes = [handle_in_a_process(tickets, handle) for _ in range(3)]
    assert codes == [-9, -9, 0]
    assert met.read_text().split().count("bad") == 2
    assert tickets.list_waiting() == []
    (kept,) = tickets.list_set_aside()
    assert (kept.id, kept.body) == ("bad", b"{}")
    assert "bad (issue_comment" in _tell(kept).what
    tickets.receive_deliveries([named("bad")])
    assert [one.id for one in tickets.list_waiting()] == ["bad"], "redelivered by a person"
    count_deaths.set_aside(tickets, kept)
    assert "bad" in caplog.text


def test_what_fails_without_ending_the_process_is_counted_as_no_death(tickets: TicketStore) -> None:
    for _ in range(5):
        list(handle_counted(tickets, tickets.list_waiting(), lambda _: "", set()))
    assert tickets.count_begun(["one", "bad", "two"]) == {}
    assert tickets.list_set_aside() == []


def test_a_database_that_is_away_is_no_death_either(
    tickets: TicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The process lives on, so at the next look nothing has ended any."""

    def is_away(*_: object) -> None:
        raise OSError("no connection")

    def handle(delivery: Delivery) -> str:
        tickets.record_failure(delivery.id, "x")
        return ""

    outlived: set[str] = set()
    with monkeypatch.context() as patch:
        patch.setattr(TicketStore, "record_failure", is_away)
        for _ in range(4):
            with pytest.raises(OSError, match="no connection"):
                list(handle_counted(tickets, tickets.list_waiting(), handle, outlived))
    assert list(handle_counted(tickets, tickets.list_waiting(), handle, outlived))
    assert tickets.list_set_aside() == []
    assert tickets.count_begun(["one", "bad", "two"]) == {}


def test_the_sweep_does_not_meet_it_again_either(
    github: GitHub, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same text, found by asking; an edit of it is another text."""
    bank(github)
    issue = IssueText(1, "t", "b", NOBODY, (), "open", "", is_pull=False)
    comment = Comment(7, NOBODY, "/note x", "", "", "")
    event = Commented("issue_comment", "created", WHERE, NOBODY, issue, comment)
    seen: list[str] = []
    monkeypatch.setattr(
        count_deaths, "dispatch_event", lambda _s, one, **_: seen.append(one.comment.body)
    )
    with inside(tmp_path, github, hook=False) as bot:
        bot.services.tickets.begin({name_event(event): 2})
        dispatch_counted(bot.services, event)
        assert seen == []
        other = Comment(7, NOBODY, "/note y", "", "", "")
        dispatch_counted(
            bot.services,
            Commented("issue_comment", "edited", WHERE, NOBODY, issue, other),
        )
        assert seen == ["/note y"]
        assert bot.services.tickets.count_begun([name_event(event)]) == {name_event(event): 2}


def advance_in_a_process(bot: Inside, step: Step) -> int:
    """As a start of the server does, with `step` for planning. Its exit code."""
    bot.services.tickets.engine.dispose()  # a connection is not for two processes
    if child := os.fork():
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    advance.STEPS = {**advance.STEPS, Stage.PLANNING: step}
    again = open_services(bot.services.settings, bot.services.account)
    advance_ticket(again, bot.ticket.key)
    os._exit(0)


def die(_services: Services, _ticket: Ticket) -> Ticket:
    os.kill(os.getpid(), 9)
    raise AssertionError


@pytest.mark.slow
def test_a_ticket_whose_step_killed_two_processes_is_left_alone_until_a_retry(
    github: GitHub, tmp_path: Path
) -> None:
    """Its status comment says so, and the third start lives; a writer's command tries it again."""
    issue = bank(github)
    with inside(tmp_path, github) as bot:
        issue.label("bricklayer", by=github.person("mona"))
        assert [advance_in_a_process(bot, die) for _ in range(4)] == [-9, -9, 0, 0]
        assert bot.ticket.stage is Stage.BLOCKED
        assert any("ended twice" in one.body for one in issue.comments)
        issue.comment("/retry", by=github.person("mona"))
        assert bot.ticket.stage is not Stage.BLOCKED
        assert advance_in_a_process(bot, die) == -9


@pytest.mark.slow
def test_a_step_that_ends_in_an_error_or_a_kill_of_its_worker_counts_as_no_death(
    github: GitHub, tmp_path: Path
) -> None:
    """Nor does the end of the machine while something runs in a process of its own."""

    def wait_for_work(services: Services, ticket: Ticket) -> Ticket:
        with services.deaths.uncounted(ticket.key):
            return die(services, ticket)

    issue = bank(github)
    with inside(tmp_path, github) as bot:
        issue.label("bricklayer", by=github.person("mona"))
        assert [advance_in_a_process(bot, wait_for_work) for _ in range(4)] == [-9] * 4
        assert bot.services.deaths.count(bot.ticket.key) == 0


def test_what_a_process_died_of_is_tried_with_nothing_beside_it(tickets: TicketStore) -> None:
    """So that nothing that ran at the same moment is taken for the cause."""
    tickets.begin({"ticket:suspect": 1})
    deaths, order = StepDeaths(tickets), []
    begun, free = threading.Event(), threading.Event()

    def look(key: str) -> None:
        with deaths.counted(key):
            order.append(f"{key} begins")
            if key == "first":
                begun.set()
                assert free.wait(10)
            order.append(f"{key} ends")

    first = threading.Thread(target=look, args=("first",))
    suspect = threading.Thread(target=look, args=("suspect",))
    first.start()
    assert begun.wait(10)
    suspect.start()
    free.set()
    first.join(10)
    suspect.join(10)
    assert order == ["first begins", "first ends", "suspect begins", "suspect ends"]
    assert tickets.count_begun(["ticket:first", "ticket:suspect"]) == {}


def test_a_database_that_goes_while_work_runs_leaves_the_turns_as_they_were(
    tickets: TicketStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Else who must be alone would wait for ever, and all others for it."""
    deaths = StepDeaths(tickets)

    def fail(*_: object) -> None:
        raise OSError(5, "Input/output error")

    def look(name: str) -> None:
        with deaths.counted("job"):
            monkeypatch.setattr(TicketStore, name, fail)
            with deaths.uncounted("job"):
                pass

    for name in ("end", "begin"):
        with pytest.raises(OSError, match="error"):
            look(name)
        monkeypatch.undo()
    tickets.begin({"ticket:suspect": 1})
    alone = threading.Thread(target=lambda: deaths.counted("suspect").__enter__())
    alone.daemon = True
    alone.start()
    alone.join(10)
    assert not alone.is_alive()
