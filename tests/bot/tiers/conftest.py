from collections.abc import Iterator

import pytest
from model_server import ModelServer, serving


@pytest.fixture
def model_server() -> Iterator[ModelServer]:
    """A hosted model's stand-in: say what it answers by `acts` or `answer`."""
    with serving() as server:
        yield server
