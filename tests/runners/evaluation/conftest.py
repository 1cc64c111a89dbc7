"""A project with a branch that a job has built, and the place where replays are done."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from support.project import Project

from bot.config.machine import parse_settings
from runners.evaluation.own_place import OwnPlace, open_own_place


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Made once, and copied for each test."""
    first = Project(tmp_path_factory.getbasetemp() / "first-project")
    if not first.room.exists():
        first.begin()
    project = Project(tmp_path)
    shutil.copytree(first.repo, project.repo)
    return project


@pytest.fixture
def place(tmp_path: Path) -> Iterator[OwnPlace]:
    with open_own_place(parse_settings(f'state_dir = "{tmp_path / "state"}"')) as place:
        yield place
