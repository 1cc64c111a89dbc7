"""What several incidents need: the bot in this process, and a program that tells that it ran."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Inside, inside
from support.machine import MODELS


@pytest.fixture
def bot(github: GitHub, tmp_path: Path) -> Iterator[Inside]:
    with inside(tmp_path, github, models=MODELS) as made:
        yield made


@pytest.fixture
def mark(tmp_path: Path) -> Path:
    """A program that leaves the file `ran` beside it."""
    program = tmp_path / "mark"
    program.write_text(f"#!/bin/sh\ntouch {tmp_path}/ran\n")
    program.chmod(0o755)
    return program
