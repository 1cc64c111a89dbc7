"""Sixty tasks through two tiers, undisturbed and killed with -9 in the middle.

    python bench/eval.py [--tasks 60] [--kills 3] [--seed 1] [--at-once 2]
    python bench/eval.py --write sixty     # the tasks alone, for models of your own: docs/eval.md

Thirty issues, to be fixed, with tests that are held back, and thirty exercises, to be written anew,
made of bench/small_tasks, by two scripted models over HTTP whose answers follow from model, task
and attempt alone. Both tables are printed, how many calls the models got either way, and whether
each replay came to the same. Seconds are measured, so they are left out of that. A call is the same
as another by model, task and attempt: what a check printed has times in it.
"""

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path[:1] = [str(HERE), str(HERE / "eval_parts"), str(HERE.parent / "tests"), str(HERE.parent)]

from fake_models.server import ModelServer, serve_models  # noqa: E402
from scripted_tiers import choose_answer, name_call  # noqa: E402
from task_sets import write_sets  # noqa: E402

SETTINGS = """\
[tiers.local]
models = ["openai-chat:local-7b"]
base_url = "{url}"
context = 8192
[tiers.senior]
models = ["openai-chat:senior"]
base_url = "{url}"
context = 32768
price_in = 3.0
price_out = 15.0
"""
MEASURED = {"seconds", "at", "since", "evidence"}
"""What no two runs have alike."""


@dataclass(frozen=True)
class Room:
    """A folder with the task sets and the settings, and a state of its own for each way."""

    folder: Path

    def start(self, way: str, *args: str) -> "subprocess.Popen[str]":
        env = {name: value for name, value in os.environ.items() if "BRICKLAYER" not in name}
        env |= {
            "BRICKLAYER_CONFIG": str(self.folder / "bricklayer.toml"),
            "XDG_STATE_HOME": str(self.folder / way),
            "OPENAI_API_KEY": "none",
        }
        sets = ("--tasks", "issues.jsonl", "--tasks", "exercises", "--config", "set.toml")
        code = "from handlers.cli import main; main()"
        return subprocess.Popen(
            [sys.executable, "-c", code, "eval", *sets, *args],
            cwd=self.folder,
            env=env | {"PYTHONPATH": str(HERE.parent)},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )


def run_to_end(room: Room, way: str, at_once: int) -> dict[str, Any]:
    process = room.start(way, "--json", "--quiet", "--at-once", str(at_once))
    out, err = process.communicate()
    if process.returncode not in {0, 1}:
        sys.exit(f"bricklayer eval ended {process.returncode}: {err}")
    found: dict[str, Any] = json.loads(out)
    for each in found["unmeasured"]:
        print(f"not measured: {each['task']}: {each['why']}", file=sys.stderr)
    return found


def kill_after(room: Room, way: str, at_once: int, ended: int) -> None:
    """Kill -9 once so many more replays have ended."""
    process = room.start(way, "--at-once", str(at_once))
    seen = 0
    for line in process.stderr or ():
        seen += " left  " in line
        if seen == ended:
            process.send_signal(signal.SIGKILL)
    process.wait()


def without_measured(data: object) -> object:
    if isinstance(data, Mapping):
        kept = {key: value for key, value in data.items() if key not in MEASURED}
        return {key: without_measured(value) for key, value in kept.items()}
    if isinstance(data, Sequence) and not isinstance(data, str):
        return [without_measured(each) for each in data]
    return data


def print_table(room: Room, way: str) -> None:
    out, _ = room.start(way, "--dry-run", "--quiet").communicate()
    print(out, flush=True)


def main() -> int:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--tasks", type=int, default=60)
    options.add_argument("--kills", type=int, default=3)
    options.add_argument("--seed", type=int, default=1)
    options.add_argument("--at-once", type=int, default=2)
    options.add_argument("--split", default="", help="to write: dev, single or validation")
    options.add_argument("--write", type=Path, help="the tasks into this new folder, and no more")
    asked = options.parse_args()
    if asked.write:
        asked.write.mkdir(parents=True)
        write_sets(asked.write.resolve(), asked.tasks, asked.split)
        return 0
    with tempfile.TemporaryDirectory() as folder, serve_models() as server:
        room = Room(Path(folder))
        solutions = write_sets(room.folder, asked.tasks)
        server.choose_answer = lambda request: choose_answer(solutions, request.body)
        (room.folder / "bricklayer.toml").write_text(SETTINGS.format(url=server.url))
        return compare(room, server, asked)


def compare(room: Room, server: ModelServer, asked: argparse.Namespace) -> int:
    began = time.monotonic()
    plain = run_to_end(room, "plain", asked.at_once)
    wall, calls = time.monotonic() - began, count_calls(server)
    print(f"undisturbed: {len(plain['replays'])} replays, {calls.total()} calls, {wall:.0f} s\n")
    print_table(room, "plain")
    server.requests.clear()
    began, chance = time.monotonic(), random.Random(asked.seed)  # noqa: S311  # when it is killed
    steps = 2 * asked.tasks // (asked.kills + 1)
    for _ in range(asked.kills):
        kill_after(room, "killed", asked.at_once, max(1, steps - chance.randrange(steps // 2 + 1)))
    killed = run_to_end(room, "killed", asked.at_once)
    wall, again = time.monotonic() - began, count_calls(server)
    print(
        f"killed {asked.kills} times: {len(killed['replays'])} replays, {again.total()} calls,"
        f" {again.total() - calls.total()} more, {wall:.0f} s\n"
    )
    print_table(room, "killed")
    lost = calls - again
    alike = without_measured(plain) == without_measured(killed)
    print(f"same table and replays: {'yes' if alike else 'NO'}; calls never made: {lost.total()}")
    most = asked.kills * asked.at_once
    print(f"calls made twice: {(again - calls).total()}, at most {most} were under way")
    return 0 if alike and not lost and (again - calls).total() <= most else 1


def count_calls(server: ModelServer) -> "Counter[str]":
    """By model, kind of task, file and attempt."""
    return Counter(name_call(request.body) for request in server.requests)


if __name__ == "__main__":
    sys.exit(main())
