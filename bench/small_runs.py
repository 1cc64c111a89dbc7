"""Run a task's check in the sandbox: a model's code is run nowhere else."""

import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from small_suite import TIMEOUT, Run, faults, load

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, SandboxLimits
from runners.sandbox import open_sandbox

LIMITS = SandboxLimits(memory=1024, processes=32, disk=64, output=1)


@contextmanager
def boxed(timeout: float) -> Iterator[Run]:
    """Every run has a fresh folder."""
    sandbox = open_sandbox(Settings(), RepoConfig(sandbox=LIMITS))

    def run(files: Mapping[str, str], script: str) -> tuple[bool, str]:
        with tempfile.TemporaryDirectory() as folder:
            for name, text in files.items():
                (Path(folder) / name).write_text(text)
            outcome = sandbox.run(["python3", "-B", script], checkout=Path(folder), timeout=timeout)
        return outcome.ended == "exit" and outcome.exit_code == 0, outcome.output

    yield run


if __name__ == "__main__":
    with boxed(TIMEOUT) as run:
        wrong = faults(run)
    print("\n".join(wrong) or f"{len(load())} tasks: every solution passes, every base fails")
    sys.exit(bool(wrong))
