"""Two workers on one database: one is killed or frozen past its lease, and the other goes on."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import until
from support.postgres import create_database

from faults.fleet import Fleet, open_fleet
from faults.progress import PAUSE
from faults.right_end import require_right_ticket
from faults.seeds import seeds
from faults.word_models import WordModels
from faults.words_machine import end_ticket, words_issue

pytestmark = pytest.mark.postgres


@pytest.fixture
def fleet(github: GitHub, tmp_path: Path, words: WordModels, postgres: str) -> Iterator[Fleet]:
    # Slow enough that a job outlasts a lease.
    words.pause = 0.3
    with open_fleet(tmp_path, github, words, create_database(postgres)) as made:
        yield made


@pytest.mark.faults
def test_undisturbed(github: GitHub, fleet: Fleet) -> None:
    issue = words_issue(github)
    fleet.start()
    issue.label("bricklayer", by=github.person("mona"))
    end_ticket(github, issue, fleet.server)
    require_right_ticket(issue, fleet.server)


@pytest.mark.parametrize("seed", seeds(5))
def test_a_worker_killed(github: GitHub, fleet: Fleet, seed: int) -> None:
    """With its child, at a seeded instant: what had landed is taken up elsewhere."""
    instants = random.Random(seed)
    issue, first = fleet.begin_build(github)
    PAUSE.wait(instants.uniform(0.2, 6))
    first.kill_group()
    end_ticket(github, issue, fleet.server)
    require_right_ticket(issue, fleet.server, kills=1, whole_ledger=False)


@pytest.mark.parametrize("seed", seeds(5))
def test_a_worker_frozen_past_its_lease_and_thawed(github: GitHub, fleet: Fleet, seed: int) -> None:
    """It stops its child before the next push, and says who has taken over."""
    instants = random.Random(seed)
    issue, first = fleet.begin_build(github)
    PAUSE.wait(instants.uniform(0.2, 4))
    frozen = first.list_processes()
    for process in frozen:
        process.suspend()
    fleet.wait_for_builder(but=first)
    PAUSE.wait(instants.uniform(0, 5))
    for process in frozen:
        process.resume()
    until(lambda: "taken over" in first.told(), fleet.told)
    end_ticket(github, issue, fleet.server)
    require_right_ticket(issue, fleet.server, kills=1, whole_ledger=False)


@pytest.mark.parametrize("seed", seeds(5))
def test_the_server_killed_while_a_worker_builds(github: GitHub, fleet: Fleet, seed: int) -> None:
    """Web and loop alone: the worker goes on, and nothing is paid again."""
    instants = random.Random(seed)
    issue, _ = fleet.begin_build(github)
    PAUSE.wait(instants.uniform(0.2, 6))
    fleet.server.kill_group()
    PAUSE.wait(instants.uniform(0, 6))
    fleet.server.start()
    end_ticket(github, issue, fleet.server)
    require_right_ticket(issue, fleet.server)
