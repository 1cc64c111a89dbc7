"""The bricklayer command, with the seconds it spent in git written to the file that is named first.

python git_timed.py OUT run job.md ...
"""

import functools
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import ParamSpec, TypeVar

from bot.git import repo
from bot.git.cat_file import ObjectReader
from handlers import cli, process_exit

P = ParamSpec("P")
T = TypeVar("T")
spent = [0.0]


def timed(work: Callable[P, T]) -> Callable[P, T]:
    @functools.wraps(work)
    def timing(*args: P.args, **kwargs: P.kwargs) -> T:
        began = time.monotonic()
        try:
            return work(*args, **kwargs)
        finally:
            spent[0] += time.monotonic() - began

    return timing


def write_and_exit(code: int) -> None:
    Path(out).write_text(str(spent[0]))
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    _, out, *rest = sys.argv
    # Every git command goes through one of these two.
    repo.run_git = timed(repo.run_git)
    ObjectReader.read_object = timed(ObjectReader.read_object)  # type: ignore[method-assign]
    process_exit._exit_now = write_and_exit  # type: ignore[assignment]  # noqa: SLF001
    sys.argv = ["bricklayer", *rest]
    cli.main()
