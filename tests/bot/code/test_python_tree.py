"""Python is parsed by many threads at once: tasks in lanes, and candidates side by side."""

import ast
import gc
import sys
import threading
import time
from collections.abc import Iterator

import pytest

from bot.code.python_tree import parse_python

TEXT = "".join(f"def f{n}(a, b=[1, (2, 3)]):\n    return {{a: b + [{n}]}}\n" for n in range(150))


class Garbage:
    """What lets another thread run while the parser collects garbage."""

    def __init__(self) -> None:
        self.me = self

    def __del__(self) -> None:
        time.sleep(0.0002)


@pytest.fixture
def eager_collection() -> Iterator[None]:
    thresholds, interval = gc.get_threshold(), sys.getswitchinterval()
    gc.set_threshold(50)
    sys.setswitchinterval(1e-5)
    yield
    gc.set_threshold(*thresholds)
    sys.setswitchinterval(interval)


@pytest.mark.usefixtures("eager_collection")
def test_threads_that_parse_at_once_do_not_disturb_each_other() -> None:
    """Each has its tree, on a Python whose parser has one state for all of them as well."""
    trees: list[ast.Module] = []

    def parse() -> None:
        for _ in range(3):
            for _ in range(10):
                Garbage()
            trees.append(parse_python(TEXT))

    threads = [threading.Thread(target=parse) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert [len(tree.body) for tree in trees] == [150] * 12
