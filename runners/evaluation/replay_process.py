"""A process that has imported what every replay needs, and forks one for each.

An import of all of it takes longer than many a replay. It has one thread and opens nothing, so
nothing of one replay is seen by the next, and one that dies takes no other with it.
"""

import gc
import os
import signal
import sys
import threading
import traceback
from importlib import import_module
from typing import NoReturn

from bot.models.llama_server.place import own_servers_by
from runners.worker_process.main import (
    REQUEST_JSON,
    RESULT_JSON,
    WorkResult,
    begin_process,
    die_with_parent,
    do_work,
    redirect_output,
    write_message,
)

LATER = (
    "bot.storage.evidence",
    "bot.storage.jobs",
    "git.cmd",
    "markdown_it",
    "runners.build.dbos_launch",
    "tree_sitter_language_pack",
)
"""What the engine imports only while it works."""


def main() -> NoReturn:
    """Do each line of standard input; what it came to is a line for the descriptor `argv[1]`."""
    begin_process()
    for name in LATER:
        import_module(name)
    # Kept apart from what is collected, so that no process copies it only to look at it:
    # https://docs.python.org/3.11/library/gc.html#gc.freeze
    gc.freeze()
    owner, pipe = os.getppid(), int(sys.argv[1])
    while line := sys.stdin.buffer.readline():
        _run_one(line, pipe, owner)
    os._exit(0)


def _run_one(line: bytes, pipe: int, owner: int) -> None:
    if threading.active_count() > 1:
        raise RuntimeError(f"threads before a fork: {threading.enumerate()}")
    here = os.getpid()
    child = os.fork()
    if child == 0:
        _do(line, pipe, owner, here)
    _, status = os.waitpid(child, 0)
    code = os.waitstatus_to_exitcode(status)
    if code:
        died = WorkResult(
            passed=False,
            why=f"its process died (exit {code})",
            is_system_error=True,
            killed=code in {-signal.SIGKILL, 128 + signal.SIGTERM},
        )
        with os.fdopen(os.dup(pipe), "w", encoding="utf-8") as told:
            # What it was writing as it died is half a line.
            told.write("\n")
            write_message(told, "end", RESULT_JSON.dump_python(died, mode="json"))


def _do(line: bytes, pipe: int, owner: int, parent: int) -> NoReturn:
    code = 1
    try:
        die_with_parent()
        if os.getppid() != parent:
            os._exit(1)  # it ended before that was asked for
        own_servers_by(owner)
        work = REQUEST_JSON.validate_json(line)
        redirect_output(work.log)
        with os.fdopen(os.dup(pipe), "w", encoding="utf-8") as told:
            outcome = do_work(work, told)
            write_message(told, "end", RESULT_JSON.dump_python(outcome, mode="json"))
        code = 0
    except BaseException:  # noqa: BLE001  # told in the log, and by the exit code
        traceback.print_exc()
    finally:
        # No handler, thread or buffer of the other process ends here.
        os._exit(code)


if __name__ == "__main__":
    main()
