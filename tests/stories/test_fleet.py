"""Several machines on one database: whatever happens to one of them, the work is done once."""

import os
import signal
import subprocess
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.machine import (
    CONFIG,
    MODELS,
    PATIENCE,
    Machine,
    bank,
    headline,
    machine_for,
    pull_of,
    status,
    until,
)
from support.postgres import create_database
from support.project import BRICKLAYER

from bot.locks import find_live_holder
from bot.storage.database import open_database
from bot.storage.workers import WorkerStore

pytestmark = [pytest.mark.slow, pytest.mark.postgres, pytest.mark.real_start]
SLOW = CONFIG.replace('run = "', 'run = "sleep 3 && ')
RESUMED_SECONDS = 25.0
"""Fifteen of silence, two looks of a heartbeat each at most, on a machine that is busy."""


@dataclass
class Fleet:
    """One machine that serves and plans, and two that build. `rows` tell who does what."""

    server: Machine
    builders: tuple[Machine, Machine]
    rows: WorkerStore

    def start(self) -> None:
        for machine in (self.server, *self.builders):
            machine.start()

    def told(self) -> str:
        return "\n".join(machine.told() for machine in (self.server, *self.builders))

    def find_builder(self) -> Machine | None:
        """Whose process is building now."""
        pids = {
            row.facts.pid
            for row in self.rows.list_workers()
            if any(work.startswith("build:") for work in row.facts.running) and not row.is_dead
        }
        found = [one for one in self.builders if one.process and one.process.pid in pids]
        return found[0] if found else None

    def wait_for_builder(self, but: Machine | None = None) -> Machine:
        until(lambda: self.find_builder() not in (None, but), self.told)
        found = self.find_builder()
        assert found
        return found


@pytest.fixture
def fleet(github: GitHub, tmp_path: Path, postgres: str) -> Iterator[Fleet]:
    with ExitStack() as stack:
        engine = open_database(create_database(postgres))
        stack.callback(engine.dispose)
        url = engine.url.render_as_string(hide_password=False)

        def machine(name: str, **more: object) -> Machine:
            room = tmp_path / name
            room.mkdir()
            return stack.enter_context(machine_for(room, github, database=url, **more))

        models = {tier: MODELS[tier] for tier in ("planner", "local")}
        server = machine("server", models={"planner": models["planner"]})
        builders = (
            machine("one", models={"local": models["local"]}, command="worker"),
            machine("two", models={"local": models["local"]}, command="worker"),
        )
        yield Fleet(server, builders, WorkerStore(engine))


def begin(github: GitHub, fleet: Fleet) -> Issue:
    issue = bank(github, {".bricklayer.toml": SLOW})
    github.ci_on("octocat/bank")
    fleet.start()
    issue.label("bricklayer", by=github.person("mona"))
    return issue


def list_family(pid: int) -> list[int]:
    """A process and all below it."""
    below: list[int] = []
    for file in Path(f"/proc/{pid}/task").glob("*/children"):
        with suppress(OSError):
            below += map(int, file.read_text().split())
    return [pid, *(each for child in below for each in list_family(child))]


def waits(machine: Machine, issue: Issue, wanted: str) -> None:
    """Three machines on one: longer than others wait."""
    until(lambda: headline(issue) == wanted, machine.told, 3 * PATIENCE)


@contextmanager
def frozen(pid: int) -> Iterator[None]:
    """As a machine that sleeps: the process first, so that it begins nothing meanwhile."""
    stopped: list[int] = []
    while new := [each for each in list_family(pid) if each not in stopped]:
        stopped += new
        _signal(new, signal.SIGSTOP)
    try:
        yield
    finally:
        _signal(stopped, signal.SIGCONT)


def _signal(pids: Iterable[int], number: int) -> None:
    for pid in pids:
        with suppress(ProcessLookupError):  # it has ended by itself
            os.kill(pid, number)


def require_done_once(issue: Issue, github: GitHub) -> None:
    pull = pull_of(issue)
    assert len(issue.repo.pulls) == 1
    assert status(issue)
    commits = issue.repo.git.git("log", "--format=%s", f"main..{pull.head_sha}").splitlines()
    assert len(commits) == len(set(commits)) == 3, commits
    github.ci(pull.head_sha, "green")


def test_a_further_machine_builds_what_the_server_planned(github: GitHub, fleet: Fleet) -> None:
    """Its database and its models are all that it was given."""
    issue = begin(github, fleet)
    waits(fleet.server, issue, "waiting for CI")
    require_done_once(issue, github)
    assert "build:" in "".join(one.told() for one in fleet.builders)
    assert "begun: build:" not in fleet.server.told()
    waits(fleet.server, issue, "ready for review")


def test_a_killed_worker_is_followed_by_another(github: GitHub, fleet: Fleet) -> None:
    """The first task is taken up within a quarter of a minute and some."""
    issue = begin(github, fleet)
    first = fleet.wait_for_builder()
    assert first.process
    first.kill()
    killed = time.monotonic()
    fleet.wait_for_builder(but=first)
    took = time.monotonic() - killed
    assert took < RESUMED_SECONDS
    waits(fleet.server, issue, "waiting for CI")
    require_done_once(issue, github)


def test_a_frozen_worker_that_thaws_stops_what_it_ran(github: GitHub, fleet: Fleet) -> None:
    """Its outcome is not taken, and it says who has the work."""
    issue = begin(github, fleet)
    first = fleet.wait_for_builder()
    assert first.process
    with frozen(first.process.pid):
        fleet.wait_for_builder(but=first)
    until(lambda: "taken over by" in first.told(), fleet.told)
    waits(fleet.server, issue, "waiting for CI")
    require_done_once(issue, github)


def test_a_worker_that_is_told_to_end_gives_its_work_back(github: GitHub, fleet: Fleet) -> None:
    """Another goes on at once: nobody has to be silent for it."""
    issue = begin(github, fleet)
    first = fleet.wait_for_builder()
    first.stop()
    ended = time.monotonic()
    fleet.wait_for_builder(but=first)
    assert time.monotonic() - ended < RESUMED_SECONDS / 2
    waits(fleet.server, issue, "waiting for CI")
    require_done_once(issue, github)


def find_build(machine: Machine) -> int:
    """The process that builds there now; 0 for none."""
    locks = (machine.room / "state").glob("jobs/*/lock")
    return next(filter(None, map(find_live_holder, locks)), 0)


def halt(machine: Machine, *options: str) -> None:
    """As its owner types it."""
    env = {**os.environ, "BRICKLAYER_CONFIG": str(machine.config)}
    argv = [BRICKLAYER, "halt", *options]
    subprocess.run(argv, env=env, check=True, capture_output=True, timeout=60)


def test_a_halt_on_one_machine_stops_a_build_on_another(github: GitHub, fleet: Fleet) -> None:
    """Within a heartbeat; no machine takes it meanwhile, and it goes on by itself afterwards."""
    issue = begin(github, fleet)
    first = fleet.wait_for_builder()
    until(lambda: find_build(first), first.told)
    halt(fleet.server)
    halted = time.monotonic()
    until(lambda: not find_build(first), first.told)
    assert time.monotonic() - halted < RESUMED_SECONDS
    until(lambda: "halted" in first.told(), first.told)
    tick = threading.Event()
    for _ in range(10):
        assert not any(map(find_build, fleet.builders)), fleet.told()
        tick.wait(0.5)
    halt(fleet.server, "--off")
    waits(fleet.server, issue, "waiting for CI")
    require_done_once(issue, github)


def test_a_cancelled_job_is_stopped_wherever_it_is_built(github: GitHub, fleet: Fleet) -> None:
    """Within a heartbeat, and nothing of it is pushed afterwards."""
    issue = begin(github, fleet)
    first = fleet.wait_for_builder()
    issue.comment("/cancel", by=github.person("mona"))
    until(lambda: fleet.find_builder() is None, fleet.told)
    until(lambda: "cancelled" in first.told(), fleet.told)
    waits(fleet.server, issue, "cancelled")
