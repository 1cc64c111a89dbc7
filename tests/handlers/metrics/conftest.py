"""A database with something of everything that is counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.counted import Counted, fill, open_counted


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Counted]:
    with open_counted(tmp_path) as made:
        yield made


@pytest.fixture
def counted(empty: Counted) -> Counted:
    fill(empty)
    return empty
