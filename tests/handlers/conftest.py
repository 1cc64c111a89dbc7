"""A project to build in: a real repository, a config and scripted models."""

import shutil
from pathlib import Path

import pytest
from support.project import Project


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Made once, and copied for each test."""
    first = Project(tmp_path_factory.getbasetemp() / "first-project")
    if not first.room.exists():
        first.begin()
    project = Project(tmp_path)
    shutil.copytree(first.repo, project.repo)
    project.models()
    return project
