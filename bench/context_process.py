"""Runs one contender in a process of its own: what it printed, its seconds, its peak memory."""

import json
import os
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Any

SAMPLE = 0.02
KIB = 1024


@dataclass(frozen=True, slots=True)
class Run:
    """`seconds` from start to end, `cpu` of them all together.

    `peak` in bytes, of the process and all it started together.
    """

    stdout: str
    seconds: float
    cpu: float
    peak: int
    began: float


def run(argv: Sequence[str | Path], given: str, env: Mapping[str, str], limit: float = 900) -> Run:
    """Start it fresh. Raises RuntimeError, with the end of its stderr, where it fails or is late.

    Peak memory is the sum over the tree, sampled, so what forked processes share counts for each;
    or what the kernel says of the first process, where that is more.
    """
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        began = time.time()
        child = subprocess.Popen(
            argv, stdin=subprocess.PIPE, stdout=out, stderr=err, env=env, start_new_session=True
        )
        assert child.stdin
        with child.stdin:
            child.stdin.write(given.encode())
        code, seconds, cpu, peak = _watched(child, began, limit)
        out.seek(0)
        err.seek(0)
        if code:
            tail = err.read()[-3000:].decode(errors="replace")
            raise RuntimeError(f"{argv}: ended with {code} after {seconds:.0f} s\n{tail}")
        return Run(out.read().decode(), seconds, cpu, peak, began)


def answer(
    argv: Sequence[str | Path], given: dict[str, Any], env: Mapping[str, str]
) -> dict[str, Any]:
    """What a driver answers; `whole` and `cpu` are seconds from its start to its first answer."""
    got = run(argv, json.dumps(given), env)
    said: dict[str, Any] = json.loads(got.stdout)
    said["whole"] = said.pop("answered") - got.began
    said["peak"] = got.peak
    return said


def bare_environment(home: Path, seed: int) -> dict[str, str]:
    """Nothing of this machine's settings, so that no contender finds a cache or a configuration."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CACHE_HOME": str(home / "cache"),
        "XDG_STATE_HOME": str(home / "state"),
        "XDG_CONFIG_HOME": str(home / "config"),
        "LANG": "C.UTF-8",
        "PYTHONHASHSEED": str(seed),
        "GIT_CONFIG_NOSYSTEM": "1",
    }


def _watched(
    child: subprocess.Popen[bytes], began: float, limit: float
) -> tuple[int, float, float, int]:
    peak = 0
    while True:
        peak = max(peak, sum(map(_resident, _tree(child.pid))))
        pid, status, used = os.wait4(child.pid, os.WNOHANG)
        seconds = time.time() - began
        if pid:
            child.returncode = os.waitstatus_to_exitcode(status)
            cpu = used.ru_utime + used.ru_stime
            return child.returncode, seconds, cpu, max(peak, used.ru_maxrss * KIB)
        if seconds > limit:
            os.killpg(child.pid, signal.SIGKILL)
        time.sleep(SAMPLE)


def _tree(pid: int) -> Iterator[int]:
    yield pid
    try:
        listed = [f.read_text().split() for f in Path(f"/proc/{pid}/task").glob("*/children")]
    except OSError:  # it ended meanwhile
        return
    for child in chain.from_iterable(listed):
        yield from _tree(int(child))


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
    except (OSError, IndexError):
        return 0
