import os
import subprocess
import sys

import pytest

from bot.config.repository import SandboxLimits
from runners.sandbox.model import Ended
from runners.sandbox.resource_usage import MIB, Usage, count_threads, exceeded_limit, measure_usage

LIMITS = SandboxLimits(memory=100, processes=10)


@pytest.mark.parametrize(
    ("usage", "ended"),
    [
        (Usage(), None),
        (Usage(processes=10, threads=80, memory=100 * MIB), None),
        (Usage(processes=11), "processes"),
        (Usage(processes=1, threads=81), "processes"),
        (Usage(memory=100 * MIB + 1), "memory"),
        (Usage(host_free=0.01), "memory"),
    ],
)
def test_a_limit_is_passed_above_its_value(usage: Usage, ended: Ended | None) -> None:
    """What is allowed is allowed, one more is not; a machine about to run dry counts as memory."""
    assert exceeded_limit(usage, LIMITS) == ended


def test_descendants_are_measured() -> None:
    """Children and theirs count, with their memory; an ended process uses nothing."""
    hold = "x = bytearray(b'x') * (30 << 20); print(1, flush=True); input()"
    # Below a shell of its own: what else this process has started is none of it.
    line = f'("{sys.executable}" -c "{hold}"; true); true'
    argv = ["sh", "-c", line]
    with subprocess.Popen(argv, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as shell:
        assert shell.stdout
        assert shell.stdout.readline() == b"1\n"
        usage = measure_usage(shell.pid, LIMITS)
        assert usage.processes == 2
        assert usage.memory > 30 * MIB
        shell.communicate(b"\n", timeout=20)
    assert measure_usage(shell.pid, LIMITS).processes == 0


def test_own_threads_are_counted() -> None:
    """This user runs at least this test."""
    assert count_threads(os.getuid()) >= 1
    assert count_threads(4_000_000_000) == 0
