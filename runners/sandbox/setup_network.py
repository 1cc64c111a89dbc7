"""A network of its own for `[setup]`: out to the internet, but not back into this machine.

In the host's network namespace a package's install script reaches every server on localhost,
every abstract Unix socket (an X server's, D-Bus), and on a cloud the address that hands out the
machine's credentials. In one of its own it has a tap device, behind which slirp4netns or pasta
makes its connections, and routes that lead nowhere for what it must not reach.

https://github.com/rootless-containers/slirp4netns/blob/master/slirp4netns.1.md
https://passt.top/builds/latest/web/passt.1.html
"""

import fcntl
import json
import os
import re
import selectors
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO

from bot.errors import UserError
from runners.sandbox import setup_routes, unconfined_reaper
from runners.sandbox.layout import SYSTEM_PATH

PROGRAMS = ("slirp4netns", "pasta")
TUN = Path("/dev/net/tun")
# slirp4netns answers there by itself, pasta where it is told to.
NAMESERVER = "10.0.2.3"
LOOPBACK_V6 = "0000:0000:0000:0000:0000:0000:0000:0001"
START_SECONDS = 20.0
POLL_SECONDS = 0.005
# ioctl_ns(2): the user namespace that owns another one, as a descriptor.
NS_GET_USERNS = 0xB701

# Where clouds hand out a machine's credentials; 169.254.0.0/16 and fe80::/10 are the link's own.
# https://docs.aws.amazon.com/AWSEC2/latest/UserGuide/instancedata-data-retrieval.html
# https://cloud.google.com/compute/docs/metadata/querying-metadata
# https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
# https://www.alibabacloud.com/help/en/ecs/user-guide/view-instance-metadata
# https://docs.oracle.com/en-us/iaas/Content/Compute/Tasks/gettingmetadata.htm
METADATA = (
    "169.254.0.0/16",
    "169.254.169.254/32",
    "168.63.129.16/32",
    "100.100.100.200/32",
    "192.0.0.192/32",
    "fd00:ec2::254/128",
    "fd20:ce::254/128",
    "fe80::/10",
)

INSTALL_NETWORK = (
    "Install one, `apt install slirp4netns` say, and let this account open /dev/net/tun (mode 666)."
)


def find_network_program() -> tuple[str, str]:
    """The program that gives setup a network of its own, or why there is none."""
    found = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if found is None:
        return "", "neither slirp4netns nor pasta is installed"
    if not os.access(TUN, os.R_OK | os.W_OK):
        return "", f"this account may not open {TUN}, which {Path(found).name} needs"
    return found, ""


@dataclass(slots=True)
class OwnNetwork:
    """Holds a bubblewrap back until its network is there. `options` are for that bubblewrap."""

    program: str
    _info: tuple[int, int] = field(default_factory=os.pipe)
    _gate: tuple[int, int] = field(default_factory=os.pipe)
    _log: IO[bytes] = field(default_factory=tempfile.TemporaryFile)
    _process: "subprocess.Popen[bytes] | None" = None
    _closed: set[int] = field(default_factory=set)

    @property
    def options(self) -> list[str]:
        """It tells its child's id on the one descriptor, which waits at the other.

        https://github.com/containers/bubblewrap/blob/main/bwrap.xml
        """
        return ["--info-fd", str(self._info[1]), "--block-fd", str(self._gate[0])]

    @property
    def fds(self) -> tuple[int, int]:
        return self._info[1], self._gate[0]

    def attach(self) -> None:
        """Called when bubblewrap is started: connect it, then let it go on.

        Raises `UserError` where that fails: setup never gets the host's network instead.
        """
        pid = self._read_pid()
        if not pid:
            return  # bubblewrap has failed, and whoever started it tells how
        with _namespaces(pid) as (user, network):
            self._connect(pid, user, network)
            self._block_routes(user, network)
        os.write(self._gate[1], b"1")

    def close(self) -> None:
        if self._process:
            self._process.terminate()
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(5)
            self._process.kill()
            self._process.wait()
        for fd in (*self._info, *self._gate):
            self._close_descriptor(fd)
        self._log.close()

    def _close_descriptor(self, fd: int) -> None:
        """Once: a number that was closed may be another thread's file by now."""
        if fd not in self._closed:
            self._closed.add(fd)
            os.close(fd)

    def _read_pid(self) -> int:
        # So that its end is seen here when bubblewrap has closed it.
        self._close_descriptor(self._info[1])
        told, deadline = b"", time.monotonic() + START_SECONDS
        with selectors.DefaultSelector() as selector:
            selector.register(self._info[0], selectors.EVENT_READ)
            while b"}" not in told and selector.select(max(0.0, deadline - time.monotonic())):
                data = os.read(self._info[0], 4096)
                if not data:
                    return 0
                told += data
        return int(json.loads(told)["child-pid"]) if b"}" in told else 0

    def _connect(self, pid: int, user: int, network: int) -> None:
        argv = network_argv(self.program, f"/proc/self/fd/{user}", f"/proc/self/fd/{network}")
        # The reaper ends it when this process dies, however that ends.
        reaper = [sys.executable, "-IS", unconfined_reaper.__file__]
        self._process = subprocess.Popen(
            [*reaper, *argv],
            env={"PATH": SYSTEM_PATH},
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            start_new_session=True,
            pass_fds=(user, network),
        )
        deadline = time.monotonic() + START_SECONDS
        while not _has_default_route(Path(f"/proc/{pid}/net/route")):
            if self._process.poll() is not None or time.monotonic() > deadline:
                raise self._failed(Path(self.program).name)
            time.sleep(POLL_SECONDS)

    def _block_routes(self, user: int, network: int) -> None:
        argv = [sys.executable, "-IS", setup_routes.__file__, str(user), str(network)]
        done = subprocess.run(
            [*argv, *METADATA, *list_own_addresses()],
            stdin=subprocess.DEVNULL,
            stdout=self._log,
            stderr=self._log,
            pass_fds=(user, network),
            timeout=START_SECONDS,
            check=False,
        )
        if done.returncode:
            raise self._failed("blocking routes")

    def _failed(self, what: str) -> UserError:
        self._log.seek(0)
        said = self._log.read(1 << 16).decode(errors="replace").strip()[-1000:]
        return UserError(
            f"[setup] got no network of its own: {what} failed: {said or 'it said nothing'}",
            where=self.program,
            hint='Mend it, or let setup share this machine\'s network: setup_network = "host".',
        )


@contextmanager
def open_own_network(program: str) -> Iterator[OwnNetwork]:
    network = OwnNetwork(program)
    try:
        yield network
    finally:
        network.close()


@contextmanager
def _namespaces(pid: int) -> Iterator[tuple[int, int]]:
    """Descriptors of the user namespace that owns a process's network, and of that network's."""
    network = os.open(f"/proc/{pid}/ns/net", os.O_RDONLY | os.O_CLOEXEC)
    try:
        user = fcntl.ioctl(network, NS_GET_USERNS)
        try:
            yield user, network
        finally:
            os.close(user)
    finally:
        os.close(network)


def network_argv(program: str, user: str, network: str) -> list[str]:
    """No way to this machine's loopback, and no port of this machine leads inside."""
    if Path(program).name == "slirp4netns":
        argv = [program, "--configure", "--mtu=65520", "--disable-host-loopback"]
        # Its own sandbox takes a root inside the namespace, which only the host's root finds there.
        argv += ["--enable-sandbox"] if os.geteuid() == 0 else []
        argv += ["--enable-seccomp", f"--userns-path={user}"]
        return [*argv, "--netns-type=path", network, "tap0"]
    argv = [program, "--foreground", "--quiet", "--config-net", "--no-map-gw"]
    argv += ["--tcp-ports", "none", "--udp-ports", "none", "--tcp-ns", "none", "--udp-ns", "none"]
    # Started by root it would become nobody, who may not enter root's namespaces.
    argv += ["--runas", "0"] if os.geteuid() == 0 else []
    return [*argv, "--dns-forward", NAMESERVER, "--userns", user, "--netns", network]


def list_own_addresses() -> list[str]:
    """This machine's addresses, as `ADDRESS/BITS`: what listens on one listens for others."""
    # A leaf of the trie of local routes, then its kind, in two lines:
    # https://docs.kernel.org/networking/proc_net.html
    trie = _read(Path("/proc/net/fib_trie"))
    v4 = re.findall(r"\|-- ([\d.]+)\n +/32 host LOCAL\n", trie)
    v6 = (line.split()[0] for line in _read(Path("/proc/net/if_inet6")).splitlines())
    grouped = (":".join(word[n : n + 4] for n in range(0, 32, 4)) for word in v6)
    found = [f"{address}/32" for address in v4 if not address.startswith("127.")]
    found += [f"{address}/128" for address in grouped if address != LOOPBACK_V6]
    return list(dict.fromkeys(found))


def resolver_settings() -> bytes:
    """The host's resolv.conf with the one name server there is inside."""
    kept = [
        line
        for line in _read(Path("/etc/resolv.conf")).splitlines()
        if line.split()[:1] in (["search"], ["options"])
    ]
    return "\n".join([f"nameserver {NAMESERVER}", *kept, ""]).encode()


def _has_default_route(table: Path) -> bool:
    # Interface, destination and so on, in hexadecimal: https://docs.kernel.org/networking/proc_net.html
    rows = (line.split() for line in _read(table).splitlines()[1:])
    return any(row[1:2] == ["00000000"] for row in rows)


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
