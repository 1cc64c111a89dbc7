"""`bricklayer serve`, the worker that builds for it, or all of it is killed, and it goes on."""

import random
import threading

import pytest
from fake_github.world import GitHub
from support.machine import headline, until
from support.processes import list_left_processes

from faults.right_end import require_right_ticket
from faults.seeds import IN_CI, seeds
from faults.words_machine import WordsMachine, end_ticket, reach, words_issue

KILLS_A_JOB = 3
MOST_SECONDS = 12.0
PAUSE = threading.Event()


@IN_CI
def test_undisturbed(github: GitHub, machine: WordsMachine) -> None:
    issue = words_issue(github)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    end_ticket(github, issue, machine)
    require_right_ticket(issue, machine)
    machine.stop()
    assert list_left_processes(machine.room) == []


@pytest.mark.parametrize("seed", seeds(10, in_ci=1))
def test_all_of_it_killed_at_seeded_instants(
    github: GitHub, machine: WordsMachine, seed: int
) -> None:
    """Web, loop and workers at once, as a loss of power does, wherever they happen to be."""
    issue, instants = words_issue(github), random.Random(seed)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    for _ in range(KILLS_A_JOB):
        PAUSE.wait(instants.uniform(0.2, MOST_SECONDS))
        machine.kill_group()
        machine.start()
    end_ticket(github, issue, machine)
    require_right_ticket(issue, machine, kills=KILLS_A_JOB)


@pytest.mark.parametrize("seed", seeds(10))
def test_the_worker_alone_killed_at_seeded_instants(
    github: GitHub, machine: WordsMachine, seed: int
) -> None:
    """As the machine does it that runs out of memory: nobody has to say anything."""
    issue, instants = words_issue(github), random.Random(seed)
    machine.start()
    issue.label("bricklayer", by=github.person("mona"))
    reach(issue, machine, "building")
    kills = 0
    for _ in range(KILLS_A_JOB):
        PAUSE.wait(instants.uniform(0.2, MOST_SECONDS / 3))
        until(lambda: machine.find_builder() or headline(issue) != "building", machine.told)
        if builder := machine.find_builder():
            builder.kill()
            kills += 1
    end_ticket(github, issue, machine)
    require_right_ticket(issue, machine, kills=kills)
