"""Two workers on one database: one is killed or frozen past its lease, and the other goes on."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.issues import Issue
from fake_github.world import GitHub
from support.machine import headline, until
from support.postgres import create_database

from faults.fleet import Fleet, open_fleet
from faults.progress import PAUSE
from faults.right_end import require_right_ticket
from faults.saved_progress import list_saved
from faults.seeds import seeds
from faults.word_models import WordModels
from faults.words_machine import WordsMachine, end_ticket, reach, words_issue

pytestmark = pytest.mark.postgres
KILLS_A_JOB = 12
MOST_SECONDS = 5.0
"""Between two of them; a worker needs about as long until it builds."""
MOST_DEATHS = 2
"""Of whoever plans or builds while nothing passes: after four in a row a person has to look."""
PATIENCE_SECONDS = 600.0
"""Work that was killed twice is taken up after 20 seconds, planning as well as building."""


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


@pytest.mark.parametrize("seed", seeds(7))
def test_one_after_the_other_killed(github: GitHub, fleet: Fleet, seed: int) -> None:
    """Server, worker or a worker's child alone, a dozen times in one job, planning included.

    A job of which the machine died again and again at one place is left to a person, and that is
    right: such kills are spared.
    """
    issue, instants = words_issue(github), random.Random(seed)
    fleet.start()
    issue.label("bricklayer", by=github.person("mona"))
    deaths, passed = 0, set[str]()
    for _ in range(KILLS_A_JOB):
        PAUSE.wait(instants.uniform(0.2, MOST_SECONDS))
        before, passed = passed, list_saved(issue)
        deaths = 0 if passed - before else deaths
        deaths += kill_one(fleet, issue, instants, spares_work=deaths >= MOST_DEATHS)
    reach(issue, fleet.server, "waiting for CI", patience=PATIENCE_SECONDS)
    end_ticket(github, issue, fleet.server)
    require_right_ticket(issue, fleet.server, kills=KILLS_A_JOB, whole_ledger=False)


def kill_one(fleet: Fleet, issue: Issue, instants: random.Random, *, spares_work: bool) -> bool:
    """Whether it worked on the job just then. Who was killed is started again after a while."""
    builder = fleet.find_builder()
    plans = not builder and headline(issue) != "building"
    workers = [one for one in fleet.builders if one is not builder or not spares_work]
    choice = instants.choice(["server", "child", *workers])
    if choice == "child" and builder and not spares_work and (child := builder.find_builder()):
        child.kill()
        return True
    if choice == "server" and not (plans and spares_work) and fleet.kill_server():
        machine = fleet.server
    else:
        machine = choice if isinstance(choice, WordsMachine) else workers[0]
        machine.kill_group()
    PAUSE.wait(instants.uniform(0, MOST_SECONDS / 2))
    machine.start()
    return machine is (fleet.server if plans else builder)
