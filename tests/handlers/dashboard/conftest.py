from collections.abc import Iterator
from pathlib import Path

import pytest
from support.site import Site, open_site

from bot.config.machine import Settings


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    with open_site(Settings(state_dir=str(tmp_path))) as made:
        yield made
