"""Run the command, and act at each boundary of its recorded steps that was not met before.

python at_boundaries.py FOLDER kill|gc|gc+kill ARGUMENTS OF THE COMMAND...

A boundary is where a step is done and not recorded, and where it has just been recorded. `FOLDER`
has a file for each that was met, so a job that is started until it ends meets every one of them
once. `gc` prunes every object of the repository in the current folder that nothing refers to.
"""

import functools
import importlib
import os
import re
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbos._sys_db import SystemDatabase

RECORDED_BY = ("record_operation_result", "record_get_result", "update_workflow_outcome")
"""Of DBOS 3.4: what writes a step's result, a child's, and a workflow's end."""
ONE_AT_A_TIME = threading.Lock()


def act_around(record: Callable[..., Any], folder: Path, acts: list[str]) -> Callable[..., Any]:
    @functools.wraps(record)
    def acting(self: SystemDatabase, *args: Any, **kwargs: Any) -> Any:
        name = name_step(record.__name__, args, kwargs)
        # Killed by another lane just now, a boundary would never be met.
        with ONE_AT_A_TIME:
            act_once(folder / f"{name}.done", acts)
            result = record(self, *args, **kwargs)
            act_once(folder / f"{name}.recorded", acts)
        return result

    return acting


def name_step(by: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> str:
    """Without the number of the job's run, which a run that is begun anew raises."""
    first = args[0] if args else next(iter(kwargs.values()))
    if isinstance(first, dict):
        told = f"{first['workflow_uuid']}.{first['function_id']}.{first['function_name']}"
    else:
        told = f"{by}.{first}"
    return re.sub(r"[0-9a-f]{12}\.[^:]*?(:|$|\.(?=\d+\.))", "job\\1", told).replace("/", "_")


def act_once(met: Path, acts: list[str]) -> None:
    try:
        os.close(os.open(met, os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return
    if "gc" in acts:
        argv = ["git", "gc", "--quiet", "--prune=now"]
        subprocess.run(argv, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    if "kill" in acts:
        os.kill(os.getpid(), signal.SIGKILL)


if __name__ == "__main__":
    folder, acts, *rest = sys.argv[1:]
    Path(folder).mkdir(exist_ok=True)
    for name in RECORDED_BY:
        record = getattr(SystemDatabase, name)
        setattr(SystemDatabase, name, act_around(record, Path(folder), acts.split("+")))
    sys.argv = ["bricklayer", *rest]
    importlib.import_module("handlers.cli").main()
