"""People are told once of each need, whatever fails, restarts or is answered meanwhile."""

import itertools
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import sqlalchemy as sa
from support.message_services import serve_web
from support.postgres import create_database
from support.tickets import amend, ticket

from bot.config.machine import Settings, parse_settings
from bot.errors import DiskFloorError
from bot.storage.database import open_database, sqlite_url
from bot.storage.history import History
from bot.storage.leader import LeaderLease, TakenOverError, Term
from bot.storage.notifications import NotificationStore
from bot.storage.open_tickets import OpenTickets
from bot.storage.tables import CALLS, LOOP, NOTIFICATIONS, TICKETS
from bot.storage.tickets import TicketStore
from bot.ticket.model import Ticket
from bot.ticket.stages import Stage
from runners.history.open_history import OpenHistory
from runners.notify.message import ChannelError, Message
from runners.notify.notifier import GATHER_SECONDS, TURN_SECONDS, Notifier

START = 1_800_000_000.0
"""Fri, 15 Jan 2027 08:00 UTC."""
SETTINGS = '[keep]\nfree_disk = 0\n[notify]\nnight_over = "off"\n'
BLOCKED = "The checks failed: `test`. More is in the log.\n\n```text\nassert 1 == 2\n```"


@dataclass
class World:
    """One database with servers on it. `told` is what arrived, `failing` how many more fail."""

    url: str
    engine: sa.Engine
    settings: Settings
    at: float = START
    told: list[tuple[str, Message]] = field(default_factory=list)
    failing: dict[str, int] = field(default_factory=dict)
    secrets: tuple[str, ...] = ()

    def put(self, *tickets: Ticket) -> None:
        """Written now, by the clock of this world."""
        store = TicketStore(self.engine)
        for each in tickets:
            store.adopt_ticket(each, at_least=1)
        keys = [each.key for each in tickets]
        with self.engine.begin() as db:
            db.execute(sa.update(TICKETS).where(TICKETS.c.key.in_(keys)).values(changed=self.at))

    def server(self, *channels: str, term: Term | None = None) -> Notifier:
        """Started anew: it knows nothing but what the database holds."""
        names = channels or ("hook",)
        return Notifier(
            self.settings,
            NotificationStore(self.engine, term),
            TicketStore(self.engine, term),
            OpenTickets(self.engine).list,
            {name: lambda message, name=name: self.send(name, message) for name in names},
            lambda: self.secrets,
            OpenHistory(self.settings, History(self.engine), self.url),
            lambda: self.at,
        )

    def send(self, name: str, message: Message) -> None:
        if self.failing.get(name, 0) > 0:
            self.failing[name] -= 1
            raise ChannelError("it answered HTTP 500")
        self.told.append((name, message))

    def turn(self, server: Notifier, seconds: float = TURN_SECONDS, step: float = 0.0) -> None:
        """For so many seconds, as its thread does; by longer steps than it where they are many."""
        end, step = self.at + seconds, step or max(TURN_SECONDS, seconds / 20)
        while self.at < end:
            server.take_turn()
            self.at += step

    def titles(self) -> list[str]:
        return [message.title for _, message in self.told]

    def states(self) -> list[str]:
        with self.engine.connect() as db:
            query = sa.select(NOTIFICATIONS.c.state).order_by(NOTIFICATIONS.c.at)
            return list(db.execute(query).scalars())


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def world(
    request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[World]:
    monkeypatch.setenv("TZ", "UTC")
    url = (
        sqlite_url(tmp_path)
        if request.param == "sqlite"
        else create_database(request.getfixturevalue("postgres"))
    )
    engine = open_database(url)
    text = f'state_dir = "{tmp_path}"\ndatabase_url = "{url}"\n{SETTINGS}'
    yield World(url, engine, parse_settings(text))
    engine.dispose()


def blocked(issue: int = 12, why: str = BLOCKED, **more: object) -> Ticket:
    return ticket(Stage.BLOCKED, issue=issue, why=why, **more)


MINUTE = 60.0
HOUR = 3600.0


def test_a_blocked_job_is_told_once_with_its_cause_and_its_page(world: World) -> None:
    world.put(blocked())
    server = world.server()
    world.turn(server, 10 * MINUTE)
    world.turn(world.server(), 10 * MINUTE)  # it was started again
    ((_, message),) = world.told
    assert message.title == "octocat/bank#12: blocked"
    assert message.lines == (
        "withdraw adds",
        "The checks failed: 'test'.",
        "https://github.com/octocat/bank/issues/12",
    )
    assert message.url == "https://github.com/octocat/bank/issues/12"
    assert world.states() == ["sent"]


def test_the_same_trouble_after_a_retry_is_told_again(world: World) -> None:
    world.put(blocked())
    server = world.server()
    world.turn(server, 5 * MINUTE)
    world.put(ticket(Stage.BUILDING, retries=1))
    world.turn(server, MINUTE)
    world.put(blocked(retries=1))
    world.turn(server, 5 * MINUTE)
    assert len(world.told) == 2


@pytest.mark.parametrize(
    ("waiting", "says"),
    [
        (ticket(Stage.APPROVAL, approval_key=ticket().plan_key), "a plan waits for approval"),
        (
            ticket(Stage.PUBLISHING, approval_key="diff:abc"),
            "waits for approval before it is pushed",
        ),
        (ticket(Stage.PLANNING, approval_key="text"), "the issue's text was edited"),
        (
            ticket(Stage.PLANNING, question_open=True, question="Which one?\n\nMore."),
            "the planner has a question",
        ),
        (
            ticket(
                Stage.BUILDING,
                paused=True,
                why="No model is asked any more for this job, so it is paused: 20.00 of 20.00",
            ),
            "paused at a limit",
        ),
    ],
)
def test_each_thing_that_waits_for_a_person_is_told(
    world: World, waiting: Ticket, says: str
) -> None:
    world.put(waiting)
    world.turn(world.server(), MINUTE)
    (title,) = world.titles()
    assert title.startswith("octocat/bank#12: ")
    assert says in title


@pytest.mark.parametrize(
    "going_on",
    [
        ticket(Stage.BUILDING),
        ticket(Stage.REVIEW),
        ticket(Stage.MERGED),
        ticket(Stage.BUILDING, paused=True, why="Paused by @mona."),
        ticket(Stage.BUILDING, outage="models", outage_since=START, wake_at=START + 60),
        ticket(
            Stage.BUILDING, outage="models", outage_since=START - HOUR, wake_at=START + 9 * HOUR
        ),
    ],
)
def test_what_goes_on_or_waits_for_nobody_is_not_told(world: World, going_on: Ticket) -> None:
    """A used-up quota, too, is waited for until its end."""
    world.put(going_on)
    world.turn(world.server(), 5 * MINUTE)
    assert world.told == []


def test_a_flood_is_one_message_with_a_count_and_the_first_ten(world: World) -> None:
    world.put(*(blocked(n, why=f"Cause {n}. More.") for n in range(1, 201)))
    world.turn(world.server("hook", "mail"), 10 * MINUTE)
    assert [name for name, _ in world.told] == ["hook", "mail"]
    message = world.told[0][1]
    assert message.title == "Bricklayer: 200 things need somebody"
    assert len(message.lines) == 11
    assert message.lines[0] == "octocat/bank#1: blocked — withdraw adds — Cause 1."
    assert message.lines[-1] == "and 190 more"
    assert len(message.jobs) == 10


def test_a_need_that_a_person_has_answered_meanwhile_is_not_told(world: World) -> None:
    world.put(blocked(1), blocked(2))
    world.failing = {"hook": 1}
    server = world.server()
    world.turn(server, MINUTE)
    world.put(amend(blocked(1), stage=Stage.BUILDING, why=""))
    world.turn(server, 5 * MINUTE)
    assert world.titles() == ["octocat/bank#2: blocked"]
    world.put(blocked(3))
    world.turn(server)
    world.put(amend(blocked(3), stage=Stage.CANCELLED))
    world.turn(server, 5 * MINUTE)
    assert len(world.told) == 1
    assert sorted(world.states()) == ["dropped", "dropped", "sent"]


def test_a_channel_that_fails_is_tried_again_ever_later_and_holds_up_no_other(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.put(blocked())
    world.failing = {"hook": 8}
    tried: list[float] = []
    send = world.send

    def note(name: str, message: Message) -> None:
        if name == "hook":
            tried.append(world.at)
        send(name, message)

    world.send = note  # type: ignore[method-assign]
    world.turn(world.server("hook", "mail"), 3.5 * HOUR, step=MINUTE)
    assert [name for name, _ in world.told] == ["mail", "hook"]
    pauses = [round((after - before) / 60) for before, after in itertools.pairwise(tried)]
    assert pauses == [1, 2, 4, 8, 16, 32, 60, 60]
    assert "hook: tried again in 1 min: it answered HTTP 500" in caplog.text


def test_what_came_while_a_channel_was_down_goes_out_as_one_more_message(world: World) -> None:
    world.failing = {"hook": 5}
    server = world.server()
    for issue in range(1, 15):
        world.put(blocked(issue))
        world.turn(server, 2 * MINUTE)
    world.turn(server, HOUR)
    assert world.titles() == ["octocat/bank#1: blocked", "Bricklayer: 13 things need somebody"]


def test_after_a_day_it_is_given_up_and_logged(
    world: World, caplog: pytest.LogCaptureFixture
) -> None:
    world.put(blocked())
    world.failing = {"hook": 1000}
    server = world.server()
    world.turn(server, 26 * HOUR, step=HOUR / 2)
    assert world.states() == ["given up"]
    assert "1 of what was to be told is given up after a day: it answered HTTP 500" in caplog.text
    left = world.failing["hook"]
    world.turn(server, 3 * HOUR)
    assert world.failing["hook"] == left


def test_a_clock_that_is_set_back_delays_nothing(world: World) -> None:
    world.put(blocked())
    world.turn(world.server())
    world.at -= 30 * 86_400.0
    world.turn(world.server(), MINUTE)
    assert len(world.told) == 1


KILLED = """
import os, signal, sys, time
from bot.config.machine import read_settings
from bot.storage.notifications import NotificationStore
from bot.storage.open_tickets import OpenTickets
from bot.storage.tickets import open_ticket_store
from bot.storage.jobs import open_store
from bot.storage.history import History
from runners.history.open_history import OpenHistory
from runners.notify import notifier
from runners.notify.channels import open_channels

settings = read_settings()
notifier.GATHER_SECONDS = 0.0
tickets = open_ticket_store(open_store(settings.database_url))
channels = dict(open_channels(settings.notify, os.environ))
send = channels["webhook"]
def killing(message):
    when = sys.argv[1]
    if when == "before":
        os.kill(os.getpid(), signal.SIGKILL)
    send(message)
    if when == "after":
        os.kill(os.getpid(), signal.SIGKILL)
channels["webhook"] = killing
notifier.Notifier(
    settings, NotificationStore(tickets.engine), tickets, OpenTickets(tickets.engine).list, channels,
    lambda: (), OpenHistory(settings, History(tickets.engine), settings.database_url), time.time,
).take_turn()
"""


@pytest.mark.slow
@pytest.mark.parametrize(("when", "arrived"), [("before", 1), ("after", 2)])
def test_killed_between_the_note_and_the_sending_it_is_told_and_can_be_known_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, when: str, arrived: int
) -> None:
    """Never lost; where it was sent already, the second has the id of the first."""
    url = sqlite_url(tmp_path)
    engine = open_database(url)
    TicketStore(engine).adopt_ticket(blocked(), at_least=1)
    with serve_web() as service:
        config = tmp_path / "bricklayer.toml"
        text = f'state_dir = "{tmp_path}"\ndatabase_url = "{url}"\n{SETTINGS}'
        config.write_text(f'{text}[notify.webhook]\nurl = "{service.url}/hook"\n')
        monkeypatch.setenv("BRICKLAYER_CONFIG", str(config))
        for moment, code in ((when, -signal.SIGKILL), ("never", 0), ("never", 0)):
            argv = [sys.executable, "-c", KILLED, moment]
            ended = subprocess.run(
                argv, check=False, timeout=60, env=os.environ, capture_output=True
            )
            assert ended.returncode == code, ended.stderr.decode()
        assert [told.path for told in service.received] == ["/hook"] * arrived
        assert len({told.headers["webhook-id"] for told in service.received}) == 1
    engine.dispose()


def test_a_server_that_no_longer_leads_sends_nothing(world: World) -> None:
    world.put(blocked())
    term = LeaderLease(world.engine, "one").take()
    assert term
    server = world.server(term=term)
    server.take_turn()
    with world.engine.begin() as db:
        db.execute(sa.update(LOOP).values(fence=LOOP.c.fence + 1, holder="two"))
    world.at += GATHER_SECONDS
    with pytest.raises(TakenOverError, match="two"):
        server.take_turn()
    assert world.told == []
    world.turn(world.server(), MINUTE)
    assert len(world.told) == 1


def test_titles_and_causes_of_others_are_printable_bounded_and_without_secrets(
    world: World,
) -> None:
    token = "ghp_" + "a1B2" * 9
    title = f"\u202eevil\x1b[2J\n\nsecond `line` {token} " + "x" * 70_000 + "a" + "\u0301" * 500
    world.secrets = ("hidden-secret-value",)
    world.put(blocked(title=title, why="hidden-secret-value is wrong\n" + "y" * 70_000))
    world.turn(world.server(), MINUTE)
    (message,) = (message for _, message in world.told)
    told = "\n".join((message.title, *message.lines))
    assert len(told) < 1000
    assert all(line.isprintable() for line in told.split("\n"))
    assert len(message.lines) == 3
    assert not [word for word in (token, "hidden-secret-value", "\u202e", "\x1b") if word in told]


def test_a_full_disk_is_told_once_however_often_the_server_is_started(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_settings: Settings) -> None:
        raise DiskFloorError("full")

    monkeypatch.setattr("runners.notify.notifier.require_free_disk", full)
    for _ in range(5):
        world.turn(world.server(), 20 * MINUTE)
    assert world.titles() == ["this server: too little disk is free, so nothing new begins"]
    monkeypatch.setattr("runners.notify.notifier.require_free_disk", lambda _settings: None)
    world.turn(world.server(), 2 * HOUR)
    monkeypatch.setattr("runners.notify.notifier.require_free_disk", full)
    world.turn(world.server(), 20 * MINUTE)
    assert len(world.told) == 2


def test_github_that_lets_nobody_in_and_models_that_are_down_are_told_once_for_all_jobs(
    world: World,
) -> None:
    server = world.server()
    server.is_refused = True
    world.turn(server, 10 * MINUTE)
    assert world.titles() == ["this server: GitHub does not let the bot do its work"]
    down = {"outage": "models", "outage_since": START - HOUR, "wake_at": START + 700}
    world.put(*(ticket(Stage.BUILDING, issue=n, **down) for n in range(1, 9)))
    world.turn(server, 10 * MINUTE)
    assert world.titles()[1:] == ["this server: the models do not answer"]


EVENING = START + 10 * HOUR
"""18:00 of the same day."""


def nightly(world: World, when: str = "idle") -> World:
    notify = world.settings.notify.model_copy(update={"night_over": when, "needed": False})
    world.settings = world.settings.model_copy(update={"notify": notify})
    world.at = EVENING
    return world


def call(world: World, at: float) -> None:
    """A model was asked then, at no cost."""
    row = {"at": at, "job": "7#12", "repo": "7", "person": 42, "tier": "local", "model": "m"}
    row |= {"tokens": 1000, "cost": 0.0, "ended": True, "tokens_out": 100, "place": "here"}
    with world.engine.begin() as db:
        db.execute(sa.insert(CALLS).values(row))


def test_a_night_is_told_once_when_nothing_runs_any_more(world: World) -> None:
    nightly(world)
    server = world.server()
    call(world, world.at + HOUR)
    world.put(ticket(Stage.BUILDING))
    world.turn(server, 6 * HOUR)
    assert world.told == []
    world.put(ticket(Stage.REVIEW, pushed_at=world.at))
    world.turn(server, 5 * MINUTE)
    assert world.told == []  # between two steps nothing runs either
    world.turn(server, 10 * MINUTE)
    ((_, message),) = world.told
    assert (message.kind, message.title) == ("night_over", "Night over: 1 landed")
    assert "  octocat/bank#12 withdraw adds: ready for review, #13" in message.lines
    call(world, world.at)
    world.put(ticket(Stage.BUILDING))
    world.turn(server, MINUTE)
    world.put(ticket(Stage.BLOCKED))
    world.turn(world.server(), 3 * HOUR)
    assert len(world.told) == 1


def test_the_next_nights_report_begins_where_the_last_one_ended(world: World) -> None:
    nightly(world)
    call(world, world.at + HOUR)
    world.turn(world.server(), 5 * HOUR, step=5 * MINUTE)
    assert len(world.told) == 1
    at = world.told[0][1].at
    call(world, EVENING + 12 * HOUR)  # in the morning, after the report
    world.at = EVENING + 24 * HOUR
    call(world, world.at + HOUR)
    world.turn(world.server(), 5 * HOUR)
    two = world.told[1][1]
    assert two.lines[0].startswith("From 2027-01-15 22:")
    assert any("2 calls" in line for line in two.lines), two.lines
    assert at < EVENING + 5 * HOUR


@pytest.mark.parametrize("waiting", [ticket(Stage.BLOCKED), ticket(Stage.REVIEW, pushed_at=1.0)])
def test_a_night_in_which_nothing_was_done_is_not_told(world: World, waiting: Ticket) -> None:
    nightly(world).put(waiting)
    with world.engine.begin() as db:
        db.execute(sa.update(TICKETS).values(changed=START - 86_400))
    world.turn(world.server(), 20 * HOUR)
    assert world.told == []


def test_a_night_in_which_nothing_was_done_is_one_line_where_a_person_wants_it(
    world: World,
) -> None:
    """Of two servers that take turns, and of one that is started again, one message a day comes."""
    nightly(world, "07:30")
    world.settings = with_empty_nights(world.settings)
    world.put(ticket(Stage.APPROVAL, approval_key=ticket().plan_key))
    for _ in range(4):
        world.turn(world.server(), 3 * HOUR, step=HOUR / 2)
        world.turn(world.server(), 3 * HOUR, step=HOUR / 2)
    reports = [each for _, each in world.told if each.kind == "night_over"]
    assert [each.title for each in reports] == ["Night over: 1 needing you"]
    (line,) = reports[0].lines
    assert line.startswith("Nothing was done from 2027-01-15 18:00 +0000 to ")
    assert line.endswith("; 1 waits for you from before")


def with_empty_nights(settings: Settings) -> Settings:
    notify = settings.notify.model_copy(update={"empty_nights": True})
    return settings.model_copy(update={"notify": notify})


def test_work_by_day_ends_no_night(world: World) -> None:
    nightly(world)
    world.at = START + 5 * HOUR
    call(world, world.at)
    world.turn(world.server(), 12 * HOUR)
    assert world.told == []


def test_a_report_at_a_set_time_comes_then_also_where_work_goes_on(world: World) -> None:
    nightly(world, "07:30")
    world.put(ticket(Stage.BUILDING))
    call(world, world.at + HOUR)
    world.turn(world.server(), 13.4 * HOUR, step=13.4 * HOUR / 8)
    assert world.told == []
    world.turn(world.server(), HOUR, step=2 * MINUTE)
    ((_, message),) = world.told
    assert message.kind == "night_over"
    assert message.lines[0] == "From 2027-01-15 18:00 +0000 to 2027-01-16 07:30 +0000"


def test_a_report_that_cannot_be_sent_is_sent_later_as_it_was(world: World) -> None:
    nightly(world, "07:30")
    call(world, world.at + HOUR)
    world.failing = {"hook": 3}
    world.turn(world.server(), 17 * HOUR, step=HOUR / 2)
    ((_, message),) = world.told
    assert message.lines[0].endswith("to 2027-01-16 07:30 +0000")


def test_what_was_told_long_ago_is_forgotten_but_not_what_is_still_needed(world: World) -> None:
    world.put(blocked(1), blocked(2))
    server = world.server()
    world.turn(server, MINUTE)
    world.put(amend(blocked(2), stage=Stage.MERGED))
    world.at += 100 * 86_400.0
    world.turn(world.server(), MINUTE)
    assert world.states() == ["sent"]
    assert len(world.told) == 1
