"""What the code that a model wrote can reach while its check runs on the machine that serves."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
from fake_github.world import GitHub
from support.machine import Machine, bank, pull_of, said, waits, whole

# Whole jobs: CI and `make test-rest` run them.
pytestmark = pytest.mark.slow

SPY = """\
import glob
import os
import socket


def read(path):
    try:
        with open(path, "rb") as file:
            return file.read(1 << 20)
    except OSError:
        return b""


def reached(host, port):
    with socket.socket() as way:
        way.settimeout(2)
        try:
            way.connect((host, port))
        except OSError:
            return False
        return True


def spied():
    found = []
    if any(b"WEBHOOK_SECRET=" in read(one) for one in glob.glob("/proc/*/environ")):
        found.append("environ")
    if any(b"bricklayer\\0serve" in read(one) for one in glob.glob("/proc/*/cmdline")):
        found.append("cmdline")
    found += [path for path in PATHS if os.path.lexists(path)]
    found += [str(port) for port in PORTS if reached("127.0.0.1", port)]
    for at in glob.glob("/tmp/bricklayer-git-*") + glob.glob("/proc/*/root" + PATHS[0]):
        found.append(at)
    names = [name for name in os.environ if "SECRET" in name or "TOKEN" in name or "KEY" in name]
    return found + names


"""
USE = """\
def withdraw(balance, amount):
    found = spied()
    if found:
        raise RuntimeError("reached: " + ", ".join(found))
    return balance - amount
"""


def spy(paths: list[Path], ports: list[int]) -> str:
    """Code that looks for these; none of its words is a secret, or it would not be pushed."""
    # As digits: a path may hold a runner's name, and code that speaks of one waits for approval.
    digits = json.dumps([str(path).encode().hex() for path in paths])
    where = f"PATHS = [bytes.fromhex(path).decode() for path in {digits}]\nPORTS = {ports}\n\n\n"
    head, _, body = SPY.partition("\n\n\n")
    return f"{head}\n\n{where}{body}"


@pytest.mark.real_start
def test_code_under_test_reaches_nothing_of_the_machine(
    github: GitHub, machine: Machine, home: Path
) -> None:
    """No environment, command line, key, mirror, login or port: only then its check is green."""
    issue = bank(github)
    (home / ".netrc").write_text("machine github.com login mona password hunter2\n")
    (home / ".ssh").mkdir()
    machine.start()
    state = machine.room / "state"
    paths = [home / ".netrc", home / ".ssh", machine.room / "app.pem", state, Path("/root/.bashrc")]
    paths += [machine.room / "bricklayer.toml", Path("/var/run/docker.sock"), Path("/etc/shadow")]
    code = spy(paths, [machine.port, int(github.host.rpartition(":")[2])])
    machine.models["local"] = said(whole("bank.py", code + USE), "fix-withdraw")
    (machine.room / "local.md").write_text(machine.models["local"])
    issue.label("bricklayer", by=github.person("mona"))
    waits(machine, issue, "ready for review")
    assert b"spied()" in issue.repo.git.read(pull_of(issue).head_sha, "bank.py")

    outside = code + "print(json_of(spied()))\n"
    outside = f"from json import dumps as json_of\n{outside}"
    env = {**os.environ, "BRICKLAYER_WEBHOOK_SECRET": "x"}
    done = subprocess.run(
        [sys.executable, "-c", outside], env=env, capture_output=True, timeout=60, check=True
    )
    there = json.loads(done.stdout)
    wanted = {"environ", str(paths[0]), str(machine.room / "app.pem"), str(machine.port)}
    assert wanted | {"cmdline", "BRICKLAYER_WEBHOOK_SECRET", str(state)} <= set(there)
