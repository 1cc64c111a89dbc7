"""The bricklayer command, with the seconds it spent in git written to the file that is named first.

python git_timed.py OUT run job.md ...
"""

import os
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from bot.git import repo
from handlers import cli, process_exit

real, leave = repo.run_git, process_exit._exit_now  # noqa: SLF001 - every git command goes through it
spent = [0.0]


def timed(
    args: tuple[str, ...], stdin: bytes, env: Mapping[str, str], ok: tuple[int, ...]
) -> tuple[int, bytes]:
    began = time.monotonic()
    try:
        return real(args, stdin, env, ok)
    finally:
        spent[0] += time.monotonic() - began


def told(code: int) -> None:
    Path(out).write_text(str(spent[0]))
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    _, out, *rest = sys.argv
    repo.run_git, process_exit._exit_now = timed, told  # type: ignore[assignment]  # noqa: SLF001
    sys.argv = ["bricklayer", *rest]
    cli.main()
