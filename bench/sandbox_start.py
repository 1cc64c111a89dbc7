"""What a check costs before it begins: the sandbox with its filter, without, and with a network.

The three take turns, so that what else the machine does falls on all of them alike.
"""

import statistics
import tempfile
import time
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from unittest import mock

from bot.config.machine import Settings
from bot.config.repository import RepoConfig
from runners.sandbox import bubblewrap, open_sandbox
from runners.sandbox.bubblewrap import Bubblewrap
from runners.sandbox.setup_network import find_network_program

if TYPE_CHECKING:
    from collections.abc import Iterator

ROUNDS = 60


def main() -> None:
    sandbox = open_sandbox(Settings(), RepoConfig())
    assert isinstance(sandbox, Bubblewrap)
    program, why = find_network_program()
    ways = {"as it is": False, "without filter": False}
    ways |= {f"own network ({Path(program).name})": True} if program else {}
    seconds: dict[str, list[float]] = {name: [] for name in ways}
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "file").write_text("x")
        for _ in range(ROUNDS):
            for name, network in ways.items():
                with _without_filter() if name == "without filter" else ExitStack():
                    began = time.perf_counter()
                    made = replace(sandbox, network_program=program)
                    made.run(["true"], checkout=Path(folder), timeout=60, network=network)
                    seconds[name].append(time.perf_counter() - began)
    for name, all_of_it in seconds.items():
        median, quick = statistics.median(all_of_it[1:]), min(all_of_it)
        print(f"{name:>28}: median {median * 1000:6.1f} ms, least {quick * 1000:6.1f} ms")
    pairs = zip(seconds["as it is"], seconds["without filter"], strict=True)
    print(f"the filter: median of {statistics.median(a / b for a, b in pairs):.2f} times")
    if why:
        print(f"no network of its own: {why}")


@contextmanager
def _without_filter() -> "Iterator[None]":
    with mock.patch.object(bubblewrap, "build_filter", return_value=b""):
        yield


if __name__ == "__main__":
    main()
