"""What `[setup]` reaches: the internet, and neither this machine nor its cloud's credentials."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import psutil
import pytest
from support.processes import is_running

from bot.config.machine import Settings
from bot.config.repository import RepoConfig, Setup
from bot.errors import UserError
from runners.sandbox import open_sandbox, setup_network
from runners.sandbox.bubblewrap import Bubblewrap
from runners.sandbox.setup_network import (
    PROGRAMS,
    TUN,
    OwnNetwork,
    find_network_program,
    list_own_addresses,
)

NAMES = (*PROGRAMS, "passt")
CONNECT = """\
import errno, socket, sys
for place in sys.argv[1:]:
    host, _, port = place.rpartition(":")
    family = socket.AF_UNIX if not host else socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family) as way:
            way.settimeout(5)
            way.connect((host, int(port)) if host else "\\0" + port)
        print("reached")
    except OSError as error:
        print(errno.errorcode.get(error.errno, "timeout"))
"""


@pytest.fixture(params=["slirp4netns", pytest.param("pasta", marks=pytest.mark.slow)])
def program(request: pytest.FixtureRequest) -> str:
    found = shutil.which(str(request.param))
    if found is None or not os.access(TUN, os.R_OK | os.W_OK):
        pytest.skip(f"{request.param} is not installed, or {TUN} may not be opened")
    return found


@pytest.fixture
def sandbox(program: str) -> Bubblewrap:
    made = open_sandbox(Settings(), RepoConfig())
    assert isinstance(made, Bubblewrap)
    return replace(made, network_program=program)


@pytest.fixture
def own_address() -> str:
    for address in list_own_addresses():
        if address.endswith("/32"):
            return address.removesuffix("/32")
    pytest.skip("this machine has no address but its loopback's")


@pytest.fixture
def server() -> Iterator[int]:
    """A port on every address of this machine."""
    with socket.create_server(("0.0.0.0", 0)) as made:  # noqa: S104 - others are to be kept out
        yield made.getsockname()[1]


def try_places(sandbox: Bubblewrap, folder: Path, *places: str) -> list[str]:
    (folder / "connect.py").write_text(CONNECT)
    argv = ["python3", "connect.py", *places]
    outcome = sandbox.run(argv, checkout=folder, timeout=60, network=True)
    assert outcome.exit_code == 0, outcome.output
    return outcome.output.split()


def test_setup_does_not_reach_back_into_this_machine(
    sandbox: Bubblewrap, tmp_path: Path, own_address: str, server: int
) -> None:
    """Neither localhost, nor an address of the host's, nor an abstract socket, nor metadata."""
    name = f"bricklayer-test-{os.getpid()}-{server}"
    with socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind(f"\0{name}")
        abstract.listen()
        ours = ["127.0.0.1", own_address, f"::ffff:{own_address}", "0.0.0.0", "::1"]  # noqa: S104
        # libslirp's names for this machine and for the server that it asks, which may be this machine;
        # behind pasta they are machines like any other.
        ours += (
            ["10.0.2.2", setup_network.NAMESERVER]
            if Path(sandbox.network_program).name == "slirp4netns"
            else []
        )
        metadata = ["169.254.169.254:80", "169.254.170.2:80", "100.100.100.200:80"]
        places = [*metadata, f":{name}", *(f"{host}:{server}" for host in ours)]
        found = try_places(sandbox, tmp_path, *places)
    assert found[:3] == ["EHOSTUNREACH"] * 3
    assert "reached" not in found, dict(zip(places, found, strict=True))


def test_other_machines_are_reached(
    sandbox: Bubblewrap,
    tmp_path: Path,
    own_address: str,
    server: int,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """This machine stands in for one, its address no longer kept unreachable."""
    if Path(sandbox.network_program).name == "pasta":
        pytest.skip("pasta's namespace has the host's address itself")
    monkeypatch.setattr(setup_network, "list_own_addresses", list)
    assert try_places(sandbox, tmp_path, f"{own_address}:{server}") == ["reached"]


def test_names_are_asked_of_the_programs_own_server(sandbox: Bubblewrap, tmp_path: Path) -> None:
    """The host's may be on a loopback address that leads nowhere inside."""
    show = ["grep", "nameserver", "/etc/resolv.conf"]
    outcome = sandbox.run(show, checkout=tmp_path, timeout=60, network=True)
    assert outcome.output == f"nameserver {setup_network.NAMESERVER}\n"


def test_nothing_of_it_outlives_the_command_or_the_bot(program: str, tmp_path: Path) -> None:
    """After the command ended, and after the bot was killed without a word."""
    code = (
        "from pathlib import Path; from bot.config.machine import *; from dataclasses import replace;"
        "from bot.config.repository import *; from runners.sandbox import *; import sys;"
        "box = replace(open_sandbox(Settings(), RepoConfig()), network_program=sys.argv[1]);"
        "[box.run([*line.split()], checkout=Path(sys.argv[2]), timeout=60, network=True)"
        " and print(line, flush=True) for line in ('true', 'sleep 20')]"
    )
    argv = [sys.executable, "-c", code, program, str(tmp_path)]
    root = Path(__file__).parents[3]
    with subprocess.Popen(argv, cwd=root, stdout=subprocess.PIPE, text=True) as bot:
        assert bot.stdout
        assert bot.stdout.readline() == "true\n"
        before = network_processes(bot.pid)
        while not network_processes(bot.pid) - before:
            assert bot.poll() is None
            time.sleep(0.02)
        later = network_processes(bot.pid)
        assert not before
        bot.kill()
    end = time.monotonic() + 20
    while any(map(is_running, later)):
        assert time.monotonic() < end
        time.sleep(0.02)


def network_processes(pid: int) -> set[int]:
    """Below one process, by their names: pasta is passt, and becomes passt.avx2 where it can."""
    try:
        found = psutil.Process(pid).children(recursive=True)
        return {each.pid for each in found if each.name().startswith(NAMES)}
    except psutil.NoSuchProcess:
        return set()


def test_setup_never_gets_the_hosts_network_instead(tmp_path: Path) -> None:
    """A program that fails: setup is refused in its words, and the command never began."""
    broken, mark = tmp_path / "slirp4netns", tmp_path / "ran"
    broken.write_text("#!/bin/sh\necho no tap for you\nexit 3\n")
    broken.chmod(0o755)
    made = open_sandbox(Settings(), RepoConfig())
    assert isinstance(made, Bubblewrap)
    (tmp_path / "tree").mkdir()
    with pytest.raises(UserError, match="no tap for you") as told:
        replace(made, network_program=str(broken)).run(
            ["touch", str(mark)], checkout=tmp_path / "tree", timeout=20, network=True
        )
    assert 'setup_network = "host"' in told.value.hint
    assert not mark.exists()


def test_a_machine_that_wants_its_own_network_has_it_or_no_setup(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`own` without a program refuses a repository with [setup], `auto` and `host` share."""
    bwrap = shutil.which("bwrap")
    assert bwrap
    (tmp_path / "bwrap").symlink_to(bwrap)
    monkeypatch.setenv("PATH", str(tmp_path))
    repo = RepoConfig(setup=Setup(command="true"))
    assert find_network_program() == ("", "neither slirp4netns nor pasta is installed")
    with pytest.raises(UserError, match="neither slirp4netns nor pasta"):
        open_sandbox(Settings(setup_network="own"), repo)
    for settings in (Settings(), Settings(setup_network="host")):
        made = open_sandbox(settings, repo)
        assert isinstance(made, Bubblewrap)
        assert not made.network_program
    assert open_sandbox(Settings(setup_network="own"), RepoConfig())


def test_its_end_closes_no_file_that_another_thread_has_opened_meanwhile() -> None:
    """A descriptor's number is free once it is closed, and the next file opened has it."""
    network = OwnNetwork("slirp4netns")
    network.attach()  # bubblewrap has ended before it said anything
    opened = [os.open(os.devnull, os.O_RDONLY) for _ in range(8)]
    try:
        network.close()
        for fd in opened:
            os.fstat(fd)
    finally:
        for fd in opened:
            os.close(fd)
