"""Run the command and kill it, as by `kill -9`, right before or right after one piece of work.

python killed_at.py NAME OF A KILL POINT before|after CALL ARGUMENTS OF THE COMMAND...

`CALL` says at which call of that piece of work, from 1.
"""

import functools
import importlib
import itertools
import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

from kill_points import KILL_POINTS

P = ParamSpec("P")
T = TypeVar("T")


def deadly(work: Callable[P, T], when: str, call: int) -> Callable[P, T]:
    calls = itertools.count(1)

    @functools.wraps(work)
    def killing(*args: P.args, **kwargs: P.kwargs) -> T:
        last = next(calls) == call
        if last and when == "before":
            os.kill(os.getpid(), signal.SIGKILL)
        result = work(*args, **kwargs)
        if last:
            os.kill(os.getpid(), signal.SIGKILL)
        return result

    return killing


if __name__ == "__main__":
    point, when, call, *rest = sys.argv[1:]
    owner_path, _, name = KILL_POINTS[point].rpartition(".")
    owner: Any = pkgutil.resolve_name(owner_path)
    setattr(owner, name, deadly(getattr(owner, name), when, int(call)))
    sys.argv = ["bricklayer", *rest]
    importlib.import_module("handlers.cli").main()
