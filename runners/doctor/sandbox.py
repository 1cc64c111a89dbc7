"""Examines how far the sandbox holds on this machine: what it lacks, and what would mend it."""

import platform
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

from bot.config.machine import Settings
from bot.config.repository import SandboxLimits
from runners.doctor.finding import Finding
from runners.sandbox.cgroup import make_cgroup
from runners.sandbox.device_modes import guard_devices
from runners.sandbox.seccomp import build_filter
from runners.sandbox.setup_network import INSTALL_NETWORK, find_network_program

_SHARED = (
    "What [setup] installs can reach servers on this machine's localhost, its abstract sockets (X,"
    " D-Bus) and a cloud's metadata."
)
_ENGINE = (
    "That mostly reaches this machine's addresses and a cloud's metadata: have the firewall refuse"
    " 169.254.169.254 and what else no package may reach."
)
_SOFT = (
    "It is looked at 20 times a second, and buffers of sockets and pipes are not in it. Give the"
    " bot a control group: `Delegate=yes` in its systemd unit, or start it by"
    " `systemd-run --user --scope -p Delegate=yes bricklayer ...`."
)


_DEVICES = (
    "root runs the bot without the right to make mounts, as in most containers. Run it under an"
    " account of its own, or give the container CAP_SYS_ADMIN."
)


def examine_protections(settings: Settings) -> Iterator[Finding]:
    """A container engine has its own, but for the network; `none` protects nothing."""
    if settings.sandbox == "bwrap":
        yield _filter()
        yield _limits()
        yield _devices()
        yield _network(settings)
    elif settings.sandbox != "none":
        what = f"sandbox: [setup] has the network that {settings.sandbox} gives it"
        yield Finding(what, good=None, hint=_ENGINE)


def _filter() -> Finding:
    if build_filter():
        return Finding("sandbox: system calls are filtered", good=True)
    what = f"sandbox: system calls are not filtered on {platform.machine()}"
    hint = "Checks can use kernel keyrings and io_uring there: run only code you trust."
    return Finding(what, good=None, hint=hint)


def _limits() -> Finding:
    with make_cgroup(SandboxLimits()) as cgroup:
        if cgroup:
            return Finding("sandbox: the kernel holds memory and processes", good=True)
    return Finding("sandbox: its memory limit is soft", good=None, hint=_SOFT)


def _devices() -> Finding:
    # In a thread of its own, as what guards them is about the mounts of a thread.
    with ThreadPoolExecutor(1) as thread:
        if thread.submit(guard_devices).result():
            return Finding(
                "sandbox: no check can set the modes of this machine's devices", good=True
            )
    what = "sandbox: a check can set the modes of this machine's devices, such as /dev/null"
    return Finding(what, good=None, hint=_DEVICES)


def _network(settings: Settings) -> Finding:
    program, why = find_network_program()
    if settings.setup_network == "host":
        what = 'sandbox: [setup] shares this machine\'s network: setup_network = "host"'
        return Finding(what, good=None, hint=_SHARED)
    if program:
        return Finding(f"sandbox: [setup] has a network of its own, by {program}", good=True)
    if settings.setup_network == "own":
        what = f"sandbox: [setup] gets no network: {why}"
        return Finding(what, good=False, hint=INSTALL_NETWORK)
    what = f"sandbox: [setup] shares this machine's network: {why}"
    return Finding(what, good=None, hint=f"{_SHARED} {INSTALL_NETWORK}")
