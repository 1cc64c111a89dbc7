"""What `bricklayer serve` needs is down for a while: GitHub, its database, or all that it had stored."""

import random
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing

import httpx
import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.machine import until
from support.postgres import create_database
from support.tcp_proxy import TcpProxy, proxy_to

from faults.cluster import Cluster
from faults.progress import PAUSE
from faults.right_end import require_right_ticket
from faults.seeds import ONLY_HERE, seeds
from faults.words_machine import WordsMachine, end_ticket, reach, words_issue

pytestmark = ONLY_HERE
TEN_MINUTES = 600


def begin(github: GitHub, machine: WordsMachine) -> Issue:
    """A job that is being built, slowly enough that something can happen to it."""
    assert machine.words
    machine.words.pause = 0.2
    issue = words_issue(github)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    reach(issue, machine, "building")
    return issue


def end(github: GitHub, issue: Issue, machine: WordsMachine, *, kills: int = 0) -> None:
    end_ticket(github, issue, machine)
    require_right_ticket(issue, machine, kills=kills)


@pytest.mark.parametrize(
    ("status", "seconds"), [(500, 30), (500, TEN_MINUTES), (401, 30), (401, TEN_MINUTES)]
)
def test_github_answers_everything_with_an_error(
    github: GitHub, machine: WordsMachine, status: int, seconds: int
) -> None:
    issue = begin(github, machine)
    github.fail("*", ".", status, times=1_000_000)
    PAUSE.wait(seconds)
    github.gate.faults.clear()
    end(github, issue, machine)


def test_github_makes_the_change_and_loses_the_answer(
    github: GitHub, machine: WordsMachine
) -> None:
    issue = begin(github, machine)
    for method in ("POST", "PATCH"):
        github.fail(method, "/(issues|pulls|comments)", 500, times=6, after=True)
    end(github, issue, machine)


def test_github_says_429(github: GitHub, machine: WordsMachine) -> None:
    """With a time to wait, as its secondary limits do."""
    issue = begin(github, machine)
    github.slow_down(3, times=12)
    end(github, issue, machine)


@pytest.fixture
def road(github: GitHub) -> Iterator[TcpProxy]:
    """The way to GitHub, of its API and its git alike."""
    host, _, port = github.host.partition(":")
    with proxy_to((host, int(port))) as made:
        github.host = f"127.0.0.1:{made.port}"
        yield made


@pytest.mark.parametrize("how", ["silent", "refused"])
def test_github_is_out_of_reach(
    github: GitHub, road: TcpProxy, machine: WordsMachine, how: str
) -> None:
    issue = begin(github, machine)
    road.silence() if how == "silent" else road.refuse()
    PAUSE.wait(40)
    road.heal()
    end(github, issue, machine)


def test_sqlite_locked_for_a_minute(github: GitHub, machine: WordsMachine) -> None:
    issue = begin(github, machine)
    database = machine.room / "state" / "bricklayer.sqlite"
    with closing(sqlite3.connect(database, timeout=30)) as db:
        db.execute("BEGIN IMMEDIATE")
        PAUSE.wait(60)
        db.rollback()
    end(github, issue, machine, kills=1)


@pytest.mark.postgres
@pytest.mark.parametrize("seed", seeds(6))
def test_postgres_crashes_three_times_and_starts_again(
    github: GitHub, machine: WordsMachine, cluster: Cluster, seed: int
) -> None:
    """At seeded instants of the build, also while it is taken from its queue."""
    machine.database = create_database(cluster.url)
    issue, instants = begin(github, machine), random.Random(seed)
    for _ in range(3):
        PAUSE.wait(instants.uniform(0.2, 8))
        cluster.crash()
    end(github, issue, machine, kills=3)


@pytest.mark.postgres
def test_postgres_crashes_under_an_idle_server(
    github: GitHub, machine: WordsMachine, cluster: Cluster
) -> None:
    """None of its threads ends by that: what is asked of it afterwards is done."""
    machine.database = create_database(cluster.url)
    issue = words_issue(github)
    machine.start()
    cluster.crash()
    issue.label("bricklayer", by=github.person("mona"))
    end(github, issue, machine)


@pytest.mark.postgres
@pytest.mark.parametrize("how", ["silent", "refused"])
def test_postgres_is_out_of_reach(
    github: GitHub, machine: WordsMachine, cluster: Cluster, how: str
) -> None:
    machine.database = create_database(cluster.url)
    with proxy_to(str(cluster.socket)) as road:
        machine.database = cluster.through(road, machine.database)
        issue = begin(github, machine)
        road.silence() if how == "silent" else road.refuse()
        PAUSE.wait(30)
        road.heal()
        end(github, issue, machine, kills=1)


@pytest.mark.postgres
def test_postgres_database_is_dropped_and_made_again(
    github: GitHub, machine: WordsMachine, cluster: Cluster
) -> None:
    """It says what is wrong; then it ends, and its next start restores the job from GitHub."""
    machine.database = create_database(cluster.url)
    issue = begin(github, machine)
    assert machine.words
    assert machine.process
    until(lambda: machine.words and len(machine.words.calls) > 2, machine.told, patience=300)
    cluster.drop(machine.database)
    until(lambda: "database: the database cannot be reached" in ask_health(machine), machine.told)
    until(lambda: "does not exist" in machine.told(), machine.told)
    assert machine.process.poll() is None
    cluster.make_again(machine.database)
    # 70: a service manager starts it again.
    assert machine.process.wait(120) == 70, machine.told()
    assert "the tables that were in the database are gone" in machine.told()
    machine.sweep_seconds = 0.5
    machine.start()
    end_ticket(github, issue, machine)
    require_right_ticket(issue, machine, kills=2, whole_ledger=False)


def ask_health(machine: WordsMachine) -> str:
    return httpx.get(f"http://127.0.0.1:{machine.port}/health", timeout=30).text


@pytest.mark.parametrize("lost", ["bricklayer.sqlite", ""])
def test_what_was_stored_is_lost(github: GitHub, machine: WordsMachine, lost: str) -> None:
    """The database, or the whole state folder: what passed is on GitHub and is not paid again."""
    issue = begin(github, machine)
    assert machine.words
    while len(machine.words.calls) < 6:
        PAUSE.wait(0.1)
    machine.kill_group()
    state = machine.room / "state"
    if lost:
        for file in state.glob(f"{lost}*"):
            file.unlink()
    else:
        shutil.rmtree(state)
    machine.sweep_seconds = 0.5
    machine.start()
    end_ticket(github, issue, machine)
    # Of a task that had not passed all attempts may be made again.
    require_right_ticket(issue, machine, kills=2, whole_ledger=False)
