"""A machine for each story."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import MODELS, Machine, machine_for


@pytest.fixture
def machine(github: GitHub, tmp_path: Path) -> Iterator[Machine]:
    with machine_for(tmp_path, github, models=dict(MODELS)) as made:
        yield made
