"""A worker's disk is full: it leaves the work to the other one, and takes some once there is room."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import status, until
from support.mounted_room import MEBIBYTE, MountedRoom, mounted_room
from support.postgres import create_database
from support.project import BRICKLAYER

from faults.fleet import Fleet, open_fleet
from faults.progress import PAUSE
from faults.right_end import require_right_ticket
from faults.seeds import ONLY_HERE
from faults.word_models import WordModels
from faults.words_machine import WordsMachine, end_ticket, reach, words_issue

pytestmark = [ONLY_HERE, pytest.mark.postgres]
SHUT, OPEN = "no work is taken", "work is taken again"
LOOKS_SECONDS = 8.0
"""For which it would take and give back: its queue is looked at five times a second."""


@dataclass
class SmallDisk:
    """The first worker's state folder, a file system of its own."""

    room: MountedRoom
    folder: Path

    def fill(self) -> None:
        """Below the floor, with room for what it writes down itself."""
        self.room.fill(self.folder, leave=24 * MEBIBYTE)

    def empty(self) -> None:
        self.room.empty(self.folder)


@pytest.fixture
def fleet(github: GitHub, tmp_path: Path, words: WordModels, postgres: str) -> Iterator[Fleet]:
    with open_fleet(tmp_path, github, words, create_database(postgres)) as made:
        yield made


@pytest.fixture
def disk(fleet: Fleet) -> Iterator[SmallDisk]:
    first = fleet.builders[0]
    folder = first.room / "state"
    folder.mkdir()
    with mounted_room({folder: 128 * MEBIBYTE}) as room:
        first.program = tuple(room.enter(BRICKLAYER, folder=first.room))
        yield SmallDisk(room, folder)
        first.stop()


def require_told_once(machine: WordsMachine, words: str) -> None:
    until(lambda: words in machine.told(), machine.told)
    assert machine.log.read_text().count(words) == 1, machine.told()


def test_the_other_worker_takes_what_one_has_no_room_for(
    github: GitHub, fleet: Fleet, disk: SmallDisk
) -> None:
    first, second = fleet.builders
    disk.fill()
    issue = words_issue(github)
    fleet.start()
    require_told_once(first, SHUT)
    issue.label("bricklayer", by=github.person("mona"))
    end_ticket(github, issue, fleet.server)
    require_right_ticket(issue, fleet.server)
    assert "begun: build:" not in first.log.read_text()
    assert "begun: build:" in second.log.read_text()
    require_told_once(first, SHUT)


def test_alone_it_takes_nothing_until_there_is_room_and_then_by_itself(
    github: GitHub, fleet: Fleet, disk: SmallDisk
) -> None:
    """The comment says since when the job waits, and for what."""
    first, _ = fleet.builders
    disk.fill()
    issue = words_issue(github)
    fleet.server.start()
    first.start()
    require_told_once(first, SHUT)
    issue.label("bricklayer", by=github.person("mona"))
    reach(issue, fleet.server, "building")
    until(lambda: "too little disk is free on my machine" in status(issue), fleet.server.told)
    PAUSE.wait(LOOKS_SECONDS)
    assert "begun: build:" not in first.log.read_text()
    disk.empty()
    end_ticket(github, issue, fleet.server)
    require_right_ticket(issue, fleet.server)
    for words in (SHUT, OPEN, "begun: build:"):
        require_told_once(first, words)
    assert "disk" not in status(issue)


def test_what_runs_when_the_disk_fills_goes_on_elsewhere(
    github: GitHub, fleet: Fleet, disk: SmallDisk, words: WordModels
) -> None:
    """It stops at its next step, undone, and is not taken by the same one again."""
    words.pause = 0.3
    first, second = fleet.builders
    issue = words_issue(github)
    fleet.server.start()
    first.start()
    issue.label("bricklayer", by=github.person("mona"))
    until(lambda: "begun: build:" in first.told(), fleet.told)
    disk.fill()
    require_told_once(first, SHUT)
    second.start()
    end_ticket(github, issue, fleet.server)
    require_right_ticket(issue, fleet.server, kills=1, whole_ledger=False)
    require_told_once(first, "begun: build:")
