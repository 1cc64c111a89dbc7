"""A project to build in: a real repository, a config and scripted models."""

import shutil
from pathlib import Path

import pytest
from support.project import BANK, CONFIG, TEST, Project


@pytest.fixture
def project(tmp_path: Path, tmp_path_factory: pytest.TempPathFactory) -> Project:
    """Made once, and copied for each test."""
    first = Project(tmp_path_factory.getbasetemp() / "first-project")
    if not first.room.exists():
        begin(first)
    project = Project(tmp_path)
    shutil.copytree(first.repo, project.repo)
    project.models()
    return project


def begin(project: Project) -> None:
    project.repo.mkdir(parents=True)
    project.git("init", "-q", "-b", "main", "--template=")
    for path, text in (
        (".bricklayer.toml", CONFIG),
        ("bank.py", BANK),
        ("tests/__init__.py", ""),
        ("tests/test_bank.py", TEST),
    ):
        project.write(path, text)
    project.commit()
