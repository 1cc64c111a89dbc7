"""How the engine scales. `python bench/scale.py ROW...`, all rows without one.

Each row is a function of a file in `scale_parts/`, which says what it measures and against what
floor. `night` takes `--jobs` and `--minutes`, since two cores have not the time for all of it.
"""

import argparse
import os
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
PARTS = [str(HERE / "scale_parts"), str(HERE / "github_parts")]
# Not this folder: there `import github`, PyGithub's name, would find `github.py`.
sys.path[:1] = [*PARTS, str(HERE.parent / "tests"), str(HERE.parent)]

from disk_rows import measure_disk  # noqa: E402
from fleet_rows import measure_night, measure_recovery  # noqa: E402
from gate_rows import measure_gates  # noqa: E402
from lane_rows import measure_checks, measure_edits  # noqa: E402
from queue_rows import measure_deaths, measure_queue  # noqa: E402

ROWS = {
    "edits": measure_edits,
    "checks": measure_checks,
    "queue": measure_queue,
    "deaths": measure_deaths,
    "recovery": measure_recovery,
    "disk": measure_disk,
    "gates": measure_gates,
    "night": measure_night,
}


def main() -> None:
    reader = argparse.ArgumentParser()
    reader.add_argument("rows", nargs="*", metavar="ROW", help=f"of {', '.join(ROWS)}")
    reader.add_argument("--jobs", type=int, default=10, help="of the night; 200 are a whole one")
    reader.add_argument("--minutes", type=float, default=0.5, help="of its outage; 5 in all")
    reader.add_argument("--seed", type=int, default=1, help="of what happens in the night")
    asked = reader.parse_args()
    names = asked.rows or list(ROWS)
    if len(names) > 1:
        numbers = {"--jobs": asked.jobs, "--minutes": asked.minutes, "--seed": asked.seed}
        options = [f"{key}={value}" for key, value in numbers.items()]
        # One process a row: DBOS is one a process, and no row is to have another one's memory.
        for name in names:
            subprocess.run([sys.executable, __file__, name, *options], check=False)
        return
    (name,) = names
    print(f"{name}: {ROWS[name].__doc__} Load {os.getloadavg()[0]:.1f}.", flush=True)
    if name == "night":
        measure_night(asked.jobs, asked.minutes, asked.seed)
    else:
        ROWS[name]()


if __name__ == "__main__":
    main()
