"""Two servers on one database: one job, one pull request, one comment, whichever of them lives."""

import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import sqlalchemy as sa
from fake_github.gate import Seen
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.machine import (
    MODELS,
    PLAN,
    Machine,
    bank,
    headline,
    machine_for,
    pull_of,
    said,
    status,
    until,
    waits,
)
from support.postgres import create_database

from bot.storage.database import open_database
from bot.storage.tables import MARKS

# Whole jobs, and leases that run out: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow
OTHER_PLAN = PLAN.replace("title: Withdraw must subtract", "title: A dozen")


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'db'}"
    return create_database(request.getfixturevalue("postgres"))


@pytest.fixture
def pair(github: GitHub, tmp_path: Path, url: str) -> Iterator[tuple[Machine, Machine]]:
    """The second one's planner has another title."""
    with make_pair(github, tmp_path, url, OTHER_PLAN) as made:
        yield made


@contextmanager
def make_pair(github: GitHub, room: Path, url: str, plan: str) -> Iterator[tuple[Machine, Machine]]:
    """Each with a state folder of its own; webhooks reach the second one alone."""
    rooms = [room / name for name in ("one", "two")]
    for each in rooms:
        each.mkdir()
    other = {**MODELS, "planner": said(plan)}
    with (
        machine_for(rooms[0], github, models=dict(MODELS), database=url, hook=False) as one,
        machine_for(rooms[1], github, models=other, database=url) as two,
    ):
        try:
            yield one, two
        finally:
            if one.process and one.process.poll() is None:
                one.process.send_signal(signal.SIGCONT)


def begin(github: GitHub, pair: tuple[Machine, Machine], moment: str) -> Issue:
    """The first one leads, and has come this far with an issue."""
    one, two = pair
    lead(one)
    stand_by(two)
    issue = ask(github, one, moment)
    assert "Traceback" not in two.told()
    return issue


def lead(machine: Machine) -> None:
    machine.start()
    until(lambda: "this server leads" in machine.told(), machine.told)


def stand_by(machine: Machine) -> None:
    machine.start()
    until(lambda: "this server stands by" in machine.told(), machine.told)


def ask(github: GitHub, machine: Machine, moment: str) -> Issue:
    issue = bank(github)
    github.ci_on("octocat/bank")
    issue.label("bricklayer", by=github.person("mona"))
    until(lambda: headline(issue) == moment, lambda: f"{status(issue)}\n{machine.told()}")
    return issue


def freeze(machine: Machine) -> None:
    """Between two writes: in SQLite whoever is frozen within one keeps all others from writing."""
    engine = open_database(machine.database)
    assert machine.process
    while True:
        machine.process.send_signal(signal.SIGSTOP)
        wait_until_stopped(machine.process.pid)
        with engine.connect() as db:
            if engine.dialect.name == "postgresql":
                return
            db.exec_driver_sql("PRAGMA busy_timeout=200")
            try:
                db.execute(sa.insert(MARKS).values(key="frozen", value=""))
            except sa.exc.OperationalError:
                machine.process.send_signal(signal.SIGCONT)
            else:
                return


def wait_until_stopped(pid: int) -> None:
    """Its threads go on until one of them has taken the signal: signal(7)."""
    threads = Path(f"/proc/{pid}/task")
    while any("State:\tT" not in (each / "status").read_text() for each in threads.iterdir()):
        time.sleep(0.001)


def is_write(call: Seen) -> bool:
    """A fetch is sent with POST, too, as is the App's wish for a token, by no process's own name.

    https://git-scm.com/docs/http-protocol
    """
    reads = call.kind == "app" or call.path.endswith("/git-upload-pack")
    return call.method != "GET" and not reads


def end(github: GitHub, issue: Issue, *machines: Machine) -> None:
    """Whoever leads takes it to its review: one of everything, and each commit once."""
    waits(machines[0], issue, "waiting for CI")
    pull = pull_of(issue)
    github.ci(pull.head_sha, "green")
    waits(machines[0], issue, "ready for review")
    assert len(issue.repo.pulls) == 1
    commits = issue.repo.git.git("log", "--format=%s", f"main..{pull.head_sha}").splitlines()
    assert len(commits) == len(set(commits)) == 3, commits
    for machine in machines:
        assert "Traceback" not in machine.told(), machine.told()


@pytest.mark.parametrize("moment", ["a plan is being written", "building", "waiting for CI"])
def test_one_that_was_frozen_past_its_lease_posts_nothing_when_it_wakes_up(
    github: GitHub, pair: tuple[Machine, Machine], moment: str
) -> None:
    freeze_past_its_lease(github, pair, moment)


def test_two_whose_planners_have_one_title_make_one_branch(
    github: GitHub, tmp_path: Path, url: str
) -> None:
    """The one that wakes up finds the name of its branch in use, by what the other built."""
    with make_pair(github, tmp_path, url, PLAN) as pair:
        freeze_past_its_lease(github, pair, "a plan is being written")


def freeze_past_its_lease(github: GitHub, pair: tuple[Machine, Machine], moment: str) -> None:
    one, two = pair
    lead(one)
    issue = ask(github, one, moment)
    freeze(one)
    # The other has not begun, whose worker may build for whoever leads: all tokens so far are of
    # the one that is frozen. Git's first request of each push is anonymous, and so nobody's.
    tokens = {call.token for call in github.calls} - {""}
    two.start()
    until(lambda: "this server leads, after" in two.told(), two.told)
    count = len(github.calls)  # what was under way when it was frozen has arrived long since
    waits(two, issue, "waiting for CI")
    assert one.process
    one.process.send_signal(signal.SIGCONT)
    until(lambda: "taken over by" in one.told(), one.told)
    until(lambda: "stands by" in one.told(), one.told)
    later = [call for call in github.calls[count:] if call.token in tokens]
    assert [(call.method, call.path) for call in later if is_write(call)] == []
    end(github, issue, two, one)


def test_of_two_that_live_each_issue_is_planned_and_built_by_one(
    github: GitHub, pair: tuple[Machine, Machine]
) -> None:
    one, two = pair
    issues = [begin(github, pair, "waiting for CI")]
    for _ in range(2):
        by = github.person("mona")
        issues.append(github.issue("octocat/bank", "Another", "Subtract.", by=by))
        issues[-1].label("bricklayer", by=by)
    for issue in issues:
        waits(one, issue, "waiting for CI")
    told = one.log.read_text() + two.log.read_text()
    assert [told.count(f"begun: {kind}:") for kind in ("plan", "build")] == [3, 3], told
    assert len(issues[0].repo.pulls) == 3


def test_one_that_was_killed_is_followed_and_comes_back_as_the_standby(
    github: GitHub, pair: tuple[Machine, Machine]
) -> None:
    one, two = pair
    issue = begin(github, pair, "building")
    one.kill()
    until(lambda: "this server leads, after" in two.told(), two.told)
    one.start()
    until(lambda: one.told().count("this server stands by") == 1, one.told)
    end(github, issue, two, one)


def test_one_that_ends_by_itself_is_followed_at_once(
    github: GitHub, pair: tuple[Machine, Machine]
) -> None:
    one, two = pair
    issue = begin(github, pair, "waiting for CI")
    one.stop()
    until(lambda: "this server leads, after" in two.told(), two.told, patience=10.0)
    end(github, issue, two)
