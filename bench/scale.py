"""How the engine scales. `python bench/scale.py ROW...`, all rows without one.

Each row is a function of a file `scale_*.py` beside this one, which says what it measures.
"""

import sys

from scale_lanes import measure_checks, measure_edits
from scale_queue import measure_queue, measure_recovery

ROWS = {
    "edits": measure_edits,
    "checks": measure_checks,
    "queue": measure_queue,
    "recovery": measure_recovery,
}


def main() -> None:
    for name in sys.argv[1:] or ROWS:
        print(f"{name}: {ROWS[name].__doc__}")
        ROWS[name]()


if __name__ == "__main__":
    main()
