"""A database with something of everything that is counted."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from support.counted import Counted, fill, open_counted
from support.postgres import create_database


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[Counted]:
    with open_counted(tmp_path) as made:
        yield made


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def counted(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Counted]:
    is_postgres = request.param == "postgres"
    url = create_database(request.getfixturevalue("postgres")) if is_postgres else ""
    with open_counted(tmp_path, url) as made:
        fill(made)
        yield made
