"""Run the command and kill it, as by `kill -9`, right before or right after one named piece of work.

python killed_at.py MODULE.NAME before|after ARGUMENTS OF THE COMMAND...
"""

import functools
import importlib
import os
import pkgutil
import signal
import sys
from collections.abc import Callable
from typing import Any, ParamSpec

P = ParamSpec("P")


def deadly(work: Callable[P, object], when: str) -> Callable[P, None]:
    @functools.wraps(work)
    def killing(*args: P.args, **kwargs: P.kwargs) -> None:
        if when == "after":
            work(*args, **kwargs)
        os.kill(os.getpid(), signal.SIGKILL)

    return killing


if __name__ == "__main__":
    where, when, *rest = sys.argv[1:]
    owner_path, _, name = where.rpartition(".")
    owner: Any = pkgutil.resolve_name(owner_path)
    setattr(owner, name, deadly(getattr(owner, name), when))
    sys.argv = ["bricklayer", *rest]
    importlib.import_module("handlers.cli").main()
