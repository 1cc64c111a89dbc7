"""The bot's own parts by a clock that a test sets; a module that waits for real has its own `bot`."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.in_process import Clock, Inside, inside


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def bot(github: GitHub, tmp_path: Path, clock: Clock) -> Iterator[Inside]:
    with inside(tmp_path, github, clock=clock, patient=False) as made:
        yield made
