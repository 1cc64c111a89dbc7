"""The GitHub loop against GitHub's stand-in, with the real `bricklayer serve`.

`python bench/github.py [--seconds 60] [--rate 100] [--only PART...]`; the parts are below.
"""

import argparse
import os
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
# Not this folder: there `import github`, PyGithub's name, would find this file.
sys.path[:1] = [str(HERE / "github_parts"), str(HERE.parent / "tests"), str(HERE.parent)]

from accept import accept, kill  # noqa: E402
from flood import flood  # noqa: E402
from idle import idle  # noqa: E402
from jobs import again, plan  # noqa: E402
from waiting import gates, queued, start  # noqa: E402

PARTS = ("accept", "kill", "flood", "again", "plan", "idle", "queued", "gates", "start")


def main() -> None:
    reader = argparse.ArgumentParser()
    reader.add_argument("--seconds", type=float, default=60)
    reader.add_argument("--rate", type=float, default=100)
    reader.add_argument("--only", nargs="+", choices=PARTS, default=PARTS)
    asked = reader.parse_args()
    print(f"load of the machine before: {os.getloadavg()[0]:.1f}")
    if "accept" in asked.only:
        accept(asked.rate, asked.seconds)
    if "kill" in asked.only:
        kill(asked.rate, asked.seconds)
    if "flood" in asked.only:
        flood(asked.seconds)
    if "again" in asked.only:
        again(1000)
    if "plan" in asked.only:
        plan(7)
    if "idle" in asked.only:
        idle(50)
    if "queued" in asked.only:
        queued(20)
    if "gates" in asked.only:
        gates(1000)
    if "start" in asked.only:
        start(1000)


if __name__ == "__main__":
    main()
