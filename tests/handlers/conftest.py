"""A project to build in: a real repository, a config and scripted models."""

from pathlib import Path

import pytest
from support.project import BANK, CONFIG, TEST, Project


@pytest.fixture
def project(tmp_path: Path) -> Project:
    project = Project(tmp_path)
    project.repo.mkdir()
    project.git("init", "-q", "-b", "main")
    for path, text in (
        (".bricklayer.toml", CONFIG),
        ("bank.py", BANK),
        ("tests/__init__.py", ""),
        ("tests/test_bank.py", TEST),
    ):
        project.write(path, text)
    project.commit()
    project.models()
    return project
