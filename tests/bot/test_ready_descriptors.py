"""Descriptors are waited for whatever their numbers, as in a server with many files open."""

import fcntl
import os
import resource
from collections.abc import Iterator

import pytest

from bot.ready_descriptors import wait_until_ready

HIGH = 1500
"""Above what select(2) takes."""


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if soft <= HIGH + 2:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(4096, hard), hard))
    low = os.pipe()
    ends = [fcntl.fcntl(each, fcntl.F_DUPFD, HIGH) for each in low]
    for each in low:
        os.close(each)
    yield ends[0], ends[1]
    for each in ends:
        os.close(each)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


def test_one_with_a_high_number_is_ready_once_it_can_be_used(pipe: tuple[int, int]) -> None:
    reading, writing = pipe
    assert reading >= HIGH
    assert wait_until_ready(0, reading=reading, writing=writing) == (False, True)
    os.write(writing, b"x")
    assert wait_until_ready(60, reading=reading) == (True, False)


def test_what_was_closed_at_its_other_end_is_ready() -> None:
    """A read gives nothing then, and a write says that nobody reads."""
    for closed in (0, 1):
        ends = os.pipe()
        os.close(ends[closed])
        left = ends[1 - closed]
        ready = wait_until_ready(60, **({"writing": left} if closed == 0 else {"reading": left}))
        assert any(ready)
        os.close(left)
