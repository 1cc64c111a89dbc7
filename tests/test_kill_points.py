"""What the tests kill at is there."""

import pkgutil

import pytest
from support.kill_points import KILL_POINTS


@pytest.mark.parametrize("path", KILL_POINTS.values())
def test_every_kill_point_is_something_that_is_called(path: str) -> None:
    assert callable(pkgutil.resolve_name(path))
