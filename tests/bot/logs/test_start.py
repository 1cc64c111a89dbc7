"""One handler for all that a process tells."""

import json
import subprocess
import sys

import pytest

TELLS = """
import sys, threading, warnings
from bot.logs.start import start_logging
start_logging("json")
import logging
logging.getLogger("uvicorn.error").warning("hello")
logging.getLogger("httpx").info("asked")
warnings.warn("old\\nway")
thread = threading.Thread(target=lambda: 1 / 0, name="sweep")
thread.start(); thread.join()
class Broken:
    def __del__(self): raise ValueError("gone")
Broken()
import dbos
logging.getLogger("dbos").error("no\\nqueue")
raise SystemError("over")
"""


@pytest.mark.slow
def test_libraries_warnings_threads_and_the_end_are_told_in_the_same_form() -> None:
    """Each line is JSON: what uvicorn and DBOS tell, a warning, a thread's error and the last one."""
    done = subprocess.run(
        [sys.executable, "-c", TELLS], capture_output=True, text=True, timeout=60, check=False
    )
    assert (done.returncode, done.stdout) == (1, "")
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    told = [(line["logger"], line["message"].partition("\n")[0][-30:]) for line in lines]
    assert told[0] == ("uvicorn.error", "hello")
    assert told[1][0] == "py.warnings"
    assert told[2] == ("bricklayer", "sweep ended")
    assert told[4:] == [("dbos", "no"), ("bricklayer", "this process ends by a fault")]
    errors = [line.get("error", "").splitlines()[-1:] for line in lines]
    assert errors[2:] == [
        ["ZeroDivisionError: division by zero"],
        ["ValueError: gone"],
        [],
        ["SystemError: over"],
    ]
