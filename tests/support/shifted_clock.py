"""Run the command with a clock that jumps: `time.time` is as much ahead as a file says, in seconds.

python shifted_clock.py FILE ARGUMENTS OF THE COMMAND...
"""

import importlib
import sys
import time
from pathlib import Path


def shift(file: Path) -> None:
    real = time.time

    def shifted() -> float:
        try:
            return real() + float(file.read_text())
        except (OSError, ValueError):
            return real()

    time.time = shifted


if __name__ == "__main__":
    file, *rest = sys.argv[1:]
    # Before anything else is imported, since a module may keep the function.
    shift(Path(file))
    sys.argv = ["bricklayer", *rest]
    importlib.import_module("handlers.cli").main()
