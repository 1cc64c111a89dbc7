"""What a worker's look at its model servers takes of a processor while nobody does anything.

    python bench/server_watch.py

Three servers that answer (the tests' stand-in, in a process of its own) and three that are down, a
minute of turns each, whose waits are skipped: only this process's own seconds of a processor count.
"""

import multiprocessing
import sys
import time
from multiprocessing.connection import Connection
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parents[1] / folder) for folder in ("", "tests")]

from fake_models.llama_load import serve_load  # noqa: E402  # the path is set above

from bot.config.machine import Settings  # noqa: E402
from runners.queues.server_watch import ServerWatch  # noqa: E402

MINUTES = 5
DOWN = [f"http://127.0.0.1:{port}" for port in (9, 11, 13)]
"""Ports where nobody listens: discard, systat and daytime are off."""


def measure(urls: list[str], *, at_work: bool) -> float:
    """Seconds of the processor for each minute, the first, with all that is read once, left out."""
    tiers = ("local", "senior", "planner")
    named = zip(tiers, urls, strict=True)
    asked = {tier: {"models": ["openai-chat:m"], "base_url": f"{url}/v1"} for tier, url in named}
    settings = Settings.model_validate({"tiers": asked, "lanes": [{"name": "gpu-0"}]})
    clock = [0.0]
    watch = ServerWatch(settings, lambda: at_work, clock=lambda: clock[0])
    began = 0.0
    for minute in range(MINUTES + 1):
        began = began or (time.process_time() if minute else 0.0)
        while clock[0] < 60 * (minute + 1):
            clock[0] += watch.look()
    return (time.process_time() - began) / MINUTES


def serve(told: Connection) -> None:
    with serve_load() as one, serve_load() as two, serve_load() as three:
        told.send([one.url, two.url, three.url])
        told.recv()


def main() -> None:
    ours, theirs = multiprocessing.Pipe()
    server = multiprocessing.Process(target=serve, args=(theirs,), daemon=True)
    server.start()
    up = ours.recv()
    for name, urls in (("3 up", up), ("3 down", DOWN)):
        for at_work in (False, True):
            spent = measure(urls, at_work=at_work)
            state = "at work" if at_work else "idle"
            print(f"{name}, {state}: {spent:.4f} s a minute, {spent / 60:.3%} of a core")
    ours.send("end")
    server.join(5)


if __name__ == "__main__":
    main()
